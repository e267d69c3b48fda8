"""Agents that talk to each other in rooms of two, in one process: the agents of `agent_load.py`.

It uses only what both SDKs have, ours and the published one. The argument is a JSON object with the
Fishjam ID, the management token, the number of agents, the seconds, and the event loop. It prints a
line when all are connected, and then a JSON object with what came of it.
"""

from __future__ import annotations

import json
import struct
import sys
import time
from typing import Any

import anyio

from fishjam import FishjamClient
from fishjam.agent import Agent, OutgoingAudioTrackOptions

INTERVAL = 0.02
CHUNK = 640
"""The bytes of one interval: PCM16, 16 kHz, mono."""
HEAD = struct.Struct("<d")
"""What a chunk begins with: when it should be sent."""
TOO_LATE = 3.0
"""Seconds behind its time at which an agent gives up: this many are too many for one process."""
PATIENCE = 5.0
"""Seconds to wait for what is missing at the end."""


class Load:
    """Everything that is counted.

    Args:
        agents: how many agents there are.
        chunks: how many chunks each of them sends.
    """

    def __init__(self, agents: int, chunks: int) -> None:
        self.agents = agents
        self.chunks = chunks
        self.sent = 0
        self.lateness: list[float] = []
        self.begin = 0.0
        self.worked = 0.0
        self._present = 0
        self._talking = agents
        self._everybody = anyio.Event()
        self._complete = anyio.Event()

    async def gather(self) -> None:
        """Wait until all agents are there."""
        self._present += 1
        if self._present == self.agents:
            self.begin = time.monotonic() + 0.5
            self.worked = time.process_time()
            print("ready", flush=True)
            self._everybody.set()
        await self._everybody.wait()

    def note(self, lateness: float) -> None:
        """Note that a chunk has arrived."""
        self.lateness.append(lateness)
        self._look()

    async def finish(self) -> None:
        """Wait until everything has arrived: what was not played is dropped when its agent goes."""
        self._talking -= 1
        self._look()
        with anyio.move_on_after(PATIENCE):
            await self._complete.wait()

    def _look(self) -> None:
        if not self._talking and len(self.lateness) == self.sent:
            self._complete.set()


async def converse(load: Load, agent: Agent, number: int) -> None:
    """Let one agent talk and listen."""
    async with agent.connect() as session, anyio.create_task_group() as group:
        track = await session.add_track(OutgoingAudioTrackOptions())
        group.start_soon(listen, load, session)
        await load.gather()
        await speak(load, track, INTERVAL * number / load.agents)
        await load.finish()
        group.cancel_scope.cancel()


async def speak(load: Load, track: Any, offset: float) -> None:
    """Send chunks, each at its time, as long as that makes sense."""
    for number in range(load.chunks):
        due = load.begin + offset + number * INTERVAL
        left = due - time.monotonic()
        if left < -TOO_LATE:
            break
        await anyio.sleep(max(0.0, left))
        await track.send_chunk(HEAD.pack(due).ljust(CHUNK, b"\0"))
        load.sent += 1


async def listen(load: Load, session: Any) -> None:
    """Take what comes."""
    async for message in session.receive():
        now = time.monotonic()
        for start in range(0, len(message.data), CHUNK):
            load.note(now - HEAD.unpack_from(message.data, start)[0])


async def run(load: Load, agents: list[Agent]) -> None:
    """Let all agents talk at the same time."""
    async with anyio.create_task_group() as group:
        for number, agent in enumerate(agents):
            group.start_soon(converse, load, agent, number)


def main() -> None:
    """Do what the argument says."""
    order = json.loads(sys.argv[1])
    client = FishjamClient(order["fishjam_id"], order["management_token"])
    rooms = [client.create_room().id for _ in range(order["agents"] // 2)]
    agents = [client.create_agent(room) for room in rooms for _ in range(2)]
    load = Load(len(agents), round(order["seconds"] / INTERVAL))
    anyio.run(run, load, agents, backend=order["loop"])
    lateness = sorted(load.lateness)
    result = {
        "sent": load.sent,
        "received": len(lateness),
        "p50": lateness[len(lateness) // 2],
        "p99": lateness[len(lateness) * 99 // 100],
        "worked": time.process_time() - load.worked,
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
