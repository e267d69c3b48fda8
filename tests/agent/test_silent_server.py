"""A server that falls silent holds nobody up, and one that repeats the token does not spread it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from fishjam.agent import Agent, AgentSession
from fishjam.errors import AgentAuthError, AgentError
from fishjam.notifier import SocketOptions
from tests.agent.agent_script import TOKEN, agent_for, closing, hear, refusing, then
from tests.support.websocket_server import TEXT, Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

PATIENT = SocketOptions(close_timeout=25)


def silent(peer: Peer) -> None:
    peer.tell("here")
    peer.read_until_end()
    peer.tell("gone")


def mute(peer: Peer) -> None:
    """Open the connection, and do not answer to the token."""
    peer.accept()
    silent(peer)


async def receive(session: AgentSession) -> None:
    async for _ in session.receive():
        """Nothing comes."""


async def connect(agent: Agent) -> None:
    async with agent.connect(socket_options=PATIENT) as session:
        await receive(session)


async def run(agent: Agent) -> None:
    await agent.run(receive, socket_options=PATIENT)


@contextmanager
def soon() -> Iterator[None]:
    before = time.monotonic()
    yield
    assert time.monotonic() - before < 15


@pytest.mark.parametrize("way", [connect, run])
@pytest.mark.parametrize("script", [then(silent), mute])
async def test_cancelled(
    serve: Serve, way: Callable[[Agent], Coroutine[Any, Any, None]], script: Any
) -> None:
    server = serve(script)
    async with anyio.create_task_group() as group:
        group.start_soon(way, agent_for(server))
        assert await server.wait() == "here"
        group.cancel_scope.cancel()
    with soon():
        assert await server.wait() == "gone"


async def test_the_block_fails(serve: Serve) -> None:
    with soon(), pytest.raises(ZeroDivisionError):
        async with agent_for(serve(then(silent))).connect(socket_options=PATIENT):
            raise ZeroDivisionError


async def test_the_handler_of_a_run_fails(serve: Serve) -> None:
    async def handler(_: AgentSession) -> None:
        raise ZeroDivisionError

    with soon(), pytest.raises(ZeroDivisionError):
        await agent_for(serve(then(silent))).run(handler, socket_options=PATIENT)


# Tokens


async def test_the_token_in_the_reason_of_a_refusal(serve: Serve) -> None:
    with pytest.raises(AgentAuthError) as caught:
        await connect(agent_for(serve(refusing(f"not valid: {TOKEN}"))))
    assert caught.value.reason == "not valid: ***"
    assert_clean(caught.value)


async def test_the_token_in_the_reason_of_a_loss(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def text(peer: Peer) -> None:
        peer.send_frame(TEXT, f"hello {TOKEN}".encode())

    server = serve(then(hear, text, closing(1011, f"crash of {TOKEN}")))
    with caplog.at_level(logging.DEBUG, "fishjam"):
        async with agent_for(server).connect() as session:
            await session.add_track()
            with pytest.raises(AgentError, match=r"crash of \*\*\*") as caught:
                await receive(session)
    assert_clean(caught.value)
    assert "***" in caplog.text
    assert TOKEN not in caplog.text


def assert_clean(error: BaseException) -> None:
    """Check an error and all that is linked with it."""
    link: BaseException | None = error
    while link is not None:
        assert TOKEN not in f"{link!r} {link} {vars(link)!r}"
        link = link.__cause__ or link.__context__
