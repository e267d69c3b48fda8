"""Secrets are taken out of a text, whole or cut off."""

from __future__ import annotations

import pytest

from fishjam._core.redaction import redact, redact_headers

SECRET = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("nothing to hide", "nothing to hide"),
        (f"invalid token {SECRET}!", "invalid token ***!"),
        (f"{SECRET}{SECRET}", "******"),
        (f"invalid token {SECRET[:20]}", "invalid token ***"),
        (f"{SECRET[:20]} is another word", f"{SECRET[:20]} is another word"),
        (f"invalid token {SECRET[:7]}", f"invalid token {SECRET[:7]}"),
        (f"{SECRET} and {SECRET[:-1]}", "*** and ***"),
        ("", ""),
    ],
)
def test_a_secret_in_a_text(text: str, redacted: str) -> None:
    assert redact(text, [SECRET]) == redacted


def test_a_secret_within_another() -> None:
    assert redact(f"Bearer {SECRET}", [SECRET, f"Bearer {SECRET}"]) == "***"
    assert redact(f"Bearer {SECRET}", [f"Bearer {SECRET}", SECRET]) == "***"


def test_short_secrets() -> None:
    assert redact("a dev token: de", ["dev", ""]) == "a *** token: de"


def test_a_secret_in_headers() -> None:
    headers = {"x-token": f"Bearer {SECRET}", f"x-{SECRET.lower()}": "a", "date": "today"}
    assert redact_headers(headers, iter([SECRET])) == {
        "x-token": "Bearer ***",
        "x-***": "a",
        "date": "today",
    }
