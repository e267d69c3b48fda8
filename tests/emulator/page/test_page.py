"""The emulator's page as it is served; what it does is tested in a browser."""

from __future__ import annotations

import base64
import hashlib
import re

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.emulator._page.app import page
from tests.support.plain_http import PLAIN

CONTENT = page().content.decode()


def policy() -> dict[str, str]:
    entries = page().headers["content-security-policy"].split("; ")
    return dict(entry.partition(" ")[::2] for entry in entries)


def hashes(element: str) -> list[str]:
    texts = re.findall(rf"<{element}>(.*?)</{element}>", CONTENT, re.DOTALL)
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def test_it_is_served_to_everybody_without_a_secret() -> None:
    with Emulator(management_token="a-secret", webhook_secret="some-key") as own:
        answer = httpx.get(own.fishjam_id, **PLAIN)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "a-secret" not in answer.text
        assert "some-key" not in answer.text
        assert httpx.head(own.fishjam_id, **PLAIN).text == ""
        refused = httpx.post(own.fishjam_id, **PLAIN)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        # It is not a request of the programs that are being developed.
        assert own.requests == []
        assert own._engine.activity.after(0) == []


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}])
def test_it_stands_behind_the_gate(emulator: Emulator, headers: dict[str, str]) -> None:
    assert httpx.get(emulator.fishjam_id, headers=headers, **PLAIN).status_code in (403, 421)


def test_only_its_own_scripts_and_style_are_run() -> None:
    assert policy()["default-src"] == "'none'"
    assert policy()["script-src"].split(" ") == hashes("script")
    assert policy()["style-src"].split(" ") == hashes("style")
    assert len(hashes("script")) > 5
    for name in ("base-uri", "form-action", "frame-ancestors", "trusted-types"):
        assert policy()[name] == "'none'"
    assert policy()["connect-src"] == "'self'"
    # Neither would be run; both would be a sign that the parts were not put together.
    assert not re.search(r"<script\s|<link rel=\"stylesheet|\son\w+=|\sstyle=", CONTENT)
    assert "<!-- " not in CONTENT


def test_nothing_comes_from_elsewhere() -> None:
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'`)]*", CONTENT))
    # The first is a name rather than an address, and the second an example in a form.
    assert addresses == {"http://www.w3.org/2000/svg", "http://127.0.0.1:8000/webhook"}


def test_no_text_becomes_markup() -> None:
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert sink not in CONTENT
