"""A bare `picows` server that speaks as the agent socket does: the other end of `real_time.py`.

It prints its address, and ends with its standard input, so that it does not outlive a run that is
killed. A connection whose token begins with "hear" gets a chunk of audio every 20 ms
from then on, each connection at a moment of its own. What clients send is thrown away. With
`--asked` a chunk comes when its number, a byte, is read from standard input: the first connection
is 0, and so on.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import picows

from fishjam._protocol.messages import message_class

INTERVAL = 0.02
CHUNK = 640
"""The bytes of one interval: PCM16, 16 kHz, mono."""
SLOTS = 200
"""How many moments there are within the interval."""
HEAD = struct.Struct("<d")
"""What a chunk begins with: when it should have been sent."""

_REQUEST = message_class("fishjam.AgentRequest")
_RESPONSE = message_class("fishjam.AgentResponse")
_WELCOME = bytes(_RESPONSE(authenticated={}).SerializeToString())


def _template() -> tuple[bytes, bytes]:
    """Return a frame of audio in two parts: what comes before its stamp, and what comes after."""
    mark = b"\xff" * HEAD.size
    track = {"id": "mic", "type": 2, "metadata": '{"kind": "mic"}'}
    audio = {"peer_id": "ada", "track": track, "data": mark.ljust(CHUNK, b"\0")}
    before, _, after = bytes(_RESPONSE(track_data=audio).SerializeToString()).partition(mark)
    return before, after


class Room:
    """All clients, each in the slot in which it gets its audio."""

    def __init__(self) -> None:
        self.slots: list[set[picows.WSTransport]] = [set() for _ in range(SLOTS)]
        self._begin = time.monotonic()
        self._done = 0

    def add(self, transport: picows.WSTransport) -> None:
        """Speak to a client from now on, in the emptiest slot."""
        min(self.slots, key=len).add(transport)

    def remove(self, transport: picows.WSTransport) -> None:
        """Speak to a client no longer."""
        for slot in self.slots:
            slot.discard(transport)

    def speak(self) -> None:
        """Send what is due."""
        before, after = _template()
        now = time.monotonic()
        while (due := self._begin + self._done * INTERVAL / SLOTS) <= now:
            frame = before + HEAD.pack(due) + after
            for transport in self.slots[self._done % SLOTS]:
                transport.send(picows.WSMsgType.BINARY, frame)
            self._done += 1


class Asked:
    """Everybody there is, in the order in which they came, each spoken to when asked for."""

    def __init__(self) -> None:
        self._transports: list[picows.WSTransport] = []
        before, after = _template()
        self._frame = before + HEAD.pack(time.monotonic()) + after

    def add(self, transport: picows.WSTransport) -> None:
        """Speak to a client when its number comes."""
        self._transports.append(transport)

    def remove(self, transport: picows.WSTransport) -> None:
        """Keep the number of one that has gone, so that the others keep theirs."""

    def speak(self) -> None:
        """Send what is asked for; end with standard input."""
        numbers = os.read(sys.stdin.fileno(), 1)
        if not numbers:
            os._exit(0)
        self._transports[numbers[0]].send(picows.WSMsgType.BINARY, self._frame)


class Client(picows.WSListener):  # type: ignore[misc,unused-ignore]
    """One connection."""

    def __init__(self, room: Room | Asked) -> None:
        self._room = room
        self._welcome = False

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Let a client in by its first frame; take no notice of the later ones."""
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif not self._welcome:
            self._welcome = True
            transport.send(picows.WSMsgType.BINARY, _WELCOME)
            token = _REQUEST.FromString(frame.get_payload_as_bytes()).auth_request.token
            if token.startswith("hear"):
                self._room.add(transport)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """Forget it."""
        self._room.remove(transport)


def call_often(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    """Call a function for every slot: a timer of the loop would come once a millisecond."""
    if sys.platform == "linux" and sys.version_info >= (3, 13):
        seconds = INTERVAL / SLOTS
        timer = os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK)
        os.timerfd_settime(timer, initial=seconds, interval=seconds)

        def tick() -> None:
            os.read(timer, 8)
            function()

        loop.add_reader(timer, tick)
        return

    def again() -> None:
        function()
        loop.call_later(0.001, again)

    again()


def end_with_input() -> None:
    """End the process when the other end of its standard input is gone."""
    sys.stdin.read()
    os._exit(0)


async def main() -> None:
    """Serve until the process is ended."""
    asked = "--asked" in sys.argv
    room = Asked() if asked else Room()

    def welcome(_: Any) -> Client:
        return Client(room)

    server = await picows.ws_create_server(welcome, "127.0.0.1", 0, backlog=1000)
    loop = asyncio.get_running_loop()
    if asked:
        loop.add_reader(sys.stdin, room.speak)
    else:
        threading.Thread(target=end_with_input, daemon=True).start()
        call_often(loop, room.speak)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
