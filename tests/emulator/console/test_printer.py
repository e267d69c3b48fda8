"""Printing what happens, without ever holding the emulator up."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.emulator._console import printer
from fishjam.emulator._console.printer import printing
from tests.support.plain_http import PLAIN


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_each_request_is_a_line(plain: httpx.Client, emulator: Emulator) -> None:
    stream = io.StringIO()
    with printing(emulator, stream):
        plain.post("/room?token=secret", json={})
        plain.get("/nothing%1b[2J")
        emulator.break_next()
        with pytest.raises(httpx.RemoteProtocolError):
            plain.get("/room")
        until(lambda: stream.getvalue().count("\n") == 3)
    plain.get("/room")
    created, unknown, broken = stream.getvalue().splitlines()
    assert created.startswith("POST /room 201 ")
    assert unknown.startswith("GET /nothing%1b[2J 404 ")
    assert broken.startswith("GET /room connection dropped")


def test_a_token_that_was_taken_for_an_id_is_not_shown(
    plain: httpx.Client, emulator: Emulator
) -> None:
    stream = io.StringIO()
    with printing(emulator, stream):
        plain.get(f"/room/{emulator.management_token}")
        until(lambda: "\n" in stream.getvalue())
    assert stream.getvalue().startswith("GET /room/*** ")


def test_what_the_gate_refuses_is_a_line(plain: httpx.Client, emulator: Emulator) -> None:
    stream = io.StringIO()
    foreign = {"origin": "https://evil.example"}
    preflight = {**foreign, "access-control-request-method": "GET"}
    handshake = {
        **foreign,
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "MDEyMzQ1Njc4OWFiY2RlZg==",
    }
    with printing(emulator, stream):
        plain.get("/room", headers=foreign)
        plain.options("/room", headers=preflight)
        plain.get("/_emulator/v1/info", headers=foreign)
        plain.get("/socket/server/websocket", headers=handshake)
        plain.post("/api/v1/live/api/whip", content=b"")
        until(lambda: stream.getvalue().count("\n") == 3)
    starts = [line.rpartition(" ")[0].rpartition(" ")[0] for line in stream.getvalue().splitlines()]
    assert starts == [
        "GET /room 403",
        "GET /socket/server/websocket 403",
        "POST /api/v1/live/api/whip 501",
    ]


def test_a_reader_that_does_not_read_stops_nobody(
    plain: httpx.Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer, "_QUEUED", 5)
    monkeypatch.setattr(printer, "_PATIENCE", 0.01)
    reader, writer = os.pipe()
    # As full as it gets, so that the first line waits already.
    os.set_blocking(writer, False)
    for size in (65536, 1):
        with suppress(BlockingIOError):
            while os.write(writer, bytes(size)):
                pass
    os.set_blocking(writer, True)
    with os.fdopen(writer, "w") as stream, printing(emulator, stream):
        for _ in range(20):
            assert plain.get("/room").status_code == 200
    # The thread that waits to write ends with the reader.
    os.close(reader)
    until(lambda: not any("emulator-log" in thread.name for thread in threading.enumerate()))


def test_a_closed_stream_ends_it(plain: httpx.Client, emulator: Emulator) -> None:
    stream = io.StringIO()
    with printing(emulator, stream):
        stream.close()
        assert plain.get("/room").status_code == 200


def test_it_goes_to_stderr(
    emulator: Emulator, plain: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    with printing(emulator):
        plain.get("/room")
    assert capfd.readouterr().err.startswith("GET /room 200 ")


def test_an_embedded_emulator_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with Emulator() as own:
        httpx.get(f"{own.fishjam_id}/room", **PLAIN)
    assert capfd.readouterr() == ("", "")
