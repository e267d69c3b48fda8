# ruff: noqa: S301 (only what was pickled here is unpickled)
"""Every status of an answer becomes the error of the public tree, with all that came with it."""

from __future__ import annotations

import copy
import pickle
import traceback
from typing import Any

import pytest

from fishjam import AsyncFishjamClient, errors
from fishjam._core.notes import explained
from tests.support.calls import by_name
from tests.support.clients import TOKEN, World
from tests.support.http_server import Close, Raw, Received, Reply, ScriptedServer

pytestmark = pytest.mark.anyio

_EXACT = {
    400: errors.BadRequestError,
    401: errors.UnauthorizedError,
    402: errors.QuotaExceededError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    422: errors.BadRequestError,
    429: errors.RateLimitError,
    503: errors.ServiceUnavailableError,
}
_FAMILIES = {
    2: errors.InvalidResponseError,  # the body is not a list of rooms
    3: errors.InternalServerError,
    4: errors.ClientError,
    5: errors.ServerError,
}
_WITHOUT_BODY = (204, 304)


def expected_class(status: int) -> type[errors.HTTPError]:
    return _EXACT.get(status) or _FAMILIES[status // 100]


def say_no(received: Received) -> Reply:
    """Answer with the status that the path names, and echo the token where a server can."""
    status = int(received.target.rpartition("/")[2])
    refusal = f"no: {status} for {received.header('authorization')}"
    headers = (
        ("x-echo", received.header("authorization") or ""),
        ("retry-after", "17"),
        ("location", "/elsewhere"),
    )
    return Reply(status, {"errors": refusal}, headers)


async def failure(client: AsyncFishjamClient, room_id: str) -> errors.FishjamError:
    with pytest.raises(errors.FishjamError) as caught:
        await client.get_room(room_id)
    return caught.value


def assert_no_token(error: BaseException) -> None:
    for text in (explained(error), repr(error), repr(vars(error))):
        assert TOKEN not in text
    assert TOKEN.encode() not in pickle.dumps(error)


def notes_of(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def state_of(error: errors.HTTPError) -> tuple[Any, ...]:
    return (type(error), str(error), error.args, vars(error))


async def test_every_status_has_its_class_and_all_its_data(world: World) -> None:
    with ScriptedServer(otherwise=say_no) as server:
        async with world.client(server.url, retry=None) as client:
            for status in range(200, 600):
                error = await failure(client, str(status))
                assert isinstance(error, errors.HTTPError)
                assert type(error) is expected_class(status)
                assert error.status_code == status
                assert error.method == "GET"
                assert error.url == f"{server.url}/room/{status}"
                assert error.operation == "get_room"
                assert error.headers["x-echo"] == "Bearer ***"
                assert error.retry_after == 17.0
                assert error.detail is not None
                assert error.detail == str(error)
                assert f"get_room: GET {error.url} answered {status}" in explained(error)
                if status // 100 != 2 and status not in _WITHOUT_BODY:
                    assert error.detail == f"no: {status} for Bearer ***"
                assert_no_token(error)
                assert state_of(pickle.loads(pickle.dumps(error))) == state_of(error)
                assert state_of(copy.copy(error)) == state_of(error)
                assert state_of(copy.deepcopy(error)) == state_of(error)
    assert len(server.requests) == 400  # no redirect was followed


@pytest.mark.parametrize("status", [600, 799, 999])
async def test_a_status_beyond_the_known_families_is_an_error_too(
    world: World, status: int
) -> None:
    with ScriptedServer(otherwise=say_no) as server:
        async with world.client(server.url, retry=None) as client:
            error = await failure(client, str(status))
    assert type(error) is errors.InternalServerError


async def test_any_good_status_does_for_an_operation_without_an_answer(world: World) -> None:
    script = [Reply(status, "whatever a proxy says") for status in range(200, 300)]
    with ScriptedServer(*script) as server:
        async with world.client(server.url, retry=None) as client:
            for _ in script:
                assert await by_name("delete_room").on(client) is None


@pytest.mark.parametrize("status", [100, 102, 103, 150, 199])
async def test_an_interim_answer_alone_is_no_answer(world: World, status: int) -> None:
    interim = b"HTTP/1.1 %d Wait\r\n\r\n" % status
    with ScriptedServer(Raw(interim)) as server:
        async with world.client(server.url, retry=None) as client:
            error = await failure(client, "r")
    assert type(error) is errors.FishjamConnectionError


@pytest.mark.parametrize("status", [100, 102, 103])
async def test_an_interim_answer_before_the_real_one_is_passed_over(
    world: World, status: int
) -> None:
    interim = b"HTTP/1.1 %d Wait\r\n\r\n" % status
    with ScriptedServer(Reply(200, {"data": []}, interim=interim)) as server:
        async with world.client(server.url, retry=None) as client:
            assert await client.get_all_rooms() == []


async def test_switching_protocols_is_no_answer_to_a_call(world: World) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"
    with ScriptedServer(Raw(switch)) as server:
        async with world.client(server.url, retry=None) as client:
            error = await failure(client, "r")
    assert isinstance(error, (errors.InternalServerError, errors.FishjamConnectionError))


async def test_the_token_is_not_sent_to_where_a_redirect_points(world: World) -> None:
    with ScriptedServer(otherwise=Reply(200, {"data": []})) as elsewhere:
        headers = (("location", f"{elsewhere.url}/room"),)
        script = [Reply(status, "moved", headers) for status in range(300, 400)]
        with ScriptedServer(*script) as server:
            async with world.client(server.url, retry=None) as client:
                for status in range(300, 400):
                    error = await failure(client, str(status))
                    assert type(error) is errors.InternalServerError
                    assert "Redirects are not followed" in explained(error)
        assert elsewhere.connections == 0


async def test_an_http_client_that_follows_redirects_does_not_do_so_for_us(world: World) -> None:
    with (
        ScriptedServer(otherwise=Reply(200, {"data": []})) as elsewhere,
        ScriptedServer(Reply(307, "", (("location", elsewhere.url),))) as server,
    ):
        async with world.http(follow_redirects=True) as http:
            client = world.client(server.url, retry=None, http_client=http)
            with pytest.raises(errors.InternalServerError):
                await client.get_all_rooms()
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "management token belongs to this Fishjam"),
        (402, "quota of the account is used up"),
        (403, "may not do this"),
        (429, "Too many requests"),
        (503, "try again later"),
    ],
)
async def test_the_text_says_what_to_do(world: World, status: int, advice: str) -> None:
    with ScriptedServer(Reply(status)) as server:
        async with world.client(server.url, retry=None) as client:
            error = await failure(client, "r")
    assert isinstance(error, errors.HTTPError)
    assert error.hint is not None
    assert advice in error.hint
    done, hint = notes_of(error)
    assert done.startswith("get_room: GET http://127.0.0.1:")
    assert hint == error.hint
    assert str(error) == done.partition(" answered ")[2]


