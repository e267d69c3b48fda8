"""`Agent.run`: what handlers and callbacks raise, and how a handler learns of the end."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam import ConnectionRestored
from fishjam.agent import AgentAuthError, AgentSession, AgentSessionClosedError
from fishjam.clock import ManualClock
from fishjam.errors import CallbackCancelledError
from tests.agent.agent_script import (
    REMOVED,
    collect,
    hear,
    listening,
    one_after_another,
    refusing,
    run,
    stay,
    then,
)
from tests.agent.clocks import PAUSE, ticking
from tests.support.cancelled import NEEDS_COUNTING, wait_for_something_cancelled
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


async def test_the_handlers_error_comes_out_as_it_is(serve: Serve) -> None:
    async def handler(session: AgentSession) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await run(serve(then(stay)), handler)
    with pytest.raises(LookupError, match="mine"):
        await run(serve(then(REMOVED)), handler)


def failing(news: object) -> None:
    raise LookupError("mine")


async def failing_later(news: object) -> None:
    await checkpoint()
    raise LookupError("mine")


@pytest.mark.parametrize("callback", [failing, failing_later])
@pytest.mark.parametrize("name", ["on_lost", "on_restored"])
async def test_what_a_callback_raises_comes_out_and_ends_the_handler(
    serve: Serve, name: str, callback: Any
) -> None:
    script = one_after_another(then(Peer.hang_up), then(stay))
    with pytest.raises(LookupError, match="mine"):
        await run(serve(script), lambda session: anyio.sleep_forever(), **{name: callback})


@NEEDS_COUNTING
@pytest.mark.parametrize("name", ["on_lost", "on_restored"])
async def test_a_callback_that_is_cancelled_from_inside_has_failed(serve: Serve, name: str) -> None:
    script = one_after_another(then(Peer.hang_up), then(stay))
    callbacks = {name: wait_for_something_cancelled}
    with pytest.raises(CallbackCancelledError):
        await run(serve(script), lambda session: anyio.sleep_forever(), **callbacks)


@NEEDS_COUNTING
async def test_a_handler_that_is_cancelled_from_inside_has_failed(serve: Serve) -> None:
    with pytest.raises(CallbackCancelledError):
        await run(serve(then(stay)), wait_for_something_cancelled)


async def test_on_restored_may_use_the_session(serve: Serve) -> None:
    server = serve(one_after_another(then(Peer.hang_up), then(listening)))
    restored = anyio.Event()
    sessions: list[AgentSession] = []

    async def greet(news: ConnectionRestored) -> None:
        await sessions[0].capture_image("camera")
        restored.set()

    async def handler(session: AgentSession) -> None:
        sessions.append(session)
        await restored.wait()

    await run(server, handler, on_restored=greet)
    assert (await server.wait()).capture_image.track_id == "camera"


async def test_a_handler_that_speaks_when_the_server_ends_the_session(serve: Serve) -> None:
    async def handler(session: AgentSession) -> None:
        track = await session.add_track()
        while True:
            await track.send_chunk(b"ab")
            await checkpoint()

    assert await run(serve(then(hear, REMOVED)), handler) is None


async def test_a_handler_that_speaks_after_its_own_end_is_told(serve: Serve) -> None:
    async def handler(session: AgentSession) -> None:
        await session.disconnect()
        await session.add_track()

    with pytest.raises(AgentSessionClosedError, match="on this side"):
        await run(serve(then(stay)), handler)


async def test_a_handler_that_does_not_notice_the_end_is_cancelled(serve: Serve) -> None:
    clock = ManualClock()
    cancelled = []

    async def handler(session: AgentSession) -> str:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.append(clock.now())
        return "never"

    async with ticking(clock, pause=PAUSE):
        assert await run(serve(then(REMOVED)), handler, clock=clock) is None
        script = one_after_another(then(Peer.hang_up), refusing("peer not found"))
        with pytest.raises(AgentAuthError, match="peer not found"):
            await run(serve(script), handler, clock=clock)
    assert cancelled[0] >= 5
    assert cancelled[1] >= cancelled[0] + 5


async def test_a_handler_may_take_its_time_after_its_own_end(serve: Serve) -> None:
    clock = ManualClock()

    async def handler(session: AgentSession) -> str:
        await session.disconnect()
        await clock.sleep_until(clock.now() + 60)
        return "at last"

    async with ticking(clock, 1, pause=PAUSE):
        assert await run(serve(then(stay)), handler, clock=clock) == "at last"


async def test_a_handler_that_leaves_while_the_connection_is_away(serve: Serve) -> None:
    """Nothing moves the clock, so nobody waits until the next try."""
    away = anyio.Event()
    server = serve(one_after_another(then(Peer.hang_up)))

    async def handler(session: AgentSession) -> str:
        await away.wait()
        await anyio.wait_all_tasks_blocked()
        await session.disconnect()
        assert await collect(session) == []
        await anyio.wait_all_tasks_blocked()
        return "left"

    options = {"clock": ManualClock(), "on_lost": lambda news: away.set()}
    assert await run(server, handler, **options) == "left"


@pytest.mark.parametrize("end", ["return", "raise", "cancel"])
async def test_other_tasks_are_told_when_the_handler_is_done(serve: Serve, end: str) -> None:
    """They may wait for messages, or for a connection to send over."""
    messages: list[str] = []
    sessions: list[AgentSession] = []

    async def receive(session: AgentSession) -> None:
        messages.extend(str(message) for message in await collect(session))
        messages.append("received")

    async def handler(session: AgentSession) -> None:
        sessions.append(session)
        tasks.start_soon(receive, session)
        await anyio.wait_all_tasks_blocked()
        if end == "raise":
            raise LookupError("mine")
        if end == "cancel":
            scope.cancel()
            await checkpoint()

    async with anyio.create_task_group() as tasks:
        with suppress(LookupError), anyio.CancelScope() as scope:
            await run(serve(then(listening)), handler)
    assert messages == ["received"]
    assert sessions[0].closed
    with pytest.raises(AgentSessionClosedError):
        await sessions[0].add_track()
