"""Connections in real time, all in one process: the clients of `real_time.py`.

The argument is a JSON object: the way to connect, the event loop, the address of the server, the
number of connections, the seconds, and what they do. The ways are `sdk`, the SDK that this
interpreter has, ours or the published one, and the libraries alone: `websockets`, `trio_websocket`
and `picows`; `picows_task` adds to the latter what any program does that waits in a task. It prints
a line when all are connected, and then a JSON object with what came of it.
"""

from __future__ import annotations

import gc
import json
import os
import struct
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio

INTERVAL = 0.02
CHUNK = 640
HEAD = struct.Struct("<d")
TRACK = "0" * 32
AT_ONCE = 50
"""How many connections are opened at the same time, unless it is the opening that is measured."""


class Load:
    """What the connections share, and everything that is counted."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.address: str = order["address"]
        self.url = f"{self.address.replace('http', 'ws')}/socket/agent/websocket"
        self.connections: int = order["connections"]
        self.seconds: float = order["seconds"]
        self.hears: bool = order["hears"]
        self.says: bool = order["says"]
        self.token = "hear" if self.hears else "be quiet"
        self.sleep = _sleep(order["loop"])
        self.heard = 0
        self.sent = 0
        self.lateness: list[float] = []
        self.begin = 0.0
        self.opened: dict[str, float] = {}
        self._opening = anyio.Semaphore(order.get("at_once", AT_ONCE))
        self._present = 0
        self._everybody = anyio.Event()
        self._before = (time.monotonic(), time.process_time(), _memory())

    async def opening(self) -> None:
        """Wait for the turn to connect."""
        await self._opening.acquire()

    async def gather(self) -> None:
        """Say that a connection is open, and wait until all are."""
        self._opening.release()
        self._present += 1
        if self._present == self.connections:
            now = (time.monotonic(), time.process_time(), _memory())
            names = ("opened", "opening_worked", "memory")
            self.opened = {
                name: after - before
                for name, after, before in zip(names, now, self._before, strict=True)
            }
            self.begin = time.monotonic() + 0.5
            self._everybody.set()
        await self._everybody.wait()

    def note(self, data: bytes) -> None:
        """Note a chunk that has come."""
        self.heard += 1
        self.lateness.append(time.monotonic() - HEAD.unpack_from(data)[0])

    async def say(self, number: int, send: Callable[[], Awaitable[None]]) -> None:
        """Send a chunk every 20 ms, each connection at a moment of its own."""
        due = self.begin + INTERVAL * number / self.connections
        while True:
            await self.sleep(max(0.0, due - time.monotonic()))
            await send()
            self.sent += 1
            self.lateness.append(time.monotonic() - due)
            due += INTERVAL

    async def watch(self) -> None:
        """Measure, print the result, and end the process."""
        await self._everybody.wait()
        gc.collect()
        await anyio.sleep(max(0.0, self.begin + 0.5 - time.monotonic()))
        print("ready", flush=True)
        self.heard = self.sent = 0
        self.lateness.clear()
        worked, started = time.process_time(), time.monotonic()
        await anyio.sleep(self.seconds)
        worked, took = time.process_time() - worked, time.monotonic() - started
        late = sorted(self.lateness) or [0.0]
        result = {
            **self.opened,
            "heard": self.heard,
            "sent": self.sent,
            "worked": worked,
            "took": took,
            "p50": late[len(late) // 2],
            "p99": late[len(late) * 99 // 100],
            "talking_memory": _memory() - self._before[2],
        }
        print(json.dumps(result), flush=True)
        # Closing in order is not what is measured.
        os._exit(0)


def _sleep(loop: str) -> Callable[[float], Awaitable[Any]]:
    if loop == "trio":
        import trio

        return trio.sleep
    import asyncio

    return asyncio.sleep


def _memory() -> float:
    """Return the bytes of memory that this process has."""
    try:
        with open("/proc/self/statm") as file:
            return float(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0.0


async def sdk(load: Load, number: int) -> None:
    """Hear and say over the SDK, by the names that both have for it."""
    from fishjam.agent import Agent, OutgoingAudioTrackOptions

    chunk = bytes(CHUNK)
    await load.opening()
    async with Agent("agent", "room", load.token, load.address).connect() as session:
        track = await session.add_track(OutgoingAudioTrackOptions())
        await load.gather()
        async with anyio.create_task_group() as group:
            if load.says:
                group.start_soon(load.say, number, lambda: track.send_chunk(chunk))
            async for message in session.receive():
                load.note(message.data)


def _frames(load: Load) -> tuple[bytes, bytes, Callable[[Any], Any], bytes]:
    from fishjam._protocol.agent import add_track, auth_request, chunk_framer, decode_anew

    begin = add_track(TRACK, "", encoding=0, sample_rate=16000, channels=1)
    return auth_request(load.token), begin, decode_anew, chunk_framer(TRACK)(bytes(CHUNK))


async def websockets(load: Load, number: int) -> None:
    """Hear and say over `websockets`, and decode each frame with protobuf."""
    from websockets.asyncio.client import connect

    hello, begin, decode, frame = _frames(load)
    await load.opening()
    async with connect(load.url, compression=None) as socket:
        await socket.send(hello)
        await socket.recv()
        await socket.send(begin)
        await load.gather()
        async with anyio.create_task_group() as group:
            if load.says:
                group.start_soon(load.say, number, lambda: socket.send(frame))
            async for message in socket:
                load.note(decode(message).data)


async def trio_websocket(load: Load, number: int) -> None:
    """Hear and say over `trio-websocket`, and decode each frame with protobuf."""
    from trio_websocket import open_websocket_url

    hello, begin, decode, frame = _frames(load)
    await load.opening()
    async with open_websocket_url(load.url) as socket:
        await socket.send_message(hello)
        await socket.get_message()
        await socket.send_message(begin)
        await load.gather()
        async with anyio.create_task_group() as group:
            if load.says:
                group.start_soon(load.say, number, lambda: socket.send_message(frame))
            while True:
                load.note(decode(await socket.get_message()).data)


async def picows(load: Load, number: int) -> None:
    """Hear and say over `picows` in callbacks, and decode each frame with protobuf."""
    async with _picows(load, number, lambda message: load.note(message.data)):
        await anyio.sleep_forever()


async def picows_task(load: Load, number: int) -> None:
    """Hear and say over `picows`, and hand what is heard to a task, as `async for` needs it."""
    import asyncio

    messages: deque[Any] = deque()
    create_future = asyncio.get_running_loop().create_future
    arrived = create_future()

    def put(message: Any) -> None:
        messages.append(message)
        if not arrived.done():
            arrived.set_result(None)

    async with _picows(load, number, put):
        while True:
            if not messages:
                arrived = create_future()
                await arrived
            load.note(messages.popleft().data)


@asynccontextmanager
async def _picows(
    load: Load, number: int, take: Callable[[Any], None]
) -> AsyncGenerator[None, None]:
    """Connect and say over `picows`; what is heard is decoded, and passed to a function."""
    import picows

    hello, begin, decode, frame = _frames(load)
    binary = picows.WSMsgType.BINARY
    welcome = anyio.Event()

    class Listener(picows.WSListener):
        is_welcome = False

        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            if self.is_welcome:
                take(decode(frame.get_payload_as_bytes()))
            else:
                self.is_welcome = True
                welcome.set()

    await load.opening()
    transport, listener = await picows.ws_connect(Listener, load.url)
    transport.send(binary, hello)
    await welcome.wait()
    transport.send(binary, begin)
    await load.gather()

    async def send() -> None:
        transport.send(binary, frame)

    async with anyio.create_task_group() as group:
        if load.says:
            group.start_soon(load.say, number, send)
        yield
    del listener


async def run(order: dict[str, Any]) -> None:
    """Open all connections, and watch them."""
    load = Load(order)
    ways = (sdk, websockets, trio_websocket, picows, picows_task)
    way = next(way for way in ways if way.__name__ == order["way"])
    async with anyio.create_task_group() as group:
        group.start_soon(load.watch)
        for number in range(load.connections):
            group.start_soon(way, load, number)


def main() -> None:
    """Do what the argument says."""
    order = json.loads(sys.argv[1])
    loop = order["loop"]
    options = {"use_uvloop": True} if loop == "uvloop" else {}
    backend = "trio" if loop == "trio" else "asyncio"
    anyio.run(run, order, backend=backend, backend_options=options)


if __name__ == "__main__":
    main()
