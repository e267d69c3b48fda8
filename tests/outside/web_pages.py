"""Pages with published web clients in Chromium, served from another origin than the emulator's."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from fishjam.emulator import Emulator, tone
from tests.outside import environments
from tests.support.local_http import serving
from tests.support.wav_files import wav_file

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--mute-audio",
]
PATIENCE = 40.0
"""Seconds that anything may take, also on a machine with two processors and much else to do."""
_CALL = """([name, args, patience]) => Promise.race([
  tab[name](...args),
  new Promise((_, reject) => setTimeout(reject, patience, new Error(`${name} takes too long`))),
])"""
RED, GREEN, BLUE = "rgb(200, 0, 0)", "rgb(0, 200, 0)", "rgb(0, 0, 200)"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the bundled pages, and return their address."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with serving(handler) as url:
        yield url


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Run Debian's Chromium, with some more flags."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


def fake_devices(folder: Path, frequency: float, color: str) -> list[str]:
    """Return the flags for a microphone and a camera of the browser's own.

    Args:
        folder: where their files are written.
        frequency: what the microphone hears, in Hz.
        color: what the camera sees.
    """
    (folder / "microphone.wav").write_bytes(wav_file(tone(frequency, 5)))
    size = 1280 * 720
    # The colour spaces of browsers and cameras: BT.601, with 219 steps from black to white.
    red, green, blue = (int(part) for part in color[4:-1].split(","))
    luma = round(16 + 0.257 * red + 0.504 * green + 0.098 * blue)
    chroma = (
        round(128 - 0.148 * red - 0.291 * green + 0.439 * blue),
        round(128 + 0.439 * red - 0.368 * green - 0.071 * blue),
    )
    picture = bytes([luma]) * size + b"".join(bytes([part]) * (size // 4) for part in chroma)
    head = b"YUV4MPEG2 W1280 H720 F20:1 Ip C420\nFRAME\n"
    (folder / "camera.y4m").write_bytes(head + picture)
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={folder / 'microphone.wav'}",
        f"--use-file-for-fake-video-capture={folder / 'camera.y4m'}",
    ]


def until(condition: Callable[[], object], what: str, *, is_quiet: bool = False) -> None:
    """Wait until something is so, and say so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"did not come about: {what}")
        # Pages and the emulator need the processors, and the emulator shares this interpreter.
        time.sleep(0.2)
    if not is_quiet:
        print(f"{what}: yes", flush=True)


class Tab:
    """A page whose functions are called from here.

    Args:
        page: a new page.
        address: where what it shows is served.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(address)

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function of the page, which has a while to come to an end."""
        return self.page.evaluate(_CALL, [name, arguments, 1000 * PATIENCE])

    def hears(self, name: str, frequency: float) -> bool:
        """Tell whether the track of a name sounds in a frequency, 0 for silence."""
        return bool(abs(self.call("hears", name) - frequency) < 8)

    def sees(self, name: str, color: str) -> bool:
        """Tell whether the track of a name shows a colour."""
        seen = self.call("sees", name)
        wanted = [int(part) for part in color[4:-1].split(",")]
        return bool(seen) and all(abs(a - b) < 40 for a, b in zip(seen, wanted, strict=True))


@contextmanager
def agent_in_call(
    python: Path, emulator: Emulator, room: str, *, hear: float, say: float
) -> Iterator[Callable[[], bool]]:
    """Let an agent of another interpreter's SDK join a room.

    Args:
        python: the interpreter.
        emulator: serves the room.
        room: its id.
        hear: the tone in Hz that the agent is to hear.
        say: the tone in Hz that it says.

    Yields:
        What waits for the agent, and tells whether it has heard its tone.
    """
    scene = {
        "fishjam_id": emulator.fishjam_id,
        "management_token": emulator.management_token,
        "room": room,
        "hear": hear,
        "say": say,
    }
    command = (str(python), "-m", "tests.outside.agent_in_call", json.dumps(scene))
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environments.clean_variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        output = process.stdout
        assert output is not None
        try:
            yield lambda: output.readline() == "heard\n"
        finally:
            process.communicate()
    assert process.returncode == 0
