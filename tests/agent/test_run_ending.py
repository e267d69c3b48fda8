"""`Agent.run`: a bound on being lost, a fresh token for one that has expired, and why it ended."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from fishjam import AsyncFishjamClient, ConnectionRestored, FishjamClient
from fishjam.agent import Agent, AgentAuthError, AgentConnectionError, AgentSession, SessionEnd
from fishjam.clock import ManualClock
from fishjam.emulator import Emulator
from fishjam.errors import NotFoundError, RateLimitError
from tests.agent.agent_script import (
    AT_ONCE,
    AUTHENTICATED,
    PATIENT,
    REMOVED,
    REQUEST,
    agent_for,
    audio,
    closing,
    collect,
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

DAY = 24 * 60 * 60


async def never(session: AgentSession) -> None:
    raise NotImplementedError


def failing_for_ever(*first: Script) -> Script:
    """Run some scripts for the first connections, and answer 503 to all others."""
    waiting = list(first)

    def script(peer: Peer) -> None:
        (waiting.pop(0) if waiting else unavailable)(peer)

    return script


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf"), 10**400])
async def test_a_bound_that_is_not_one(wrong: float) -> None:
    agent = Agent("agent", "room", "token", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match="lost_after="):
        await agent.run(never, lost_after=wrong)


async def test_a_session_that_is_lost_for_too_long_ends(serve: Serve) -> None:
    clock = ManualClock()
    ends: list[SessionEnd] = []
    server = serve(failing_for_ever(then(saying(audio(b"aa")), Peer.hang_up)))

    async def handler(session: AgentSession) -> None:
        async with ticking(clock, 0.1, pause=PAUSE):
            await collect(session)

    with pytest.raises(AgentConnectionError, match=r"no connection for 15 s \(lost_after\)"):
        await run(server, handler, clock=clock, lost_after=15, on_ended=ends.append)
    assert clock.now() >= 15
    assert [(end.by_us, end.by_server, end.code) for end in ends] == [(False, False, 1006)]
    assert isinstance(ends[0].failure, AgentConnectionError)


async def test_a_first_connection_that_takes_too_long_is_given_up(serve: Serve) -> None:
    clock = ManualClock()
    ends: list[SessionEnd] = []
    async with ticking(clock, pause=PAUSE):
        with pytest.raises(AgentConnectionError, match="no connection for 2 s"):
            await run(serve(unavailable), never, clock=clock, lost_after=2, on_ended=ends.append)
    assert [end.by_us for end in ends] == [False]


async def test_each_loss_has_the_whole_time(serve: Serve) -> None:
    """Two losses of half the time each are no reason to end, although the sum would be one."""
    clock = ManualClock()
    script = one_after_another(then(Peer.hang_up), then(Peer.hang_up), then(stay))
    restored_twice = anyio.Event()

    def count(news: ConnectionRestored) -> None:
        back.append(news)
        if len(back) == 2:
            restored_twice.set()

    back: list[ConnectionRestored] = []

    async def handler(session: AgentSession) -> str:
        await restored_twice.wait()
        clock.advance(20)
        for _ in range(100):
            await checkpoint()
        return "still there"

    # So slowly that a busy machine connects long before the ten seconds of a loss are over.
    async with ticking(clock, 0.001, pause=PAUSE):
        result = await run(serve(script), handler, clock=clock, lost_after=10, on_restored=count)
    assert result == "still there"


async def test_a_loss_that_comes_late_is_bounded_too(serve: Serve) -> None:
    clock = ManualClock()
    server = serve(failing_for_ever(then(waiting_for_go, Peer.hang_up)))

    async def handler(session: AgentSession) -> None:
        async with ticking(clock, 0.1, pause=PAUSE):
            await clock.sleep_until(clock.now() + 20)
            server.go.set()
            await collect(session)

    with pytest.raises(AgentConnectionError, match="no connection for 10 s"):
        await run(server, handler, clock=clock, lost_after=10)
    assert clock.now() > 30


async def test_why_it_ended(serve: Serve) -> None:
    async def leave(session: AgentSession) -> None:
        pass

    async def end_of(script: Script, handler: Callable[[AgentSession], Awaitable[Any]]) -> Any:
        ends: list[SessionEnd] = []
        await run(serve(script), handler, on_ended=ends.append)
        [end] = ends
        return end.by_us, end.by_server, end.code, end.reason

    assert await end_of(then(stay), leave) == (True, False, 1000, "")
    assert await end_of(then(REMOVED), collect) == (False, True, 1000, "Peer removed")
    stopped = then(closing(1000, "Room stopped"))
    assert await end_of(stopped, collect) == (False, True, 1000, "Room stopped")


async def test_the_end_is_told_before_what_the_handler_raised(serve: Serve) -> None:
    ends: list[SessionEnd] = []

    async def tell(end: SessionEnd) -> None:
        ends.append(end)

    async def fail(session: AgentSession) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await run(serve(then(stay)), fail, on_ended=tell)
    assert [end.by_us for end in ends] == [True]


async def test_what_the_callback_raises_comes_out(serve: Serve) -> None:
    def fail(end: SessionEnd) -> None:
        raise LookupError("of the callback")

    with pytest.raises(LookupError, match="of the callback"):
        await run(serve(then(REMOVED)), collect, on_ended=fail)


async def test_a_cancelled_run_tells_no_end(serve: Serve) -> None:
    started = anyio.Event()

    async def wait(session: AgentSession) -> None:
        started.set()
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(run, serve(then(stay)), wait, on_ended=pytest.fail))
        await started.wait()
        tasks.cancel_scope.cancel()


def expecting(token: str, *actions: Callable[[Peer], object]) -> Script:
    """Take this token alone, then do one thing after another."""

    def script(peer: Peer) -> None:
        peer.accept()
        assert REQUEST.FromString(peer.receive()).auth_request.token == token
        peer.send(AUTHENTICATED)
        for action in actions:
            action(peer)

    return script


async def test_an_expired_token_is_replaced_by_a_fresh_one(serve: Serve) -> None:
    script = one_after_another(
        then(saying(audio(b"aa")), Peer.hang_up),
        refusing("expired token"),
        expecting("fresh", saying(audio(b"bb")), Peer.hang_up),
        expecting("fresh", REMOVED),
    )

    async def fresh() -> str:
        return "fresh"

    agent = agent_for(serve(script))
    heard = await agent.run(collect, token=fresh, backoff=AT_ONCE, socket_options=PATIENT)
    assert heard == [b"aa", b"bb"]
    # Another run begins with the token that is good.
    assert agent.token == "fresh"


async def test_a_token_that_is_refused_for_another_reason_is_not_replaced(serve: Serve) -> None:
    with pytest.raises(AgentAuthError, match="invalid token"):
        await run(serve(refusing("invalid token")), never, token=pytest.fail)


async def test_without_a_way_to_another_token_the_refusal_is_final(serve: Serve) -> None:
    with pytest.raises(AgentAuthError, match="expired token"):
        await run(serve(refusing("expired token")), never)


async def test_a_fresh_token_that_is_refused_too_is_final(serve: Serve) -> None:
    script = one_after_another(refusing("expired token"), refusing("expired token"))
    with pytest.raises(AgentAuthError, match="expired token"):
        await run(serve(script), never, token=lambda: "stale")


async def test_a_server_that_is_busy_is_asked_again_for_a_token(serve: Serve) -> None:
    script = one_after_another(
        refusing("expired token"), refusing("expired token"), expecting("fresh", REMOVED)
    )
    answers: list[Any] = [RateLimitError("slow down"), "fresh"]

    async def fresh() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await run(serve(script), collect, token=fresh) == []


async def test_a_peer_that_is_gone_gets_no_token(serve: Serve) -> None:
    async def gone() -> str:
        raise NotFoundError("no such peer")

    with pytest.raises(AgentAuthError, match="expired token") as caught:
        await run(serve(refusing("expired token")), never, token=gone)
    assert isinstance(caught.value.__cause__, NotFoundError)
    assert "no such peer" in caught.value.__notes__[-1]


@pytest.mark.parametrize("begun", [False, True])
async def test_an_error_of_the_users_own_comes_out_as_it_is(serve: Serve, begun: bool) -> None:
    async def fail() -> str:
        raise LookupError("mine")

    refused = refusing("expired token")
    script = one_after_another(then(Peer.hang_up), refused) if begun else refused
    with pytest.raises(LookupError, match="mine"):
        await run(serve(script), collect, token=fail)


async def test_what_is_not_a_token_is_a_mistake(serve: Serve) -> None:
    wrong: Any = lambda: None  # noqa: E731
    with pytest.raises(TypeError, match="token: it returned NoneType"):
        await run(serve(refusing("expired token")), never, token=wrong)


async def leave_and_count(agent: Agent) -> int:
    """Connect with whatever token the agent has by now."""
    counts: list[int] = []

    async def handler(session: AgentSession) -> None:
        counts.append(1)

    await agent.run(handler)
    return len(counts)


async def test_the_client_that_made_an_agent_knows_a_fresh_token() -> None:
    clock = ManualClock()
    async with Emulator(clock=clock) as emulator:
        fishjam = emulator.fishjam_id, emulator.management_token
        async with AsyncFishjamClient(*fishjam) as client:
            room = await client.create_room()
            agent = await client.create_agent(room.id)
            first = agent.token
            await anyio.to_thread.run_sync(emulator.advance, DAY + 1)
            assert await leave_and_count(agent) == 1
            assert agent.token != first
        with FishjamClient(*fishjam) as blocking:
            agent = await anyio.to_thread.run_sync(blocking.create_agent, room.id)
            await anyio.to_thread.run_sync(emulator.advance, DAY + 1)
            assert await leave_and_count(agent) == 1


def test_the_way_to_a_fresh_token_is_no_part_of_an_agent() -> None:
    agent = Agent("a", "r", "t", "http://fishjam.test", renew_token=lambda: "fresh")
    plain = Agent("a", "r", "t", "http://fishjam.test")
    assert agent == plain == copy.copy(agent) == pickle.loads(pickle.dumps(agent))  # noqa: S301
    assert (agent.token, agent.fishjam_url) == ("t", "http://fishjam.test")
