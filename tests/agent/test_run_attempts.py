"""`Agent.run`: which refusals are final, how long it waits between tries, when it gives up."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from fishjam import Backoff, ConnectionLost, ConnectionRestored
from fishjam._websocket.reconnecting import HELD
from fishjam.agent import (
    Agent,
    AgentAuthError,
    AgentConnectionError,
    AgentSession,
    AgentSessionClosedError,
)
from fishjam.clock import ManualClock
from fishjam.errors import ConfigurationError, FishjamConnectionError
from tests.agent.agent_script import (
    REMOVED,
    TOKEN,
    audio,
    closing,
    collect,
    one_after_another,
    refusing,
    run,
    saying,
    then,
    unavailable,
    waiting_for_go,
)
from tests.agent.clocks import PAUSE, LeapingClock, ticking
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


@pytest.mark.parametrize("reason", ["invalid token", "peer not found", "room not found"])
async def test_a_refusal_is_final(serve: Serve, reason: str) -> None:
    with pytest.raises(AgentAuthError) as caught:
        await run(serve(refusing(reason)), collect)
    assert caught.value.reason == reason


@pytest.mark.parametrize("code", [1003, 1007])
async def test_a_server_that_will_not_take_what_was_sent_is_not_asked_again(
    serve: Serve, code: int
) -> None:
    server = serve(then(closing(code, "add_track: no")))

    with pytest.raises(AgentConnectionError, match="add_track: no"):
        await run(server, collect)


async def test_a_refusal_on_the_way_back_is_final_too(serve: Serve) -> None:
    script = one_after_another(then(Peer.hang_up), refusing("peer not found"))
    sessions: list[AgentSession] = []

    async def handler(session: AgentSession) -> None:
        sessions.append(session)
        await collect(session)

    with pytest.raises(AgentAuthError) as caught:
        await run(serve(script), handler)
    assert caught.value.reason == "peer not found"
    assert sessions[0].closed
    assert sessions[0].close_reason == "peer not found"
    with pytest.raises(AgentAuthError):
        await sessions[0].capture_image("camera")


async def test_the_last_connection_may_be_taken_for_alive_for_a_while(serve: Serve) -> None:
    taken = refusing("peer already connected")
    script = one_after_another(
        taken, taken, then(saying(audio(b"aa")), Peer.hang_up), taken, then(REMOVED)
    )
    assert await run(serve(script), collect) == [b"aa"]


async def test_but_not_for_more_than_a_minute(serve: Serve) -> None:
    clock = LeapingClock()
    tries: list[float] = []

    def script(peer: Peer) -> None:
        tries.append(clock.now())
        refusing("peer already connected")(peer)

    with pytest.raises(AgentAuthError):
        await run(serve(script), collect, clock=clock, backoff=Backoff(jitter=lambda: 1.0))
    # The last wait is cut short.
    assert tries == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 60]


async def test_a_server_that_is_away_after_that_is_waited_for_like_any_other(serve: Serve) -> None:
    clock = LeapingClock()
    tries: list[float] = []

    def script(peer: Peer) -> None:
        tries.append(clock.now())
        (refusing("peer already connected") if len(tries) == 1 else unavailable)(peer)

    backoff = Backoff(initial_delay=20, jitter=lambda: 1.0)
    with pytest.raises(FishjamConnectionError, match="503"):
        await run(serve(script), collect, clock=clock, backoff=backoff, max_attempts=6)
    assert tries == [0, 20, 50, 80, 110, 140]


async def test_it_gives_up_after_so_many_failures_in_a_row(serve: Serve) -> None:
    server = serve(unavailable)
    with pytest.raises(FishjamConnectionError, match="503"):
        await run(server, collect, max_attempts=2)
    script = one_after_another(
        unavailable, then(waiting_for_go, Peer.hang_up), unavailable, unavailable
    )
    server, clock = serve(script), ManualClock()

    async def handler(session: AgentSession) -> None:
        clock.advance(HELD)
        server.go.set()
        await collect(session)

    async with ticking(clock, 0.001, pause=PAUSE):
        with pytest.raises(AgentConnectionError, match="503"):
            await run(server, handler, max_attempts=2, clock=clock)


@pytest.mark.parametrize(
    ("end", "text"),
    [
        (closing(1001, "restart"), "after 3 tries in a row.*'restart'"),
        (closing(1012, "restart"), "restart"),
        (Peer.hang_up, "lost its connection"),
    ],
)
async def test_a_connection_that_does_not_hold_is_a_failed_try(
    serve: Serve, end: Callable[[Peer], None], text: str
) -> None:
    """A server that takes the agent and ends each connection at once is not asked for ever."""
    clock = LeapingClock()
    tries: list[float] = []

    def script(peer: Peer) -> None:
        tries.append(clock.now())
        then(end)(peer)

    options = {"clock": clock, "backoff": Backoff(jitter=lambda: 1.0), "max_attempts": 3}
    events: list[Any] = []
    with pytest.raises(AgentConnectionError, match=text):
        await run(
            serve(script), collect, on_lost=events.append, on_restored=events.append, **options
        )
    assert tries == [0, 0.5, 1.5]
    loss_and_return = [ConnectionLost, ConnectionRestored]
    assert [type(event) for event in events] == [*loss_and_return, *loss_and_return, ConnectionLost]


async def test_the_waits_grow_from_the_first_one_after_a_loss(serve: Serve) -> None:
    clock = LeapingClock()
    tries: list[float] = []

    def script(peer: Peer) -> None:
        tries.append(clock.now())
        (then(Peer.hang_up) if len(tries) == 1 else unavailable)(peer)

    options = {"clock": clock, "backoff": Backoff(jitter=lambda: 1.0), "max_attempts": 5}
    with pytest.raises(AgentConnectionError, match="503"):
        await run(serve(script), collect, **options)
    assert tries == [0, 0.5, 1.5, 3.5, 7.5]


@pytest.mark.parametrize(
    ("status", "asked", "waits"),
    [
        ("503 Service Unavailable", "7", [7, 7]),
        ("429 Too Many Requests", "3", [3, 3]),
        ("503 Service Unavailable", "3600", [30, 30]),
        ("503 Service Unavailable", "0", [0.5, 1]),
        ("503 Service Unavailable", "soon", [0.5, 1]),
    ],
)
async def test_a_server_says_when_to_come_again(
    serve: Serve, status: str, asked: str, waits: list[float]
) -> None:
    clock = LeapingClock()
    tries: list[float] = []

    def script(peer: Peer) -> None:
        tries.append(clock.now())
        peer.read_request()
        peer.answer(status, f"Retry-After: {asked}")

    options = {"clock": clock, "backoff": Backoff(jitter=lambda: 1.0), "max_attempts": 3}
    with pytest.raises(FishjamConnectionError, match=status[:3]):
        await run(serve(script), collect, **options)
    assert [after - before for before, after in pairwise(tries)] == waits


async def test_a_token_that_the_server_repeats_is_not_told(serve: Serve) -> None:
    script = one_after_another(
        then(closing(1001, f"{TOKEN} is tired")), then(closing(1000, f"no more of {TOKEN}"))
    )
    events: list[ConnectionLost] = []
    sessions: list[AgentSession] = []

    async def handler(session: AgentSession) -> None:
        sessions.append(session)
        await collect(session)

    await run(serve(script), handler, on_lost=events.append)
    assert events == [ConnectionLost("*** is tired", 1001)]
    assert sessions[0].close_reason == "no more of ***"
    with pytest.raises(AgentSessionClosedError, match=r"no more of \*\*\*"):
        await sessions[0].add_track()


async def test_what_can_never_work_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError, match="wss://"):
        await Agent("a", "r", "t", "ftp://host").run(collect)
    with pytest.raises(ValueError, match="max_attempts"):
        await Agent("a", "r", "t", "http://host").run(collect, max_attempts=0)
