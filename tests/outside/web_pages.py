"""Pages with published web clients in Chromium, served from another origin than the emulator's."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from fishjam.emulator import Emulator
from tests.outside import environments

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--mute-audio",
]
PATIENCE = 20.0
RED, GREEN, BLUE = "rgb(200, 0, 0)", "rgb(0, 200, 0)", "rgb(0, 0, 200)"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the bundled pages, and return their address."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"did not come about: {what}")
        time.sleep(0.05)
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
        """Call a function of the page."""
        return self.page.evaluate("([name, args]) => tab[name](...args)", [name, [*arguments]])

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
