"""Connecting an agent: the token, the first answer, and what can go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from fishjam.agent import Agent, AgentAuthError, AgentConnectionError, AgentError, AgentTimeoutError
from fishjam.errors import ConfigurationError, FishjamConnectionError, FishjamTimeoutError
from fishjam.notifier import SocketOptions
from tests.agent.agent_script import (
    AUTHENTICATED,
    PATIENT,
    TOKEN,
    agent_for,
    audio,
    listening,
    refusing,
    saying,
    stay,
    then,
)
from tests.support.limits import LIMITS
from tests.support.websocket_server import TEXT, Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


async def connect(agent: Agent, **options: Any) -> None:
    chosen = SocketOptions(**{"close_timeout": 0.2, **options})
    async with agent.connect(socket_options=chosen):
        pytest.fail("entered")


REFUSALS = (
    "invalid token",
    "missing token",
    "expired token",
    "room not found",
    "peer not found",
    "peer already connected",
    "invalid auth request",
    "",
)


@pytest.mark.parametrize("reason", REFUSALS)
async def test_a_refused_token_is_told_with_the_servers_reason(serve: Serve, reason: str) -> None:
    with pytest.raises(AgentAuthError) as caught:
        await connect(agent_for(serve(refusing(reason))))
    assert caught.value.reason == reason
    assert reason in str(caught.value)
    assert isinstance(caught.value, AgentError)


async def test_a_server_that_refuses_and_does_not_hang_up(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.close(1000, "expired token")
        peer.read_until_end()

    # It is not waited for: that would end as a timeout.
    with pytest.raises(AgentAuthError) as caught:
        await connect(agent_for(serve(script)), close_timeout=60)
    assert caught.value.reason == "expired token"


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
async def test_a_token_that_http_refuses(serve: Serve, status: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer(status, body=b"not you")

    with pytest.raises(AgentAuthError) as caught:
        await connect(agent_for(serve(script)))
    assert caught.value.reason == f"HTTP {status[:3]} not you"


async def test_the_token_is_shown_nowhere(serve: Serve) -> None:
    script = refusing(f"bad {TOKEN}, go away")
    with pytest.raises(AgentAuthError) as caught:
        await connect(agent_for(serve(script)))
    assert TOKEN not in str(caught.value)
    assert caught.value.reason == "bad ***, go away"


async def test_a_server_that_takes_a_missing_token(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.close(1000, "missing token")
        peer.read_close()

    with pytest.raises(AgentAuthError) as caught:
        await connect(agent_for(serve(script), token=""))
    assert caught.value.reason == "missing token"


@pytest.mark.parametrize("code", [1001, 1003, 1011, 4000])
async def test_another_close_than_a_refusal_is_a_lost_connection(serve: Serve, code: int) -> None:
    with pytest.raises(FishjamConnectionError, match=f"{code}|closed before") as caught:
        await connect(agent_for(serve(refusing("not now", code))))
    assert not isinstance(caught.value, AgentAuthError)


async def test_a_connection_that_breaks_on_the_way(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.reset()

    with pytest.raises(FishjamConnectionError):
        await connect(agent_for(serve(script)))


async def test_there_is_no_such_socket(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.answer("404 Not Found")

    with pytest.raises(FishjamConnectionError, match="404"):
        await connect(agent_for(serve(script)))


def sends_text(peer: Peer) -> None:
    peer.send_frame(TEXT, b"welcome")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(saying(audio(b"ab")), "track_data", id="audio"),
        pytest.param(saying(b""), "nothing known", id="empty"),
        pytest.param(saying(b"\x52\x00"), "nothing known", id="unknown"),
        pytest.param(saying(b"\xff\xff"), "nothing known", id="malformed"),
        pytest.param(sends_text, "text", id="text"),
    ],
)
async def test_the_first_answer_must_be_the_right_one(
    serve: Serve, answer: Callable[[Peer], None], said: str
) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        answer(peer)
        stay(peer)

    with pytest.raises(AgentConnectionError, match=f"{said}.*'authenticated' was due"):
        await connect(agent_for(serve(script)))


async def test_no_answer_at_all(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        stay(peer)

    for limit in LIMITS:
        with pytest.raises(FishjamTimeoutError, match="open_timeout") as caught:
            await connect(agent_for(serve(script)), open_timeout=limit)
        if f"did not answer within {limit} s" in str(caught.value):
            break
    assert isinstance(caught.value, AgentTimeoutError)


async def test_a_server_that_closes_before_it_has_heard_anything(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.close(1001)
        peer.read_until_end()

    with pytest.raises(FishjamConnectionError):
        await connect(agent_for(serve(script)))


async def test_an_address_that_cannot_be_used() -> None:
    with pytest.raises(ConfigurationError, match="wss://"):
        await connect(Agent("a", "r", "t", "ftp://host"))


async def test_headers_and_the_rest_are_those_of_the_options(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        then(listening)(peer)
        peer.tell(peer.headers["x-mine"])

    server = serve(script)
    async with agent_for(server).connect(socket_options=SocketOptions(headers={"X-Mine": "1"})):
        pass
    assert [await server.wait(), await server.wait()] == [1000, "1"]


@pytest.mark.parametrize("path", ["", "/", "/api/v1/connect/id", "/api/v1/connect/id/"])
async def test_the_socket_lies_under_the_base_url(serve: Serve, path: str) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(peer.request.split(b" ")[1].decode())
        peer.receive()
        peer.send(AUTHENTICATED)
        stay(peer)

    server = serve(script)
    url = f"http://127.0.0.1:{server.port}{path}"
    async with Agent("agent", "room", TOKEN, url).connect(socket_options=PATIENT):
        assert await server.wait() == f"{path.rstrip('/')}/socket/agent/websocket"


async def test_leaving_the_block_closes_in_order(serve: Serve) -> None:
    server = serve(then(listening))
    async with agent_for(server).connect() as session:
        assert not session.closed
        assert (session.close_code, session.close_reason) == (None, None)
    assert await server.wait() == 1000
    assert session.closed
    assert (session.close_code, session.close_reason) == (1000, "")


async def test_several_sessions_of_several_agents_at_once(serve: Serve) -> None:
    server = serve(then(listening))
    async with agent_for(server).connect(), agent_for(server).connect():
        pass
    assert [await server.wait(), await server.wait()] == [1000, 1000]


@pytest.mark.parametrize(
    "options",
    [
        {"overflow": "drop"},
        {"buffer_seconds": 0},
        {"buffer_seconds": float("nan")},
        {"buffer_seconds": float("inf")},
    ],
)
async def test_options_that_cannot_be_used(options: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Agent("a", "r", "t", "http://127.0.0.1:1").connect(**options)


async def test_connecting_can_be_cancelled(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.tell("here")
        stay(peer)

    server = serve(script)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(connect, agent_for(server))
        assert await server.wait() == "here"
        tasks.cancel_scope.cancel()
