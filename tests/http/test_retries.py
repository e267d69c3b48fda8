"""What is sent again and what is not, counted at the server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from fishjam import AsyncFishjamClient, RetryPolicy, errors
from fishjam._core.request import Request
from fishjam._generated.fishjam_api import endpoints
from fishjam._http.address import Address
from fishjam._http.credentials import Credentials
from fishjam._http.retry import NEVER
from fishjam._http.settings import DEFAULT_RETRY, Settings
from fishjam._http.timeouts import Timeouts
from tests.support.calls import CALLS, Call, by_name
from tests.support.clients import LEFT_BY_HTTPX, TOKEN, World
from tests.support.http_server import Action, Close, CloseUnread, Hang, Reply, Reset, ScriptedServer

pytestmark = pytest.mark.anyio

NOW = RetryPolicy(initial_delay=0)
IMPATIENT = httpx.Timeout(30, read=1)
RETRY_AFTER = (("retry-after", "0"),)

GETS = [call for call in CALLS if call.http_method == "GET"]
POSTS = [call for call in CALLS if call.http_method == "POST"]
DELETES = [call for call in CALLS if call.http_method == "DELETE"]


def good(call: Call) -> Reply:
    return Reply(200, call.good_answer)


def settings(server: ScriptedServer, retry: RetryPolicy) -> Settings:
    address, credentials = Address.of(server.url), Credentials.of(TOKEN)
    return Settings(address, credentials, Timeouts.of(5), retry)


def test_every_call_is_counted() -> None:
    assert (len(GETS), len(POSTS), len(DELETES)) == (7, 18, 6)


class Trial:
    """A client and a scripted server; `sent` tells how often a call reaches the server."""

    def __init__(self, server: ScriptedServer, client: AsyncFishjamClient) -> None:
        self.server = server
        self.client = client

    async def sent(self, call: Call, *script: Action) -> int:
        """Do a call against a script; the number is negative when the call fails in the end."""
        self.server.script.extend(script)
        self.server.otherwise = good(call)
        before = len(self.server.requests)
        try:
            await call.on(self.client)
        except errors.FishjamError:
            return before - len(self.server.requests)
        finally:
            self.server.script.clear()
        return len(self.server.requests) - before

    async def each(self, calls: Iterable[Call], *script: Action) -> dict[str, int]:
        return {call.method: await self.sent(call, *script) for call in calls}


@asynccontextmanager
async def trial(world: World, **options: Any) -> AsyncIterator[Trial]:
    with ScriptedServer() as server:
        async with world.client(server.url, **{"retry": NOW, **options}) as client:
            yield Trial(server, client)


def every(calls: Iterable[Call], sent: int) -> dict[str, int]:
    return {call.method: sent for call in calls}


async def test_429_is_repeated_for_every_call(world: World) -> None:
    async with trial(world) as one:
        got = await one.each(CALLS, Reply(429), Reply(429, "", RETRY_AFTER))
    assert got == every(CALLS, 3)


async def test_503_is_repeated_for_get_and_delete(world: World) -> None:
    calls = GETS + DELETES
    async with trial(world) as one:
        got = await one.each(calls, Reply(503), Reply(503, "", RETRY_AFTER))
    assert got == every(calls, 3)


async def test_503_is_repeated_for_post_only_when_the_server_asks(world: World) -> None:
    async with trial(world) as one:
        assert await one.each(POSTS, Reply(503)) == every(POSTS, -1)
        unreadable = Reply(503, "", (("retry-after", "soon"),))
        assert await one.each(POSTS, unreadable) == every(POSTS, -1)
        assert await one.each(POSTS, Reply(503, "", RETRY_AFTER)) == every(POSTS, 2)


async def test_a_broken_get_or_delete_is_sent_again(world: World) -> None:
    calls = GETS + DELETES
    async with trial(world) as one:
        for broken in (Close(), Reset()):
            assert await one.each(calls, broken) == every(calls, 2)
            assert await one.each(calls, broken, broken) == every(calls, 3)
        # This one is not read by the server, so it is not among its requests.
        assert await one.each(calls, CloseUnread()) == every(calls, 1)


@LEFT_BY_HTTPX
async def test_a_post_that_may_have_arrived_is_sent_once(world: World) -> None:
    async with trial(world) as one:
        for broken in (Close(), Reset()):
            assert await one.each(POSTS, broken) == every(POSTS, -1)
        assert await one.each(POSTS, CloseUnread()) == every(POSTS, 0)


async def test_a_read_that_takes_too_long(world: World) -> None:
    async with trial(world, timeout=IMPATIENT) as one:
        assert await one.sent(by_name("create_room"), Hang()) == -1
        assert await one.sent(by_name("get_room"), Hang()) == 2
        assert await one.sent(by_name("delete_room"), Hang()) == 2


THREE = tuple(by_name(name) for name in ("create_room", "get_room", "delete_room"))


async def test_a_clear_no_is_final(world: World) -> None:
    async with trial(world) as one:
        for status in {*range(400, 500)} - {429}:
            got = await one.each(THREE, Reply(status, "", RETRY_AFTER))
            assert got == every(THREE, -1)


async def test_other_answers_are_final_too(world: World) -> None:
    two = THREE[:2]
    async with trial(world) as one:
        for status in (200, 204, 301, 307, 500, 501, 502, 504, 520):
            assert await one.each(two, Reply(status, "{}", RETRY_AFTER)) == every(two, -1)


async def test_none_never_repeats(world: World) -> None:
    async with trial(world, retry=None) as one:
        for action in (Reply(429, "", RETRY_AFTER), Reply(503), Close(), Reset()):
            assert await one.each(THREE, action) == every(THREE, -1)


async def test_it_ends_after_the_last_try_with_the_last_outcome(world: World) -> None:
    script = (Close(), Reply(429, "first"), Reply(503, "second"), Reply(429, "too late"))
    with ScriptedServer(*script) as server:
        async with world.client(server.url, retry=NOW) as client:
            with pytest.raises(errors.ServiceUnavailableError) as caught:
                await client.get_all_rooms()
    assert caught.value.detail == "second"
    assert len(server.requests) == 3


async def test_a_delete_that_broke_takes_404_as_done(world: World) -> None:
    gone = Reply(404, {"errors": "gone"})
    async with trial(world, timeout=IMPATIENT) as one:
        for broken in (Close(), Reset()):
            assert await one.each(DELETES, broken, gone) == every(DELETES, 2)
        assert await one.each(DELETES, CloseUnread(), gone) == every(DELETES, 1)
        assert await one.sent(by_name("delete_peer"), Hang(), Reply(503), gone) == 3


async def test_a_delete_that_did_not_break_does_not(world: World) -> None:
    gone = Reply(404, {"errors": "gone"})
    async with trial(world) as one:
        assert await one.each(DELETES, gone) == every(DELETES, -1)
        assert await one.each(DELETES, Reply(503), Reply(429), gone) == every(DELETES, -3)


async def test_what_else_may_follow_a_break(world: World) -> None:
    async with trial(world) as one:
        assert await one.sent(by_name("get_room"), Close(), Reply(404)) == -2
        assert await one.sent(by_name("delete_room"), Close(), Reply(409)) == -2
        assert await one.sent(by_name("delete_room"), Close(), Close(), Close()) == -3


async def test_a_delete_that_was_never_sent_does_not_take_404_as_done(world: World) -> None:
    answers: list[Exception | httpx.Response] = [httpx.ConnectError("refused"), httpx.Response(404)]

    def handle(request: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with world.http(transport=httpx.MockTransport(handle)) as http:
        client = world.client("https://fishjam.example", retry=NOW, http_client=http)
        with pytest.raises(errors.NotFoundError):
            await client.delete_room("r")
    assert not answers


async def test_the_same_body_is_sent_again(world: World) -> None:
    call = by_name("create_template_recording")
    template = b"x" * 100_000
    with ScriptedServer(Reply(429), Reply(429), otherwise=good(call)) as server:
        async with world.client(server.url, retry=NOW) as client:
            await call.on(client, template=template)
    first, *others = server.requests
    assert others == [first, first]
    assert first.body.count(template) == 1


# From here on the clock is the test's own.

GET: Request[Any] = endpoints.get_all_rooms()
POST: Request[Any] = endpoints.subscribe_peer("r", "p")


async def waits_of(
    world: World, policy: RetryPolicy, *script: Action, request: Request[Any] = GET
) -> list[float]:
    with ScriptedServer(*script, otherwise=Reply(200, {"data": []})) as server:
        async with world.transport(settings(server, policy)) as (transport, clock):
            try:
                await transport.send(request)
            except errors.FishjamError:
                assert len(server.requests) == policy.max_attempts
        return clock.waits


@pytest.mark.parametrize(("jitter", "share"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
async def test_each_wait_is_twice_the_one_before_up_to_the_longest(
    world: World, jitter: float, share: float
) -> None:
    policy = RetryPolicy(max_attempts=8, jitter=lambda: jitter)
    waits = await waits_of(world, policy, *[Reply(503)] * 8)
    assert waits == [share * one for one in (0.5, 1, 2, 4, 8, 8, 8)]


async def test_the_defaults_wait_about_half_a_second_and_then_one(world: World) -> None:
    first, second = await waits_of(world, DEFAULT_RETRY, *[Reply(503)] * 3)
    assert 0.25 <= first <= 0.5
    assert 0.5 <= second <= 1


async def test_jitter_is_really_random(world: World) -> None:
    waits = {(await waits_of(world, DEFAULT_RETRY, Reply(429)))[0] for _ in range(3)}
    assert len(waits) == 3


def in_seconds(seconds: float) -> str:
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return format_datetime(moment, usegmt=True)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [("0", 0), ("1", 1), (" 7 ", 7), ("30", 30), ("31", 30), ("86400", 30)],
)
async def test_retry_after_in_seconds_is_obeyed_and_capped(
    world: World, asked: str, waited: float
) -> None:
    script = Reply(429, "", (("retry-after", asked),))
    assert await waits_of(world, DEFAULT_RETRY, script) == [waited]
    script = Reply(503, "", (("retry-after", asked),))
    assert await waits_of(world, DEFAULT_RETRY, script, request=POST) == [waited]


async def test_retry_after_as_a_date_is_obeyed_and_capped(world: World) -> None:
    def asking(seconds: float) -> Reply:
        return Reply(503, "", (("retry-after", in_seconds(seconds)),))

    (wait,) = await waits_of(world, DEFAULT_RETRY, asking(20))
    assert 15 < wait <= 20
    assert await waits_of(world, DEFAULT_RETRY, asking(3600)) == [30]
    assert await waits_of(world, DEFAULT_RETRY, asking(-3600)) == [0]


@pytest.mark.parametrize(
    "garbage",
    [
        *("", "soon", "-1", "1.5", "1e3", "0x10", "\xb2", "Mon, 99 Jan 2026 00:00:00 GMT", "1 2"),
        "9" * 400,
    ],
)
async def test_an_unreadable_retry_after_counts_as_absent(world: World, garbage: str) -> None:
    policy = RetryPolicy(jitter=lambda: 1.0)
    script = Reply(429, "", (("retry-after", garbage),))
    assert await waits_of(world, policy, script) == [0.5]


async def test_the_error_says_what_the_server_asked_for_uncapped(world: World) -> None:
    with ScriptedServer(Reply(429, "", (("retry-after", "86400"),))) as server:
        async with world.client(server.url, retry=None) as client:
            with pytest.raises(errors.RateLimitError) as caught:
                await client.get_all_rooms()
    assert caught.value.retry_after == 86400.0


async def test_a_derived_transport_waits_on_the_same_clock(world: World) -> None:
    with ScriptedServer(Reply(429), otherwise=Reply(200, {"data": []})) as server:
        async with world.transport(settings(server, NEVER)) as (transport, clock):
            patient = transport.derive(30, RetryPolicy(jitter=lambda: 1.0))
            await patient.send(GET)
    assert clock.waits == [0.5]


async def test_the_body_is_json_as_the_api_wants_it(world: World) -> None:
    with ScriptedServer(otherwise=good(by_name("create_room"))) as server:
        async with world.client(server.url) as client:
            await client.create_room()
    (request,) = server.requests
    assert request.header("content-type") == "application/json"
    assert json.loads(request.body)["roomType"] == "conference"
