"""WHIP and WHEP requests are recorded and disturbed on request, as those of REST are.

Without media every one of them is answered with 501, which is enough here.
"""

from __future__ import annotations

import time

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.emulator._rest import live_requests

LIVE = "/api/v1/live/api/"
SDP = {"content-type": "application/sdp"}


def test_what_pages_ask_for_is_recorded(plain: httpx.Client, emulator: Emulator) -> None:
    assert plain.post(f"{LIVE}whip?x=1", content=b"v=0", headers=SDP).status_code == 501
    plain.post(f"{LIVE}whep/stream%201")
    plain.patch(f"{LIVE}resource/one")
    plain.delete(f"{LIVE}resource/one")
    seen = [
        (request.method, request.path, request.operation, request.status)
        for request in emulator.requests
    ]
    assert seen == [
        ("POST", f"{LIVE}whip", "whip", 501),
        ("POST", f"{LIVE}whep/stream%201", "whep", 501),
        ("PATCH", f"{LIVE}resource/one", "live_connection", 501),
        ("DELETE", f"{LIVE}resource/one", "live_connection", 501),
    ]
    assert emulator.requests[0].query == {"x": ["1"]}
    assert emulator.requests[0].headers["authorization"] == "Bearer ***"


def test_a_request_fails_where_a_page_can_see_it(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.fail_next(503, operation="whip", retry_after=1)
    assert plain.post(f"{LIVE}whep").status_code == 501
    response = plain.post(f"{LIVE}whip", content=b"v=0", headers=SDP)
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.json() == {"errors": "failure 503 on request"}
    recorded = emulator.requests[-1]
    assert (recorded.operation, recorded.status, recorded.body) == ("whip", 503, b"v=0")


def test_a_failure_may_say_anything(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.fail_next(409, body="not now")
    response = plain.post(f"{LIVE}whip")
    assert (response.status_code, response.text) == (409, "not now")
    assert response.headers["content-type"].startswith("text/plain")


def test_a_preflight_is_not_a_request_of_the_page(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.fail_next(503)
    assert plain.options(f"{LIVE}whip").status_code == 200
    assert plain.post(f"{LIVE}whip").status_code == 503
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_connection_breaks(plain: httpx.Client, emulator: Emulator, after_effect: bool) -> None:
    emulator.break_next(operation="whip", after_effect=after_effect)
    with pytest.raises(httpx.RemoteProtocolError):
        plain.post(f"{LIVE}whip")
    assert [request.status for request in emulator.requests] == [None]
    assert plain.post(f"{LIVE}whip").status_code == 501


def test_a_request_is_delayed(plain: httpx.Client, emulator: Emulator) -> None:
    emulator.delay_next(0.2, operation="whep")
    begin = time.monotonic()
    assert plain.post(f"{LIVE}whep").status_code == 501
    assert time.monotonic() - begin >= 0.2


def test_a_delay_ends_when_the_emulator_stops(emulator: Emulator, plain: httpx.Client) -> None:
    emulator.delay_next(60, operation="whep")
    with pytest.raises(httpx.ReadTimeout):
        plain.post(f"{LIVE}whep", timeout=0.1)
    emulator.stop()
    emulator.start()


def test_an_endless_body_is_not_kept(
    plain: httpx.Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_requests, "MAX_BODY", 10)
    emulator.fail_next(503)
    assert plain.post(f"{LIVE}whip", content=bytes(1_000_000)).status_code == 503
    assert 0 < len(emulator.requests[0].body) < 1_000_000
