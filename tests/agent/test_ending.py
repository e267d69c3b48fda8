"""How a session ends, and who is told of it in what way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam.agent import (
    AgentConnectionError,
    AgentError,
    AgentSession,
    AgentSessionClosedError,
    OutgoingTrack,
)
from fishjam.errors import FishjamConnectionError
from tests.agent.agent_script import (
    IMPATIENT,
    PATIENT,
    agent_for,
    audio,
    closing,
    hear,
    saying,
    stay,
    then,
)
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


async def until_closed(session: AgentSession) -> None:
    while not session.closed:  # noqa: ASYNC110
        await anyio.sleep(0.001)


async def read_into(session: AgentSession, messages: list[Any]) -> None:
    async for message in session:
        messages.append(message)  # noqa: PERF401 - what came before an error counts


async def send_for_ever(track: OutgoingTrack) -> None:
    while True:
        await track.send_chunk(bytes(64_000))


async def interrupt_for_ever(track: OutgoingTrack) -> None:
    while True:
        await track.interrupt()
        await checkpoint()


ORDERLY = [
    pytest.param(closing(1000, "Peer removed"), 1000, "Peer removed", id="peer removed"),
    pytest.param(closing(1000, "Room stopped"), 1000, "Room stopped", id="room stopped"),
    pytest.param(closing(1001, "restart"), 1001, "restart", id="going away"),
]
BROKEN = [
    pytest.param(closing(1011, "crash"), 1011, "crash", id="crash"),
    pytest.param(closing(1003, "operation not allowed"), 1003, "operation not allowed", id="1003"),
    pytest.param(Peer.hang_up, 1006, "", id="hang-up"),
    pytest.param(Peer.reset, 1006, "", id="reset"),
]


async def calls(session: AgentSession, track: OutgoingTrack) -> list[AgentError]:
    """Call all that needs a connection, and return what each raises."""
    errors = []
    for call in (
        lambda: track.send_chunk(b"ab"),
        track.interrupt,
        lambda: track.play(b"ab"),
        session.add_track,
        lambda: session.capture_image("camera"),
        lambda: session.request_image("camera"),
    ):
        with pytest.raises(AgentError) as caught:
            await call()
        errors.append(caught.value)
    # It went with the session.
    await track.remove()
    return errors


@pytest.mark.parametrize(("end", "code", "reason"), ORDERLY)
async def test_an_end_in_order(
    serve: Serve, end: Callable[[Peer], None], code: int, reason: str
) -> None:
    script = then(hear, saying(audio(b"ab")), end)
    async with agent_for(serve(script)).connect() as session:
        track = await session.add_track()
        assert len([message async for message in session]) == 1
        assert session.closed
        assert (session.close_code, session.close_reason) == (code, reason)
        for error in await calls(session, track):
            assert isinstance(error, AgentSessionClosedError)
            assert isinstance(error, RuntimeError)
            assert reason in str(error)
        assert [message async for message in session] == []


@pytest.mark.parametrize(("end", "code", "reason"), BROKEN)
async def test_an_end_that_is_a_failure(
    serve: Serve, end: Callable[[Peer], None], code: int, reason: str
) -> None:
    script = then(hear, saying(audio(b"ab")), end)
    got: list[Any] = []
    async with agent_for(serve(script)).connect(socket_options=PATIENT) as session:
        track = await session.add_track()
        with pytest.raises(FishjamConnectionError, match="lost its connection") as caught:
            await read_into(session, got)
        assert isinstance(caught.value, AgentError)
        assert caught.value.__cause__ is not None
        assert (session.close_code, session.close_reason) == (code, reason)
        for error in await calls(session, track):
            assert isinstance(error, AgentConnectionError)
        with pytest.raises(AgentConnectionError):
            await anext(session.receive())
    assert len(got) == 1 or end is Peer.reset


async def test_an_end_of_our_own(serve: Serve) -> None:
    async with agent_for(serve(then(hear, stay))).connect() as session:
        track = await session.add_track()
        await session.disconnect()
        assert session.closed
        assert (session.close_code, session.close_reason) == (1000, "")
        for error in await calls(session, track):
            assert isinstance(error, AgentSessionClosedError)
            assert "closed on this side" in str(error)


async def test_the_first_end_counts(serve: Serve) -> None:
    async with agent_for(serve(then(closing(1000, "Peer removed")))).connect() as session:
        await until_closed(session)
        await session.disconnect()
    assert session.close_reason == "Peer removed"


async def test_leaving_after_a_crash_raises_nothing_of_its_own(serve: Serve) -> None:
    async with agent_for(serve(then(closing(1011)))).connect() as session:
        await until_closed(session)


async def test_the_users_error_comes_out_as_it_is(serve: Serve) -> None:
    with pytest.raises(LookupError, match="mine"):
        async with agent_for(serve(then(stay))).connect():
            raise LookupError("mine")


async def test_the_users_error_after_a_crash_comes_out_as_it_is(serve: Serve) -> None:
    async def fail() -> None:
        async with agent_for(serve(then(closing(1011)))).connect() as session:
            await until_closed(session)
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await fail()


async def test_the_loss_comes_out_of_the_block_as_it_is(serve: Serve) -> None:
    with pytest.raises(AgentConnectionError):
        async with agent_for(serve(then(Peer.reset))).connect() as session:
            await read_into(session, [])


@pytest.mark.parametrize("end", [stay, Peer.reset, closing(1000, "Peer removed")])
async def test_a_cancellation_is_no_error_whatever_the_connection_does(
    serve: Serve, end: Callable[[Peer], None]
) -> None:
    server = serve(then(lambda peer: peer.server.go.wait(30), end))
    with anyio.CancelScope() as scope:
        async with agent_for(server).connect(socket_options=PATIENT):
            server.go.set()
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught


async def test_an_error_and_a_cancellation_and_a_crash_at_once(serve: Serve) -> None:
    server = serve(then(lambda peer: peer.server.go.wait(30), Peer.reset))

    async def fail() -> None:
        async with agent_for(server).connect(socket_options=PATIENT):
            try:
                server.go.set()
                scope.cancel()
                await anyio.sleep_forever()
            finally:
                raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"), anyio.CancelScope() as scope:
        await fail()


async def test_who_sends_while_the_connection_breaks_is_told(serve: Serve) -> None:
    async with agent_for(serve(then(hear, Peer.reset))).connect() as session:
        track = await session.add_track()
        with pytest.raises(AgentConnectionError):
            await send_for_ever(track)


async def test_who_sends_while_the_session_is_closed_is_told(serve: Serve) -> None:
    server = serve(then(waiting_never), receive_buffer=4096)
    async with (
        agent_for(server).connect(socket_options=IMPATIENT) as session,
        anyio.create_task_group() as tasks,
    ):
        track = await session.add_track()

        async def send() -> None:
            with pytest.raises(AgentSessionClosedError, match="on this side"):
                await send_for_ever(track)

        tasks.start_soon(send)
        await anyio.sleep(0.05)
        await session.disconnect()


def waiting_never(peer: Peer) -> None:
    """Read nothing more until the test is over."""
    peer.server.go.wait(30)


async def test_interrupting_while_the_connection_breaks(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        then(hear)(peer)
        peer.close(1011)
        peer.read_until_end()

    async with agent_for(serve(script)).connect(socket_options=IMPATIENT) as session:
        track = await session.add_track()
        with pytest.raises(AgentConnectionError):
            await interrupt_for_ever(track)


async def test_a_session_entered_in_one_task_and_left_in_another(
    serve: Serve, anyio_backend_name: str
) -> None:
    """An exit stack of a framework does so; on trio a block belongs to its task."""
    context = agent_for(serve(then(saying(audio(b"ab")), stay))).connect()
    if anyio_backend_name == "trio":
        async with context as session:
            assert (await anext(session.receive())).data == b"ab"
        return
    import asyncio

    session = await asyncio.create_task(context.__aenter__())
    assert (await anext(session.receive())).data == b"ab"
    await asyncio.create_task(context.__aexit__(None, None, None))
    assert session.closed
