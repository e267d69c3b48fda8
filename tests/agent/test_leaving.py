"""Leaving an agent's session: nobody waits for a server that does not answer a close frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest

from fishjam.agent import AgentSession
from fishjam.notifier import SocketOptions
from tests.agent.agent_script import agent_for, then
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

CLOSE_TIMEOUT = 25.0

Use = Callable[[AgentSession], Awaitable[Any]]


def fall_silent(peer: Peer) -> None:
    """Read nothing more until the test is over."""
    peer.tell("silent")
    assert peer.server.go.wait(30)


async def receive(session: AgentSession) -> None:
    async for _ in session:
        pass


async def send(session: AgentSession) -> None:
    track = await session.add_track()
    while True:
        await track.send_chunk(bytes(64_000))


async def fail(session: AgentSession) -> None:
    raise LookupError("mine")


USES = [receive, send, fail, AgentSession.disconnect]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("way", ["connect", "run"])
async def test_a_silent_server_holds_nothing_up(serve: Serve, use: Use, way: str) -> None:
    server = serve(then(fall_silent), receive_buffer=4096)
    agent = agent_for(server)
    options = SocketOptions(close_timeout=CLOSE_TIMEOUT)

    async def connect() -> None:
        async with agent.connect(socket_options=options) as session:
            await use(session)

    async def run() -> None:
        await agent.run(use, socket_options=options)

    async def use_it() -> None:
        with suppress(LookupError):
            await (run() if way == "run" else connect())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(use_it)
        assert await server.wait() == "silent"
        begin = anyio.current_time()
        tasks.cancel_scope.deadline = begin + 0.2
    assert anyio.current_time() - begin < CLOSE_TIMEOUT / 2
    server.go.set()
