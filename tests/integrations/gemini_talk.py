"""A user, an agent and a model, ready to talk on a clock that stands still."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import trustme
from attrs import define
from google import genai
from google.genai.live import AsyncSession
from google.genai.types import LiveConnectConfig

from fishjam import AgentOptions, AsyncFishjamClient
from fishjam.agent import Agent, AgentSession
from fishjam.clock import ManualClock
from fishjam.emulator import Emulator, VirtualPeer, tone
from fishjam.integrations.gemini import EndedBy, GeminiIntegration, bridge
from tests.integrations.gemini_live import GeminiServer, Model


@define
class Talk:
    """An agent in a room, beside a user, and in a Live session."""

    emulator: Emulator
    _clock: ManualClock | None
    client: AsyncFishjamClient
    server: GeminiServer
    gemini: genai.Client
    agent: Agent
    session: AgentSession
    live: AsyncSession
    user: VirtualPeer

    @property
    def clock(self) -> ManualClock:
        assert self._clock is not None
        return self._clock

    async def bridge(self, **options: Any) -> EndedBy:
        return await bridge(self.session, self.live, clock=self._clock, **options)

    async def another_user(self) -> VirtualPeer:
        _, token = await self.client.create_peer(self.agent.room_id)
        return self.emulator.connect_peer(token)

    async def tracks(self) -> list[str | None]:
        """Give the ids of the agent's tracks."""
        room = await self.client.get_room(self.agent.room_id)
        (agent,) = (peer for peer in room.peers if peer.id == self.agent.id)
        return [track.id for track in agent.tracks]

    async def has_no_tracks(self) -> bool:
        """Wait until the emulator knows that the agent has none."""
        with anyio.fail_after(30):
            while await self.tracks():
                await anyio.lowlevel.checkpoint()
        return True

    async def spoken(self) -> None:
        """Let the user say something, so that the bridge is at work."""
        self.user.speak(tone(440, 0.1))
        await self.user.afinish_speaking()

    async def news(self) -> Any:
        """Move the clock until the model has something to tell, and return that."""
        with anyio.fail_after(30):
            while self.server.news.empty():
                await pass_time(self, 0.1)
        return self.server.news.get()

    async def settle(self) -> None:
        """Wait until the emulator has done what the agent asked for."""
        track = await self.session.add_track()
        while track.id not in await self.tracks():
            await anyio.lowlevel.checkpoint()


Start = Callable[..., AbstractAsyncContextManager[Talk]]


def starter(emulator: Emulator, clock: ManualClock | None, authority: trustme.CA) -> Start:
    """Return a function that opens a `Talk` with a model, and takes a Live configuration."""

    @asynccontextmanager
    async def start(model: Model, **config: Any) -> AsyncIterator[Talk]:
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            server = stack.enter_context(GeminiServer(authority, model))
            gemini = stack.enter_context(server.client())
            await enter(gemini.aio)
            client = await enter(AsyncFishjamClient(emulator.fishjam_id, emulator.management_token))
            room = await client.create_room()
            options = AgentOptions(output=GeminiIntegration.GEMINI_INPUT_AUDIO_SETTINGS)
            agent = await client.create_agent(room.id, options)
            _, token = await client.create_peer(room.id)
            session = await enter(agent.connect(clock=clock))
            live_config = LiveConnectConfig(**config)
            live = await enter(gemini.aio.live.connect(model="gemini", config=live_config))
            user = emulator.connect_peer(token)
            yield Talk(emulator, clock, client, server, gemini, agent, session, live, user)

    return start


@asynccontextmanager
async def bridged(talk: Talk, **options: Any) -> AsyncIterator[list[EndedBy | Exception]]:
    """Run a bridge beside the block, and then move the clock until it has ended."""
    outcome: list[EndedBy | Exception] = []

    async def run() -> None:
        try:
            outcome.append(await talk.bridge(**options))
        except Exception as error:
            outcome.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        yield outcome
        with anyio.fail_after(30):
            while not outcome:
                await pass_time(talk, 0.1)


async def pass_time(talk: Talk, seconds: float) -> None:
    """Move the clock in small steps, and let everybody do what is due after each."""
    steps = math.ceil(seconds * 5)
    for _ in range(steps):
        talk.clock.advance(seconds / steps)
        await anyio.sleep(0.002)
