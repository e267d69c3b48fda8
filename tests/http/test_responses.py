"""What an error says of the answer it came from, and answers that are not what was promised."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from fishjam import errors
from fishjam._core.decode import ShapeError
from fishjam._core.notes import explained
from fishjam._generated.fishjam_api import endpoints
from tests.core.instances import answer_schema, broken, full
from tests.support.calls import CALLS, OPERATIONS, Call
from tests.support.clients import TOKEN, World
from tests.support.http_server import Reply, ScriptedServer

HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"
DEEP = b"[" * 200_000
SILENT = [call for call in CALLS if call.good_answer is None]
SPEAKING = [call for call in CALLS if call.good_answer is not None]

# (what the server sends, what the text and `detail` are)
DETAILS: list[tuple[Any, str]] = [
    ({"errors": "room is full"}, "room is full"),
    ({"message": "no composition"}, "no composition"),
    ({"detail": "not here"}, "not here"),
    ({"detail": "third", "message": "second", "errors": "first"}, "first"),
    ({"detail": "second", "message": "first"}, "first"),
    ({"errors": {"maxPeers": ["bad"]}}, '{"errors": {"maxPeers": ["bad"]}}'),
    ({"errors": None, "detail": "the next best"}, "the next best"),
    ({"errors": ""}, "400 Bad Request"),
    ({"errors": "Zażółć \u2028 \U0001f41f"}, "Zażółć \u2028 \U0001f41f"),
    ({"error": "another name"}, '{"error": "another name"}'),
    (["a", "list"], '["a", "list"]'),
    ("null", "400 Bad Request"),
    ("{}", "400 Bad Request"),
    (b'"a string"', '"a string"'),
    (b"", "400 Bad Request"),
    (b"  \n", "400 Bad Request"),
    (HTML, "400 Bad Request"),
    ("\r\n <!DOCTYPE html>\n<html></html>", "400 Bad Request"),
    ('<?xml version="1.0"?><Error>no</Error>', "400 Bad Request"),
    ({"errors": "<html>"}, "400 Bad Request"),
    ("<anna> is not here", "<anna> is not here"),
    (b'{"errors": "cut of', '{"errors": "cut of'),
    (b"\xff\xfe\x00bytes", "\ufffd\ufffd\x00bytes"),
    (b'{"errors": "\xe9"}', "\ufffd"),
    (DEEP, DEEP.decode()),
    (b'{"errors": ' + b"9" * 5000 + b"}", '{"errors": ' + "9" * 5000 + "}"),
    ({"errors": f"{TOKEN} is wrong"}, "*** is wrong"),
    (f"no <p>Bearer {TOKEN}</p>", "no <p>Bearer ***</p>"),
]


@pytest.mark.anyio
async def test_the_detail_is_the_servers_own_text(world: World) -> None:
    script = [Reply(400, body) for body, _ in DETAILS]
    with ScriptedServer(*script) as server:
        async with world.client(server.url, retry=None) as client:
            for _, detail in DETAILS:
                with pytest.raises(errors.BadRequestError) as caught:
                    await client.get_all_rooms()
                assert caught.value.detail == detail
                assert str(caught.value) == detail
                assert TOKEN not in explained(caught.value)


@pytest.mark.anyio
async def test_header_names_are_in_lower_case_and_repeated_ones_joined(world: World) -> None:
    headers = (("X-Request-ID", "abc"), ("Via", "one"), ("vIa", "two"))
    with ScriptedServer(Reply(500, "", headers)) as server:
        async with world.client(server.url, retry=None) as client:
            with pytest.raises(errors.ServerError) as caught:
                await client.get_all_rooms()
    assert caught.value.headers["x-request-id"] == "abc"
    assert caught.value.headers["via"] == "one, two"


@pytest.mark.anyio
async def test_a_compressed_and_a_trickled_answer_are_read_whole(world: World) -> None:
    packed = gzip.compress(b'{"data": []}')
    script = (
        Reply(200, packed, (("content-encoding", "gzip"),)),
        Reply(200, {"data": []}, trickle=True),
    )
    with ScriptedServer(*script) as server:
        async with world.client(server.url, retry=None) as client:
            assert await client.get_all_rooms() == []
            assert await client.get_all_rooms() == []


@pytest.mark.anyio
async def test_the_request_has_the_headers_that_the_server_expects(world: World) -> None:
    with ScriptedServer(Reply(200, {"data": []})) as server:
        async with world.client(server.url) as client:
            await client.get_all_rooms()
    (request,) = server.requests
    assert request.header("authorization") == f"Bearer {TOKEN}"
    assert str(request.header("x-fishjam-api-client")).startswith("python-server/0.31.")
    assert str(request.header("user-agent")).startswith("fishjam-server-sdk/")
    assert request.header("accept") == "application/json"
    assert request.header("content-type") is None


WRONG: list[tuple[bytes, str]] = [
    (b"", "it is empty"),
    (b"null", "expected an object, got null"),
    (b"[]", "expected an object, got an array"),
    (b'"text"', "expected an object, got a string"),
    (b"5", "expected an object, got a number"),
    (b"true", "expected an object, got a boolean"),
    (b"{}", "is missing"),
    (HTML.encode(), "it is not JSON"),
    (b"\xff\xfe\xfd", "it is not JSON"),
    (b'{"data": ', "it is not JSON"),
    (DEEP, "it is not JSON"),
]


@pytest.mark.anyio
@pytest.mark.parametrize("call", SPEAKING, ids=lambda call: call.method)
async def test_a_good_status_with_another_answer_says_what_is_wrong(
    world: World, call: Call
) -> None:
    script = [Reply(200, body) for body, _ in WRONG]
    with ScriptedServer(*script) as server:
        async with world.client(server.url, retry=None) as client:
            for _, problem in WRONG:
                with pytest.raises(errors.InvalidResponseError) as caught:
                    await call.on(client)
                error = caught.value
                assert str(error) == error.detail
                assert str(error).startswith("The answer is not what the API promises: ")
                assert problem in str(error)
                assert call.operation in explained(error)
                assert HTML not in explained(error)
                assert error.status_code == 200
                # The parser's own error keeps the whole answer.
                cause = error.__cause__
                assert not hasattr(getattr(cause, "__context__", None), "doc")
                assert isinstance(error.__cause__, ShapeError)


@pytest.mark.anyio
async def test_the_place_inside_an_answer_is_named(world: World) -> None:
    schema = answer_schema("get_all_rooms")
    assert schema
    rooms = full(schema)
    rooms["data"][1]["peers"][0]["status"] = 5
    with ScriptedServer(Reply(200, rooms)) as server:
        async with world.client(server.url, retry=None) as client:
            with pytest.raises(errors.InvalidResponseError) as caught:
                await client.get_all_rooms()
    assert str(caught.value).endswith(": data[1].peers[0].status: expected a string, got a number")


@pytest.mark.anyio
async def test_silent_operations_do_not_read_their_answer(world: World) -> None:
    bodies = [body for body, _ in WRONG]
    script = [Reply(200, body) for _ in SILENT for body in bodies]
    with ScriptedServer(*script) as server:
        async with world.client(server.url, retry=None) as client:
            for call in SILENT:
                for _ in bodies:
                    assert await call.on(client) is None


@pytest.mark.parametrize("operation", sorted({call.operation for call in SPEAKING}))
def test_every_broken_place_of_every_answer_is_named(operation: str) -> None:
    schema = answer_schema(operation)
    assert schema
    read = request_of(operation).read
    for variant in range(3):
        good = full(schema, variant)
        assert read(json.dumps(good).encode()).to_dict() == good
        for path, problem, value in broken(schema, good):
            with pytest.raises(ShapeError) as caught:
                read(json.dumps(value).encode())
            assert caught.value.path == path
            assert problem in caught.value.problem


def request_of(operation: str) -> Any:
    """Build any request of an operation; only its reader matters."""
    parameters = OPERATIONS[operation][1].count("{")
    bodies = {"create_recording": {"body": _Anything()}}
    return getattr(endpoints, operation)(*["x"] * parameters, **bodies.get(operation, {}))


class _Anything:
    def to_dict(self) -> dict[str, Any]:
        return {}
