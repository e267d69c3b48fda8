"""Serves the emulator's page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import frozen
from starlette.responses import Response

from fishjam.emulator._rest.request_log import RECORDED

PATH = "/"
_SCRIPTS = (
    "dom.js",
    "protocol.js",
    "call.js",
    "livestream.js",
    "api.js",
    "stage.js",
    "rooms.js",
    "feed.js",
    "dialogs.js",
    "main.js",
)
"""In this order: each uses what those before it have made."""


@frozen
class Page:
    """A document, and the headers that keep it to itself."""

    content: bytes
    headers: dict[str, str]


async def serve_page(scope: Any, receive: Any, send: Any) -> None:
    """Serve the page; an ASGI application."""
    # A backend did not ask for it, so it is not recorded.
    scope[RECORDED] = True
    if scope["method"] not in ("GET", "HEAD"):
        response = Response(status_code=405, headers={"allow": "GET, HEAD"})
    else:
        response = Response(page().content, headers=page().headers)
    await response(scope, receive, send)


@cache
def page() -> Page:
    """Return the page, put together from its parts.

    The scripts and the style stand in the document, because then a hash of each can be required of
    the browser: nothing else is run, whatever a peer or a webhook's receiver may say.
    """
    style, scripts = _read("style.css"), [_read(name) for name in _SCRIPTS]
    document = _read("index.html").replace("<!-- style.css -->", f"<style>{style}</style>")
    elements = "".join(f"<script>{script}</script>" for script in scripts)
    content = document.replace("<!-- scripts -->", elements).encode()
    return Page(content, _headers([style], scripts))


def _headers(styles: Sequence[str], scripts: Sequence[str]) -> dict[str, str]:
    policy = {
        "default-src": "'none'",
        "script-src": " ".join(map(_hash, scripts)),
        "style-src": " ".join(map(_hash, styles)),
        "connect-src": "'self'",
        "img-src": "data:",
        # What agents said is fetched with the token, and played from memory.
        "media-src": "blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "cache-control": "no-cache",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(self), microphone=(self), display-capture=(self)",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _read(name: str) -> str:
    return files(__name__.rpartition(".")[0]).joinpath(name).read_text("utf-8")
