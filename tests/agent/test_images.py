"""Images of other peers: asked for at the right pace, and given to who asked."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from fishjam.agent import (
    AgentConnectionError,
    AgentError,
    AgentSession,
    AgentTimeoutError,
    IncomingTrackImage,
)
from fishjam.clock import ManualClock
from fishjam.errors import FishjamTimeoutError
from tests.agent.agent_script import (
    agent_for,
    audio,
    closing,
    hear,
    image,
    listening,
    saying,
    stay,
    then,
    waiting_for_go,
)
from tests.agent.clocks import ticking
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


def captured(peer: Peer, track_id: str = "camera") -> None:
    request = hear(peer)
    assert request.capture_image.track_id == track_id, request


async def test_whether_or_not_somebody_receives(serve: Serve) -> None:
    answer = [captured, saying(image(b"1"))]
    script = then(*answer, captured, saying(image(b"2")), closing(1000))
    clock = ManualClock()
    got: list[Any] = []
    async with agent_for(serve(script)).connect(clock=clock) as session:
        first = await session.request_image("camera")
        assert first == IncomingTrackImage("camera", "image/jpeg", b"1")
        clock.advance(2)
        async with anyio.create_task_group() as tasks:

            async def read() -> None:
                got.extend([message async for message in session])

            tasks.start_soon(read)
            assert (await session.request_image("camera")).data == b"2"
    assert got == []


async def test_who_asks_for_the_same_track_shares_one(serve: Serve) -> None:
    script = then(captured, saying(image(b"1")), stay)
    got: list[bytes] = []
    async with agent_for(serve(script)).connect() as session:

        async def ask() -> None:
            got.append((await session.request_image("camera")).data)

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(ask)
    assert got == [b"1"] * 3


async def test_tracks_are_kept_apart(serve: Serve) -> None:
    def answer(peer: Peer) -> None:
        asked = {hear(peer).capture_image.track_id for _ in range(2)}
        assert asked == {"a", "b"}
        saying(image(b"b", "b"), image(b"other", "c"), image(b"a", "a"))(peer)
        closing(1000)(peer)

    got: dict[str, bytes] = {}
    async with agent_for(serve(then(answer))).connect() as session:

        async def ask(track_id: str) -> None:
            got[track_id] = (await session.request_image(track_id)).data

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, "a")
            tasks.start_soon(ask, "b")
        assert [message.data async for message in session] == [b"other"]
    assert got == {"a": b"a", "b": b"b"}


async def test_a_captured_image_is_received(serve: Serve) -> None:
    script = then(captured, saying(image(b"1")), closing(1000))
    async with agent_for(serve(script)).connect() as session:
        await session.capture_image("camera")
        assert [message.data async for message in session] == [b"1"]


async def test_a_track_that_is_captured_and_requested_gives_an_image_to_each(serve: Serve) -> None:
    clock = ManualClock()
    script = then(captured, captured, saying(image(b"1"), image(b"2")), closing(1000))
    got: list[bytes] = []
    async with agent_for(serve(script)).connect(clock=clock) as session:

        async def ask() -> None:
            got.append((await session.request_image("camera")).data)

        async with anyio.create_task_group() as tasks:
            await session.capture_image("camera")
            tasks.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            clock.advance(1.1)
        assert [message.data async for message in session] == [b"2"]
    assert got == [b"1"]


async def test_one_that_is_captured_is_shared_with_a_request_that_waits(serve: Serve) -> None:
    """The request has not asked for one of its own yet, because that would be too early."""
    server = serve(then(captured, lambda peer: peer.server.go.wait(30), saying(image(b"1")), stay))
    async with (
        agent_for(server).connect(clock=ManualClock()) as session,
        anyio.create_task_group() as tasks,
    ):
        await session.capture_image("camera")
        asking = Asking(session)
        tasks.start_soon(asking)
        await anyio.wait_all_tasks_blocked()
        server.go.set()
        assert (await anext(session.receive())).data == b"1"
    assert asking.answer.data == b"1"


async def test_a_requested_image_is_not_received_because_a_capture_had_no_answer(
    serve: Serve,
) -> None:
    clock = ManualClock()
    script = then(captured, captured, saying(image(b"1"), audio(b"ab")), closing(1000))
    async with agent_for(serve(script)).connect(clock=clock) as session:
        await session.capture_image("camera")
        clock.advance(2)
        assert (await session.request_image("camera", 10**400)).data == b"1"
        assert [message.data async for message in session] == [b"ab"]


async def test_what_was_asked_for_is_forgotten(serve: Serve) -> None:
    """An image that comes long after that is one that nobody asked for."""
    clock = ManualClock()
    server = serve(then(captured, captured, waiting_for_go, saying(image(b"late")), stay))
    async with agent_for(server).connect(clock=clock) as session:
        await session.capture_image("camera")
        with pytest.raises(AgentTimeoutError), anyio.fail_after(30):
            async with ticking(clock):
                await session.request_image("camera", timeout=1.5)
        clock.advance(60)
        server.go.set()
        assert (await anext(session.receive())).data == b"late"
        assert not session._state.images._tracks


class Asking:
    """Asks once, and keeps what comes of it."""

    def __init__(self, session: AgentSession, timeout: float = 5) -> None:
        self._session = session
        self._timeout = timeout
        self.answer: Any = None

    async def __call__(self) -> None:
        try:
            self.answer = await self._session.request_image("camera", self._timeout)
        except AgentError as error:
            self.answer = error


async def test_a_request_that_comes_too_early_is_held_back(serve: Serve) -> None:
    """One a second and track; the server drops what comes earlier."""
    clock = ManualClock()
    server = serve(then(captured, saying(image(b"1")), listening))
    async with (
        agent_for(server).connect(clock=clock) as session,
        anyio.create_task_group() as tasks,
    ):
        await session.request_image("camera")
        clock.advance(0.4)
        asking = Asking(session)
        tasks.start_soon(asking)
        await anyio.wait_all_tasks_blocked()
        clock.advance(0.6)
        await anyio.wait_all_tasks_blocked()
        assert server.news.empty()
        clock.advance(0.1)
        assert (await server.wait()).capture_image.track_id == "camera"
        tasks.cancel_scope.cancel()


async def test_what_got_no_answer_is_asked_for_again(serve: Serve) -> None:
    clock = ManualClock()

    def script(peer: Peer) -> None:
        then(captured)(peer)
        peer.tell("asked")
        captured(peer)
        saying(image(b"1"))(peer)
        stay(peer)

    server = serve(script)
    async with (
        agent_for(server).connect(clock=clock) as session,
        anyio.create_task_group() as tasks,
    ):
        asking = Asking(session)
        tasks.start_soon(asking)
        await server.wait()
        await anyio.wait_all_tasks_blocked()
        clock.advance(1.1)
    assert asking.answer.data == b"1"


async def test_no_image_in_time(serve: Serve) -> None:
    clock = ManualClock()
    server = serve(then(listening))
    async with (
        agent_for(server).connect(clock=clock) as session,
        anyio.create_task_group() as tasks,
    ):
        asking = Asking(session, timeout=0.5)
        tasks.start_soon(asking)
        assert (await server.wait()).capture_image.track_id == "camera"
        await anyio.wait_all_tasks_blocked()
        clock.advance(0.5)
    assert isinstance(asking.answer, AgentTimeoutError)
    assert isinstance(asking.answer, FishjamTimeoutError)
    assert "'camera' came within 0.5 s" in str(asking.answer)


async def test_the_first_who_asked_gives_up_and_the_others_go_on(serve: Serve) -> None:
    server = serve(then(captured, lambda peer: peer.server.go.wait(30), saying(image(b"1")), stay))
    async with agent_for(server).connect() as session, anyio.create_task_group() as tasks:
        with anyio.CancelScope() as scope:
            second = Asking(session)

            async def cancel_later() -> None:
                await anyio.wait_all_tasks_blocked()
                scope.cancel()
                server.go.set()

            tasks.start_soon(cancel_later)
            tasks.start_soon(second)
            await session.request_image("camera")
    assert scope.cancelled_caught
    assert second.answer.data == b"1"


async def test_the_session_ends_meanwhile(serve: Serve) -> None:
    for end in (closing(1000, "Peer removed"), closing(1011)):
        async with agent_for(serve(then(captured, end))).connect() as session:
            with pytest.raises(AgentError) as caught:
                await session.request_image("camera")
            assert isinstance(caught.value, AgentConnectionError) is (session.close_code == 1011)
