"""Scripted servers, shared with the tests of the transport, and no settings of Google's."""

from __future__ import annotations

import os

import pytest

from tests.websocket.conftest import authority, nothing_left, serve

__all__ = ("authority", "no_google_environment", "nothing_left", "serve")


@pytest.fixture
def no_google_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the machine's user has set for Google's clients out of the tests."""
    for name in [name for name in os.environ if name.startswith(("GOOGLE_", "GEMINI_"))]:
        monkeypatch.delenv(name)
