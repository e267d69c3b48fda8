"""What the emulator remembers of the requests that came in."""

from __future__ import annotations

from typing import Any

import httpx

from fishjam.emulator import Emulator, RecordedRequest
from fishjam.emulator._rest.request_log import KEPT, RequestLog


def test_a_request_is_recorded(plain: httpx.Client, emulator: Emulator) -> None:
    plain.post("/room//x%2Fy/peer?a=1&a=%20&b=", json={"k": ["v"]}, headers={"X-Mine": "yes"})
    [request] = emulator.requests
    assert request.method == "POST"
    assert request.path == "/room//x%2Fy/peer"
    assert request.operation == "add_peer"
    assert request.query == {"a": ["1", " "], "b": [""]}
    assert request.headers["x-mine"] == "yes"
    assert request.headers["authorization"] == "Bearer ***"
    assert request.json == {"k": ["v"]}
    assert request.parts == []
    assert request.status == 400
    assert isinstance(request, RecordedRequest)
    assert "development" not in repr(request)


def test_a_form_is_recorded(plain: httpx.Client, emulator: Emulator) -> None:
    files: Any = [("config", (None, "{}", "application/json")), ("template", ("t.js", b"\xff"))]
    plain.post("/recordings", files=files)
    [request] = emulator.requests
    config, template = request.parts
    assert (config.name, config.filename, config.content_type) == (
        "config",
        None,
        "application/json",
    )
    assert (template.name, template.filename, template.data) == ("template", "t.js", b"\xff")
    assert request.json is None


def test_a_broken_form_has_no_parts(plain: httpx.Client, emulator: Emulator) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    plain.post("/recordings", content=b"--b\r\n", headers=headers)
    assert emulator.requests[0].parts == []
    assert emulator.requests[0].body == b"--b\r\n"


def test_requests_without_an_operation_are_recorded_too(
    plain: httpx.Client, emulator: Emulator
) -> None:
    plain.get("/x")
    plain.put("/room")
    plain.get("/validate", headers={"authorization": "development"})
    plain.get("/validate", headers=[("x-a", "1"), ("X-A", "2")])
    assert [(request.path, request.operation, request.status) for request in emulator.requests] == [
        ("/x", None, 404),
        ("/room", None, 405),
        ("/validate", "validate_credentials", 404),
        ("/validate", "validate_credentials", 200),
    ]
    assert emulator.requests[2].headers["authorization"] == "***"
    assert emulator.requests[3].headers["x-a"] == "1, 2"


def test_the_list_is_a_copy(plain: httpx.Client, emulator: Emulator) -> None:
    plain.get("/room")
    emulator.requests.clear()
    assert len(emulator.requests) == 1


def test_only_the_last_requests_are_kept() -> None:
    journal = RequestLog()
    for number in range(KEPT + 5):
        journal.record("GET", f"/{number}", None, [], b"", b"")
    kept = journal.all()
    assert len(kept) == KEPT
    assert (kept[0].path, kept[-1].path) == ("/5", f"/{KEPT + 4}")
