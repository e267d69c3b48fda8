"""The control interface: failures, broken connections, delays, deprecation, reset."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from tests.support.plain_http import PLAIN

MakeRoom = Callable[..., dict[str, Any]]


def test_the_next_request_fails_without_an_effect(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.fail_next(503)
    response = plain.post("/room")
    assert response.status_code == 503
    assert response.json() == {"errors": "failure 503 on request"}
    assert response.headers["content-type"] == "application/json"
    assert "retry-after" not in response.headers
    assert emulator.rooms == []
    assert plain.post("/room").status_code == 201


def test_failures_wait_for_their_operation(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.fail_next(429, operation="create_room", times=2, retry_after=1.5)
    emulator.fail_next(500)
    assert plain.get("/room").status_code == 500
    assert plain.get("/room").status_code == 200
    for _ in range(2):
        response = plain.post("/room")
        assert response.status_code == 429
        assert response.headers["retry-after"] == "1.5"
    assert plain.post("/room").status_code == 201


def test_a_failure_needs_no_token_and_no_sense(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.fail_next(502, times=2)
    headers = {"authorization": "Bearer x", "content-type": "application/json"}
    assert plain.post("/room", content=b"{", headers=headers).status_code == 502
    # An unknown path is not an operation, so it does not use a fault up.
    assert plain.get("/nowhere").status_code == 404
    assert plain.get("/validate").status_code == 502


@pytest.mark.parametrize(
    ("arguments", "content", "content_type"),
    [
        ({"body": "<h1>no</h1>", "content_type": "text/html"}, b"<h1>no</h1>", "text/html"),
        ({"body": "né"}, "né".encode(), "text/plain; charset=utf-8"),
        ({"body": b"\xff"}, b"\xff", "text/plain; charset=utf-8"),
        ({"body": {"detail": "x"}}, b'{"detail": "x"}', "application/json"),
        ({"body": []}, b"[]", "application/json"),
        ({"body": "", "retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"", None),
    ],
)
def test_the_body_of_a_failure_is_a_choice(
    plain: httpx.Client,
    emulator: Emulator,
    arguments: dict[str, Any],
    content: bytes,
    content_type: str | None,
) -> None:
    emulator.fail_next(500, **arguments)
    response = plain.get("/room")
    assert response.content == content
    assert response.headers.get("content-type") == content_type
    assert response.headers.get("retry-after") == arguments.get("retry_after")


@pytest.mark.parametrize("status", [200, 204, 301, 304, 418, 520, 599])
def test_every_status_can_be_had(plain: httpx.Client, emulator: Emulator, status: int) -> None:
    emulator.fail_next(status)
    assert plain.get("/room").status_code == status
    assert plain.get("/room").status_code == 200


@pytest.mark.parametrize(
    ("control", "error"),
    [
        (lambda emulator: emulator.fail_next(199), "status must be from 200 to 599"),
        (lambda emulator: emulator.fail_next(600), "status must be from 200 to 599"),
        (lambda emulator: emulator.fail_next(500, times=0), "times must be at least 1"),
        (lambda emulator: emulator.fail_next(500, operation="x"), "unknown operation 'x'; known"),
        (lambda emulator: emulator.break_next(-1), "times must be at least 1"),
        (lambda emulator: emulator.break_next(operation="GET /room"), "unknown operation"),
        (lambda emulator: emulator.delay_next(-0.1), "seconds must not be negative"),
        (lambda emulator: emulator.delay_next(math.nan), "seconds must not be negative, not nan"),
        (lambda emulator: emulator.advance(-1), "must not be negative"),
        # No float can be made of it, so that a later request would fail instead.
        (lambda emulator: emulator.delay_next(10**400), "seconds must not be negative, not 10"),
        (lambda emulator: emulator.advance(10**400), "seconds must not be negative, not 10"),
        (lambda emulator: emulator.delay_captures(10**400), "seconds must not be negative, not 1"),
        (lambda emulator: emulator.delay_closing(10**400), "seconds must not be negative, not 10"),
    ],
)
def test_orders_that_make_no_sense(
    emulator: Emulator, control: Callable[[Emulator], None], error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        control(emulator)


def test_a_connection_breaks_before_the_effect(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.break_next(2, operation="create_room")
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            plain.post("/room", json={})
    assert emulator.rooms == []
    assert plain.post("/room").status_code == 201


def test_a_connection_breaks_after_the_effect(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.break_next(after_effect=True)
    with pytest.raises(httpx.RemoteProtocolError):
        plain.post("/room", json={})
    assert len(emulator.rooms) == 1
    assert [request.status for request in emulator.requests] == [None]
    assert plain.get("/room").status_code == 200


def test_only_the_connection_that_is_meant_breaks(plain: httpx.Client, emulator: Emulator) -> None:
    assert plain.get("/room").status_code == 200
    emulator.break_next()
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{emulator.fishjam_id}/room", **PLAIN)
    assert plain.get("/room").status_code == 200


def test_a_request_is_delayed(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.delay_next(0.2, operation="get_all_rooms")
    emulator.fail_next(500)
    begin = time.monotonic()
    assert plain.get("/room").status_code == 500
    assert time.monotonic() - begin >= 0.2
    assert plain.get("/room").status_code == 200


def test_a_client_may_give_up_on_a_delayed_request(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.delay_next(0.2)
    with pytest.raises(httpx.ReadTimeout):
        plain.post("/room", timeout=0.05)
    # As on a real server, the request is carried out all the same.
    deadline = time.monotonic() + 30
    while not emulator.rooms and time.monotonic() < deadline:
        plain.get("/room")
    assert len(emulator.rooms) == 1


def test_every_answer_can_be_deprecated(plain: httpx.Client, emulator: Emulator) -> None:
    name = "x-fishjam-api-deprecated"
    assert name not in plain.get("/room").headers
    emulator.deprecate("deprecated", "update, s'il vous plaît")
    emulator.fail_next(500, operation="create_room")
    requests = [("GET", "/room"), ("POST", "/room"), ("GET", "/x"), ("PUT", "/room")]
    for method, path in requests:
        header = plain.request(method, path).headers[name]
        assert json.loads(header) == {
            "status": "deprecated",
            "message": "update, s'il vous plaît",
        }
    emulator.deprecate("unsupported")
    assert json.loads(plain.get("/room").headers[name]) == {"status": "unsupported", "message": ""}
    emulator.deprecate(None)
    emulator.deprecate(None)
    assert name not in plain.get("/room").headers


def test_reset_forgets_everything(
    plain: httpx.Client, emulator: Emulator, make_room: MakeRoom
) -> None:
    make_room()
    plain.post("/livestream")
    source = {"compositionURL": "http://x/y", "outputId": "o"}
    plain.post("/recordings", json={"source": source})
    emulator.hold_recordings()
    emulator.deprecate("deprecated")
    emulator.fail_next(500)
    emulator.delay_next(60)
    emulator.break_next()
    emulator.advance(3600)
    emulator.reset()
    assert (emulator.rooms, emulator.streams, emulator.recordings, emulator.requests) == (
        [],
        [],
        [],
        [],
    )
    response = plain.post("/recordings", json={"source": source})
    assert response.status_code == 201
    assert "x-fishjam-api-deprecated" not in response.headers
    path = f"/recordings/{response.json()['data']['id']}"
    assert plain.post(f"{path}/stop").json()["data"]["status"] == "finished"
    assert abs(emulator._engine.clock.now() - time.time()) < 60


def test_a_snapshot_is_a_copy(
    emulator: Emulator, make_room: MakeRoom, make_peer: Callable[..., dict[str, Any]]
) -> None:
    room = make_room()
    make_peer(room["id"], metadata={"deep": {"x": 1}})
    emulator.rooms[0]["peers"][0]["metadata"]["server"]["deep"]["x"] = 2
    assert emulator.rooms[0]["peers"][0]["metadata"]["server"] == {"deep": {"x": 1}}
