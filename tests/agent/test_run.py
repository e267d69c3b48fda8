"""`Agent.run`: one handler and one session, over connections that are lost and come back."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam import Backoff, ConnectionLost, ConnectionRestored
from fishjam._websocket.reconnecting import HELD
from fishjam.agent import (
    Agent,
    AgentAuthError,
    AgentConnectionError,
    AgentError,
    AgentSession,
    AgentSessionClosedError,
    AgentTrackRemovedError,
    OutgoingAudioTrackOptions,
    OutgoingTrack,
)
from fishjam.clock import ManualClock
from fishjam.errors import CallbackCancelledError, ConfigurationError, FishjamConnectionError
from tests.agent.agent_script import (
    REMOVED,
    TOKEN,
    agent_for,
    audio,
    closing,
    collect,
    hear,
    image,
    listening,
    one_after_another,
    refusing,
    run,
    saying,
    stay,
    then,
    unavailable,
    waiting_for_go,
)
from tests.agent.clocks import PAUSE, LeapingClock, ticking
from tests.support.cancelled import NEEDS_COUNTING, wait_for_something_cancelled
from tests.support.websocket_server import Peer, Script
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]


async def test_the_handlers_result_is_that_of_run(serve: Serve) -> None:
    server = serve(then(listening))

    async def handler(session: AgentSession) -> str:
        assert not session.closed
        assert session.agent == agent_for(server)
        return "result"

    assert await run(server, handler) == "result"
    assert await server.wait() == 1000


async def test_one_session_outlives_every_kind_of_loss(serve: Serve) -> None:
    script = one_after_another(
        then(saying(audio(b"aa")), Peer.hang_up),
        unavailable,
        unavailable,
        then(saying(audio(b"bb")), closing(1011, "crash")),
        then(saying(audio(b"cc")), closing(1001, "restart")),
        then(saying(audio(b"dd")), REMOVED),
    )
    news: list[Any] = []

    async def lost(one: ConnectionLost) -> None:
        news.append(one)

    got = await run(serve(script), collect, on_lost=lost, on_restored=news.append)
    assert got == [b"aa", b"bb", b"cc", b"dd"]
    kinds = [type(one) for one in news]
    assert kinds == [ConnectionLost, ConnectionRestored] * 3
    assert [one.code for one in news[::2]] == [1006, 1011, 1001]
    assert [one.attempts for one in news[1::2]] == [3, 1, 1]
    assert news[4] == ConnectionLost("restart", 1001)


async def test_tracks_are_added_again_before_anything_else(serve: Serve) -> None:
    first: list[Any] = []

    def begin(peer: Peer) -> None:
        first.extend(hear(peer) for _ in range(3))
        Peer.hang_up(peer)

    server = serve(one_after_another(then(begin), then(listening)))
    away = anyio.Event()

    async def handler(session: AgentSession) -> list[str]:
        one, two, gone = [await session.add_track() for _ in range(3)]
        await away.wait()
        # Nothing needs to be said of a connection that is gone, and nothing is.
        await gone.remove()
        await one.interrupt()
        await one.send_chunk(b"1-")
        await two.send_chunk(b"2-")
        return [one.id, two.id]

    ids = await run(server, handler, on_lost=lambda news: away.set())
    requests = [await server.wait() for _ in range(4)]
    assert requests[:2] == first[:2]
    assert [one.add_track.track.id for one in requests[:2]] == ids
    assert [one.track_data.data for one in requests[2:]] == [b"1-", b"2-"]
    assert await server.wait() == 1000


BIG = OutgoingAudioTrackOptions(metadata={"much": "x" * 5_000_000})
"""Options of a track that takes so long to add that something can happen meanwhile."""


def told_and_waiting(peer: Peer) -> None:
    peer.tell("back")
    waiting_for_go(peer)


async def test_a_track_that_is_removed_while_it_is_added_again(serve: Serve) -> None:
    """The add is on its way already, so the removal follows it."""
    script = one_after_another(
        then(Peer.read_quickly, hear, hear, Peer.hang_up), then(told_and_waiting, listening)
    )
    server = serve(script, receive_buffer=4096)

    async def handler(session: AgentSession) -> None:
        tracks = [await session.add_track(BIG), await session.add_track()]
        assert await server.wait() == "back"
        await anyio.wait_all_tasks_blocked()
        await tracks[1].remove()
        server.go.set()
        await tracks[0].send_chunk(b"ab")
        await anyio.sleep(0.01)

    await run(server, handler)
    contents = []
    while (request := await server.wait()) != 1000:
        contents.append(request.WhichOneof("content"))
    assert contents[:2] == ["add_track", "add_track"]
    assert sorted(contents[2:]) == ["remove_track", "track_data"]


async def test_a_session_that_is_closed_while_its_tracks_are_added_again(serve: Serve) -> None:
    script = one_after_another(
        then(Peer.read_quickly, hear, Peer.hang_up), then(told_and_waiting, listening)
    )
    server = serve(script, receive_buffer=4096)

    async def handler(session: AgentSession) -> None:
        await session.add_track(BIG)
        assert await server.wait() == "back"
        await anyio.wait_all_tasks_blocked()
        await session.disconnect()
        server.go.set()
        assert (await server.wait()).WhichOneof("content") == "add_track"
        assert await server.wait() == 1000

    await run(server, handler)


async def test_a_connection_that_breaks_while_tracks_are_added_again(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    script = one_after_another(
        then(Peer.read_quickly, hear, Peer.hang_up),
        then(Peer.reset),
        then(Peer.read_quickly, hear, saying(audio(b"ab")), REMOVED),
    )
    news: list[Any] = []

    async def handler(session: AgentSession) -> list[bytes]:
        await session.add_track(BIG)
        return await collect(session)

    server = serve(script, receive_buffer=4096)
    with caplog.at_level(logging.INFO, "fishjam"):
        got = await run(server, handler, on_lost=news.append, on_restored=news.append)
    assert got == [b"ab"]
    assert [type(one) for one in news] == [ConnectionLost, ConnectionRestored]
    assert news[1].attempts == 2
    assert "cannot connect (try 1)" in caplog.text


async def test_who_sends_when_the_connection_breaks_waits_for_the_next(serve: Serve) -> None:
    server = serve(one_after_another(then(hear, Peer.reset), then(listening)))

    async def handler(session: AgentSession) -> None:
        track = await session.add_track()
        for number in range(50):
            await track.send_chunk(bytes([number, 0]))
            await anyio.sleep(0.001)

    await run(server, handler)
    assert (await server.wait()).WhichOneof("content") == "add_track"
    sent = []
    while (request := await server.wait()) != 1000:
        sent.append(request.track_data.data[0])
    assert sent[-1] == 49
    assert sent == list(range(sent[0], 50))


async def test_all_who_send_when_the_connection_breaks_wait_for_the_next(serve: Serve) -> None:
    script = one_after_another(
        then(hear, hear, waiting_for_go, Peer.reset),
        then(hear, hear, Peer.read_quickly, listening),
    )
    server = serve(script, receive_buffer=4096)

    async def handler(session: AgentSession) -> None:
        tracks = [await session.add_track(), await session.add_track()]
        async with anyio.create_task_group() as tasks:
            for track in tracks:
                tasks.start_soon(track.send_chunk, bytes(5_000_000))
            await anyio.wait_all_tasks_blocked()
            server.go.set()

    await run(server, handler)
    requests = [await server.wait() for _ in range(2)]
    assert {one.WhichOneof("content") for one in requests} == {"track_data"}
    assert requests[0].track_data.track_id != requests[1].track_data.track_id


class Sending:
    """A call that sends audio, in a task of its own, and what comes of it."""

    def __init__(self, call: Callable[[], Awaitable[Any]]) -> None:
        self._call = call
        self.outcome: Any = "waits"

    async def __call__(self) -> None:
        try:
            self.outcome = await self._call()
        except AgentError as error:
            self.outcome = type(error)


@pytest.mark.parametrize(
    ("action", "outcomes", "contents"),
    [
        (OutgoingTrack.interrupt, [None, 0.0], ["add_track", "track_data"]),
        (OutgoingTrack.remove, [AgentTrackRemovedError, 0.0], []),
    ],
)
async def test_what_waits_for_a_connection_is_not_sent_when_it_is_not_wanted_any_more(
    serve: Serve,
    action: Callable[[OutgoingTrack], Awaitable[None]],
    outcomes: list[Any],
    contents: list[str],
) -> None:
    server = serve(one_after_another(then(hear, Peer.hang_up), then(listening)))
    clock = ManualClock()
    away, back = anyio.Event(), anyio.Event()

    async def handler(session: AgentSession) -> None:
        track = await session.add_track()
        await away.wait()
        sendings = [
            Sending(lambda: track.send_chunk(b"stale ")),
            Sending(lambda: track.play(b"stale " * 1000)),
        ]
        async with anyio.create_task_group() as tasks:
            for sending in sendings:
                tasks.start_soon(sending)
            await anyio.wait_all_tasks_blocked()
            assert [sending.outcome for sending in sendings] == ["waits", "waits"]
            # The connection is not back, and that is not waited for.
            await action(track)
        assert [sending.outcome for sending in sendings] == outcomes
        async with ticking(clock, pause=PAUSE):
            await back.wait()
        with suppress(AgentTrackRemovedError):
            await track.send_chunk(b"fresh ")

    options = {"on_lost": lambda _: away.set(), "on_restored": lambda _: back.set()}
    await run(server, handler, clock=clock, **options)
    requests = []
    while (request := await server.wait()) != 1000:
        requests.append(request)
    assert [request.WhichOneof("content") for request in requests] == contents
    assert all(request.track_data.data in {b"", b"fresh "} for request in requests)


async def test_an_image_that_was_requested_is_requested_again(serve: Serve) -> None:
    script = one_after_another(then(hear, Peer.hang_up), then(hear, saying(image(b"jpeg")), stay))
    clock = ManualClock()

    async def handler(session: AgentSession) -> bytes:
        # Its own clock runs on while it connects again, for longer where the machine is busy.
        return (await session.request_image("camera", timeout=600)).data

    async with ticking(clock, pause=PAUSE):
        assert await run(serve(script), handler, clock=clock) == b"jpeg"


async def test_an_interrupt_that_meets_the_loss_is_done(serve: Serve) -> None:
    server = serve(one_after_another(then(hear, Peer.reset), then(hear, REMOVED)))

    async def handler(session: AgentSession) -> None:
        track = await session.add_track()
        while not session.closed:
            await track.interrupt()
            await checkpoint()
        await track.remove()

    await run(server, handler)


async def test_play_goes_on_over_another_connection(serve: Serve) -> None:
    server = serve(one_after_another(then(*[hear] * 5, Peer.hang_up), then(listening)))
    clock = ManualClock()

    async def handler(session: AgentSession) -> float:
        return await (await session.add_track()).play(bytes(32_000))

    async with ticking(clock, 0.005, pause=PAUSE):
        assert await run(server, handler, clock=clock) == 1
    assert (await server.wait()).WhichOneof("content") == "add_track"


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


def whatever_the_agent_does(script: Script) -> Script:
    """Run a script for an agent that may leave in the middle of it."""

    def run_script(peer: Peer) -> None:
        with suppress(AssertionError, OSError):
            script(peer)

    return run_script


async def test_it_can_be_cancelled_at_any_time(serve: Serve) -> None:
    scripts: list[Callable[[], Script]] = [
        lambda: then(listening),
        lambda: one_after_another(then(Peer.hang_up)),
        lambda: refusing("peer already connected"),
    ]
    for make in scripts:
        with anyio.move_on_after(0.05) as scope:
            server = serve(whatever_the_agent_does(make()))
            await run(server, collect, backoff=Backoff(initial_delay=60))
        assert scope.cancelled_caught


async def test_an_agent_shows_its_token_to_nobody(serve: Serve) -> None:
    agent = agent_for(serve(then(stay)))
    async with agent.connect() as session:
        assert TOKEN not in repr(agent) + repr(session) + repr(vars(session))
