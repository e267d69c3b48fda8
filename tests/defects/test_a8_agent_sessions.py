"""A8: an agent knows a welcome when it gets one, and loses its stream to nothing but the end."""

from __future__ import annotations

import pytest

from fishjam.agent import AgentConnectionError, AgentSession
from tests.agent.agent_script import agent_for, audio, closing, response, saying, stay, then
from tests.support.websocket_server import Peer, Server

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("first", [audio(b"ab"), response("track_image"), b""])
async def test_not_every_first_frame_is_a_welcome(first: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.send(first)
        stay(peer)

    async def connect() -> None:
        async with agent_for(server).connect():
            pytest.fail("entered")

    with Server(script) as server, pytest.raises(AgentConnectionError, match="was due"):
        await connect()


async def heard(session: AgentSession) -> list[bytes]:
    return [message.data async for message in session.receive()]


@pytest.mark.parametrize("reason", ["Peer removed", "Room stopped"])
async def test_an_end_in_order_is_no_error(reason: str) -> None:
    with Server(then(saying(audio(b"ab")), closing(1000, reason))) as server:
        async with agent_for(server).connect() as session:
            assert await heard(session) == [b"ab"]


async def test_a_crash_is_an_error_of_this_sdk() -> None:
    with Server(then(closing(1011))) as server:
        async with agent_for(server).connect() as session:
            with pytest.raises(AgentConnectionError, match="1011"):
                await heard(session)


async def test_an_empty_frame_does_not_end_the_stream() -> None:
    script = then(saying(audio(b"ab"), b"", audio(b"cd")), closing(1000))
    with Server(script) as server:
        async with agent_for(server).connect() as session:
            assert await heard(session) == [b"ab", b"cd"]
