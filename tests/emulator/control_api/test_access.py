"""Who may use the control API, and what it says to everybody else."""

from __future__ import annotations

import httpx
import pytest

from fishjam._version import __version__
from fishjam.emulator import Emulator
from tests.support.plain_http import PLAIN


def test_it_says_what_it_is(control: httpx.Client, emulator: Emulator) -> None:
    assert control.get("/info").json() == {
        "data": {
            "version": __version__,
            "fishjamId": emulator.fishjam_id,
            "webrtc": False,
            "sandbox": False,
        }
    }


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic development", "développe"])
@pytest.mark.parametrize("path", ["/info", "/nothing", "/fishjam/room", "/activity"])
def test_every_call_needs_the_token(
    emulator: Emulator, path: str, authorization: str | None
) -> None:
    headers = httpx.Headers({"authorization": authorization} if authorization else {}, "latin-1")
    url = f"{emulator.fishjam_id}/_emulator/v1{path}?token=development"
    answer = httpx.get(url, headers=headers, cookies={"token": "development"}, **PLAIN)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    text = "missing token" if authorization is None else "invalid token"
    assert answer.json() == {"errors": text}


@pytest.mark.parametrize("origin", ["http://127.0.0.1:1", "http://localhost", "null", ""])
def test_other_pages_of_this_machine_get_nothing(
    emulator: Emulator, control: httpx.Client, origin: str
) -> None:
    answer = control.post("/fishjam/room", json={}, headers={"origin": origin})
    assert answer.status_code == 403
    assert "control API" in answer.json()["errors"]
    assert "access-control-allow-origin" not in answer.headers
    assert emulator.rooms == []


def test_a_preflight_of_another_page_is_refused(control: httpx.Client) -> None:
    asks = {"origin": "http://localhost:3000", "access-control-request-method": "GET"}
    assert control.options("/state", headers=asks).status_code == 403


def test_its_own_page_is_served(emulator: Emulator, control: httpx.Client) -> None:
    own = {"origin": emulator.fishjam_id}
    assert control.get("/state", headers=own).status_code == 200
    named = emulator.fishjam_id.replace("127.0.0.1", "localhost")
    headers = {"origin": named, "host": named.removeprefix("http://")}
    assert control.get("/state", headers=headers).status_code == 200


def test_a_name_that_was_bent_to_this_machine_gets_nothing(control: httpx.Client) -> None:
    assert control.get("/state", headers={"host": "evil.example"}).status_code == 421


def test_unknown_calls_are_named(control: httpx.Client) -> None:
    answer = control.get("/nothing")
    assert answer.status_code == 404
    assert answer.json() == {"errors": "the control API has no path /_emulator/v1/nothing"}
    answer = control.get("/state/")
    assert answer.status_code == 404
    assert answer.json() == {"errors": "the control API has no path /_emulator/v1/state/"}
    answer = control.get("/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json() == {"errors": "method GET is not allowed at /_emulator/v1/events"}


def test_nothing_of_it_is_kept_by_caches(control: httpx.Client) -> None:
    for path in ("/info", "/nothing", "/activity?follow=false"):
        assert control.get(path).headers["cache-control"] == "no-store"
