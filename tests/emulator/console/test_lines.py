"""Requests and webhooks as lines for a terminal."""

from __future__ import annotations

import pytest

from fishjam.emulator import RecordedRequest, WebhookAnswer, WebhookDelivery
from fishjam.emulator._activity import Activity
from fishjam.emulator._console.lines import line_of, plain
from fishjam.events import Notification, PeerAdded, RoomCreated

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ0eXBlIjoid2VicnRjIn0.x-_y"


def request(path: str, status: int | None = 201, method: str = "POST") -> str | None:
    value = RecordedRequest(method, path, None, {}, {"q": ["secret"]}, b"", status, 0.0142)
    return line_of(Activity(1, 0.0, "request", value))


def webhook(*answers: WebhookAnswer, delivered: bool | None, events: int = 1) -> str | None:
    happened: tuple[Notification, ...] = (RoomCreated(), *[PeerAdded()] * (events - 1))
    value = WebhookDelivery("http://user:secret@h/?q", happened, 1, answers, delivered)
    return line_of(Activity(1, 0.0, "webhook", value))


def test_a_request_has_its_status_and_duration() -> None:
    assert request("/room") == "POST /room 201 14 ms"
    assert request("/room", None, "GET") == "GET /room connection dropped 14 ms"
    unfinished = RecordedRequest("GET", "/room", None, {}, {}, b"")
    assert line_of(Activity(1, 0.0, "request", unfinished)) == "GET /room connection dropped"


def test_a_webhook_has_what_was_answered() -> None:
    refusal = WebhookAnswer(401, "the signature\ndoes not fit ", 0.1)
    assert webhook(refusal, delivered=False) == (
        "webhook RoomCreated -> 401 the signature does not fit"
    )
    assert webhook(WebhookAnswer(404, "", 0.1), delivered=False) == "webhook RoomCreated -> 404"
    taken = WebhookAnswer(204, "thank you", 0.0031)
    assert webhook(refusal, taken, delivered=True, events=4) == (
        "webhook RoomCreated and 3 more -> 204 3 ms"
    )
    lost = WebhookAnswer(None, "no answer: ConnectError", 0.1)
    assert webhook(lost, delivered=None) == (
        "webhook RoomCreated -> no answer: ConnectError; it will be sent again"
    )


def test_nothing_else_has_a_line() -> None:
    assert line_of(Activity(1, 0.0, "event", RoomCreated())) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë ✓", "Zoë ✓"),
        ("a\x1b[2Jb\x07", "a\\x1b[2Jb\\x07"),
        ("a\u202eb\u200bc\ud800", "a\\u202eb\\u200bc\\ud800"),
        ("a\r\n\tb", "a b"),
        (f"the token {TOKEN} is old", "the token *** is old"),
        (f"/room/{TOKEN.replace('.', '%2E')}/peer", "/room/***/peer"),
        ("/room/management%2Ftoken", "/room/***"),
        ("/room/management/token/peer", "/room/***/peer"),
        ("x" * 300, "x" * 200 + "..."),
    ],
)
def test_foreign_text_moves_no_terminal_and_has_no_token(text: str, shown: str) -> None:
    assert plain(text, "management/token") == shown
