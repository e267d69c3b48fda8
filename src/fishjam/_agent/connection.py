"""A session over one connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fishjam._agent.core import Core
from fishjam._agent.ending import CLOSED_BY_US, SessionEnd
from fishjam._agent.handshake import Door, opened
from fishjam._agent.options import SessionOptions
from fishjam._agent.session import AgentSession
from fishjam._websocket.background import background

if TYPE_CHECKING:
    from fishjam._agent.agent import Agent


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
