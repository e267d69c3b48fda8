"""An emulator that serves media, and tabs in its rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from fishjam.emulator import Emulator
from tests.emulator.conftest import Guest
from tests.support.browser import Browser

Invite = Callable[..., Guest]
OpenTab = Callable[..., Browser]


@pytest.fixture(scope="module")
def media_emulator() -> Iterator[Emulator]:
    with Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator:
        yield emulator


@pytest.fixture
def emulator(media_emulator: Emulator) -> Iterator[Emulator]:
    yield media_emulator
    media_emulator.reset()


@pytest.fixture
def open_tab(emulator: Emulator) -> Iterator[OpenTab]:
    with ExitStack() as stack:

        def open_(guest: Guest, **options: str) -> Browser:
            browser = Browser(emulator.fishjam_id, guest.token, **options)
            return stack.enter_context(browser)

        yield open_
