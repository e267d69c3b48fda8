"""An agent in a room beside a user, ready to be bridged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
from attrs import define

from fishjam import AgentOptions, AgentOutputOptions, AsyncFishjamClient
from fishjam.agent import AgentSession
from fishjam.emulator import Emulator, VirtualPeer

T = TypeVar("T")
PATIENCE = 30.0


@define
class Meeting:
    emulator: Emulator
    client: AsyncFishjamClient
    session: AgentSession
    user: VirtualPeer

    async def close_room(self) -> None:
        await self.client.delete_room(self.session.agent.room_id)


@asynccontextmanager
async def meeting(emulator: Emulator) -> AsyncIterator[Meeting]:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        room = await client.create_room()
        options = AgentOptions(output=AgentOutputOptions(audio_sample_rate=24000))
        agent = await client.create_agent(room.id, options)
        _, token = await client.create_peer(room.id)
        user = emulator.connect_peer(token)
        async with agent.connect() as session:
            yield Meeting(emulator, client, session, user)


async def until(condition: Callable[[], object]) -> None:
    with anyio.fail_after(PATIENCE):
        while not condition():  # noqa: ASYNC110 - a server in a thread sets no event here
            await anyio.sleep(0.01)


@asynccontextmanager
async def beside(function: Callable[[], Awaitable[T]]) -> AsyncIterator[list[T | Exception]]:
    """Run something beside the block, and give what it returned or raised."""
    outcome: list[T | Exception] = []

    async def run() -> None:
        try:
            outcome.append(await function())
        except Exception as error:
            outcome.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        yield outcome
        await until(lambda: outcome)
