"""Whether an agent that only sends stays connected, with flat memory, while others speak."""

from __future__ import annotations

import argparse
import time
from contextlib import AsyncExitStack

import anyio
import psutil

from benchmarks.agent_load import emulator
from fishjam import AsyncFishjamClient
from fishjam.agent import Agent, AgentSession

LOOPS = ("asyncio", "trio")
SAMPLES = 10
SPEAKERS = 4
SECOND = bytes(32_000)
"""A second of mono audio at 16000 Hz."""


async def speak(session: AgentSession, seconds: float) -> None:
    """Speak in real time, and listen to nobody."""
    track = await session.add_track()
    await track.play(SECOND for _ in range(round(seconds)))


async def watch(session: AgentSession, seconds: float) -> None:
    """Print now and then how much memory there is, and what the agent has not listened to."""
    started = time.monotonic()
    process = psutil.Process()
    memory = []
    for _ in range(SAMPLES):
        await anyio.sleep(seconds / SAMPLES)
        memory.append(process.memory_info().rss / 2**20)
        passed = time.monotonic() - started
        state = "closed" if session.closed else "connected"
        print(f"{passed:10.1f} s{memory[-1]:12.1f} MiB{session.dropped:12,}  {state}", flush=True)
    print(f"{memory[-1] - memory[0]:+.1f} MiB from the first to the last", flush=True)


async def converse(fishjam_id: str, token: str, seconds: float) -> None:
    """Let several agents speak at the same time, and watch one of them."""
    async with AsyncFishjamClient(fishjam_id, token) as client, AsyncExitStack() as stack:
        room = await client.create_room()
        agents: list[Agent] = [await client.create_agent(room.id) for _ in range(1 + SPEAKERS)]
        sessions = [await stack.enter_async_context(agent.connect()) for agent in agents]
        async with anyio.create_task_group() as tasks:
            for session in sessions:
                tasks.start_soon(speak, session, seconds)
            tasks.start_soon(watch, sessions[0], seconds)


def main() -> None:
    """Print what there is to see on each loop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="default %(default)s")
    parser.add_argument("--loop", choices=LOOPS, action="append", help="default: both")
    parser.add_argument("--quick", action="store_true", help="a second, to see that it works")
    arguments = parser.parse_args()
    seconds = 1.0 if arguments.quick else arguments.seconds
    for loop in arguments.loop or LOOPS:
        print(f"\n{loop:>12}{'memory':>16}{'dropped':>12}")
        with emulator() as (address, _):
            id_, token = address["fishjam_id"], address["management_token"]
            anyio.run(converse, id_, token, seconds, backend=loop)


if __name__ == "__main__":
    main()
