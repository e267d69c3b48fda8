"""A session over one connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fishjam._concurrency.background import background
from fishjam.agent._agent_session import AgentSession
from fishjam.agent._connecting import Door, opened
from fishjam.agent._ending import CLOSED_BY_US, SessionEnd
from fishjam.agent._options import SessionOptions
from fishjam.agent._session import Core

if TYPE_CHECKING:
    from fishjam.agent.agent import Agent


@asynccontextmanager
async def connected(
    agent: Agent, door: Door, options: SessionOptions
) -> AsyncIterator[AgentSession]:
    """Connect an agent; the body runs while it is, and longer if the connection ends by itself.

    On asyncio it may be entered in one task and left in another. What the body raises comes out as
    it is; the end of the connection is told by the session's methods alone.
    """
    core = Core(options, agent.audio_sample_rate, lasting=False)
    async with opened(door) as socket:
        core.link.attach(socket)

        async def read() -> None:
            try:
                await core.read(socket)
            except Exception as error:
                core.finish(SessionEnd.of(error))

        async with background(read):
            try:
                yield AgentSession(agent, core)
            finally:
                core.finish(CLOSED_BY_US)
