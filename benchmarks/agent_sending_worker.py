"""One way to send audio, timed on demand: the other side of `agent_sending.py`.

The arguments are the address of a server, and a way: `sdk` is the SDK that this interpreter has,
ours or the published one; `bare` is the WebSocket library with frames that were made beforehand. A
third argument may name the event loop. Each line of the input is a number of chunks; each line of
the output is the seconds it took to send them.
"""

from __future__ import annotations

import sys
import time

CHUNK = bytes(640)
TRACK = "0" * 32


async def sdk(address: str, number: int) -> float:
    """Send with the SDK, by the names that both have for it."""
    from fishjam.agent import Agent, OutgoingAudioTrackOptions

    async with Agent("agent", "room", str(number), address).connect() as session:
        track = await session.add_track(OutgoingAudioTrackOptions())
        started = time.perf_counter()
        for _ in range(number):
            await track.send_chunk(CHUNK)
        return time.perf_counter() - started


async def bare(address: str, number: int) -> float:
    """Send what the SDK sends, without it."""
    from websockets.asyncio.client import connect

    from fishjam._protocol.agent import add_track, auth_request, chunk_framer

    url = f"{address.replace('http', 'ws')}/socket/agent/websocket"
    frame = chunk_framer(TRACK)(CHUNK)
    async with connect(url, compression=None) as socket:
        await socket.send(auth_request(str(number)))
        await socket.recv()
        await socket.send(add_track(TRACK, "", encoding=0, sample_rate=16000, channels=1))
        started = time.perf_counter()
        for _ in range(number):
            await socket.send(frame)
        return time.perf_counter() - started


def main() -> None:
    """Answer until the input ends."""
    import anyio

    address, way, *loop = sys.argv[1:]
    send = {"sdk": sdk, "bare": bare}[way]
    for line in sys.stdin:
        print(anyio.run(send, address, int(line), backend=(loop or ["asyncio"])[0]), flush=True)


if __name__ == "__main__":
    main()
