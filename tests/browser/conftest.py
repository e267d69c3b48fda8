"""Chromium with a microphone and a camera that are not real, and an emulator with its page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from fishjam import FishjamClient
from fishjam.emulator import Emulator, tone
from tests.support.wav_files import wav_file

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
"""Debian's or Ubuntu's browser; without it, the one of `playwright install chromium`."""
PATIENCE = 60_000
"""Milliseconds that anything on a page may take."""
MICROPHONE = 500
"""In Hz, what the microphone of every page hears."""
FLAGS = [
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--mute-audio",
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]

Open = Callable[[str], Page]


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[FishjamClient]:
    emulator.reset()
    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        yield client


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    microphone: Path = tmp_path_factory.mktemp("devices") / "microphone.wav"
    microphone.write_bytes(wav_file(tone(MICROPHONE, 2, 48000), 48000))
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open a page in a profile of its own; errors on it fail the test."""
    errors: list[object] = []
    contexts = []

    def open_(url: str) -> Page:
        context = browser.new_context(
            permissions=["clipboard-read", "clipboard-write", "camera", "microphone"]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def dashboard(open_page: Open, emulator: Emulator, client: FishjamClient) -> Page:
    """The emulator's page with the token."""
    return open_page(f"{emulator.fishjam_id}/#token={emulator.management_token}")
