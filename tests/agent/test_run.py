"""`Agent.run`: one handler and one session, over connections that are lost and come back."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam import Backoff, ConnectionLost, ConnectionRestored
from fishjam.agent import (
    AgentError,
    AgentSession,
    AgentTrackRemovedError,
    OutgoingAudioTrackOptions,
    OutgoingTrack,
)
from fishjam.clock import ManualClock
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
from tests.agent.clocks import PAUSE, ticking
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
