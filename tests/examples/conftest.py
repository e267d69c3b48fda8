"""Servers that stand for those of others, and an environment without their settings."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.examples.openai_realtime import RealtimeServer, realtime_server
from tests.websocket.conftest import authority, authority_file

__all__ = ("authority", "authority_file", "no_keys", "openai_server")


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the keys and settings of the machine's user out of the tests."""
    prefixes = ("DJANGO_", "FISHJAM_", "GEMINI_", "GOOGLE_", "OPENAI_", "VAPI_")
    for name in [name for name in os.environ if name.startswith(prefixes)]:
        monkeypatch.delenv(name)
    for name in ("PORT", "WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def openai_server() -> Iterator[RealtimeServer]:
    with realtime_server() as server:
        yield server
