"""Scripted servers, shared with the tests of the transport, and all for talking with Gemini."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import trustme

from fishjam.clock import ManualClock
from fishjam.emulator import Emulator
from tests.websocket.conftest import authority, nothing_left, serve

if TYPE_CHECKING:
    from tests.integrations.gemini_talk import Start

__all__ = ("authority", "no_google_environment", "nothing_left", "serve")


@pytest.fixture
def no_google_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the machine's user has set for Google's clients out of the tests."""
    for name in [name for name in os.environ if name.startswith(("GOOGLE_", "GEMINI_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def still_clock() -> ManualClock:
    return ManualClock(1_700_000_000.0)


@pytest.fixture(scope="session")
def still_emulator(still_clock: ManualClock) -> Iterator[Emulator]:
    """A local Fishjam in which time stands still until somebody moves it."""
    with Emulator(clock=still_clock) as emulator:
        yield emulator


@pytest.fixture
def start(still_emulator: Emulator, still_clock: ManualClock, authority: trustme.CA) -> Start:
    """Give a function that opens a `Talk` with a model."""
    # Here, because the lowest versions are tested without google-genai.
    from tests.integrations.gemini_talk import starter

    still_emulator.reset()
    return starter(still_emulator, still_clock, authority)