async def test_a_server_that_only_closes_is_no_http_error(world: World) -> None:
    with ScriptedServer(Close()) as server:
        async with world.client(server.url, retry=None) as client:
            error = await failure(client, "r")
    assert type(error) is errors.FishjamConnectionError
    assert_no_token(error)


async def test_a_traceback_does_not_show_the_token(world: World) -> None:
    with ScriptedServer(Close(), otherwise=say_no) as server:
        async with world.client(server.url, retry=None) as client:
            for status in ("0", "200", "307", "404"):
                error = await failure(client, status)
                lines = traceback.format_exception(type(error), error, error.__traceback__)
                assert TOKEN not in "".join(lines)


async def test_refused_credentials_have_their_own_error(world: World) -> None:
    statuses = range(300, 600)
    body = {"errors": f"no {TOKEN}"}
    script = [Reply(status, body, (("retry-after", "3"),)) for status in statuses]
    with ScriptedServer(*script) as server:
        async with world.client(server.url, retry=None) as client:
            for status in statuses:
                with pytest.raises(errors.HTTPError) as caught:
                    await client.check_credentials()
                error = caught.value
                refused = status in (401, 403, 404)
                own = errors.InvalidFishjamCredentialsError
                assert type(error) is (own if refused else expected_class(status))
                assert error.status_code == status
                assert error.detail == ("304 Not Modified" if status == 304 else "no ***")
                assert error.detail == str(error)
                assert (error.method, error.url) == ("GET", f"{server.url}/validate")
                assert error.headers["retry-after"] == "3"
                assert error.retry_after == 3.0
                assert error.operation == "validate_credentials"
                assert error.__cause__ is not error
                assert_no_token(error)


async def test_refused_credentials_without_a_word(world: World) -> None:
    with ScriptedServer(Reply(404)) as server:
        async with world.client(server.url, retry=None) as client:
            with pytest.raises(errors.InvalidFishjamCredentialsError) as caught:
                await client.check_credentials()
    assert str(caught.value) == "The Fishjam ID and the management token do not belong together."
    assert caught.value.detail == "404 Not Found"
    reason, hint = notes_of(caught.value)
    assert reason.endswith("answered 404.")
    assert hint.startswith("Check both")
    assert hint == caught.value.hint
    assert isinstance(caught.value.__cause__, errors.NotFoundError)
