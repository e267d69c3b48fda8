"""The published web client in Chromium, bundled as it is: everybody in a room hears and sees."""

from __future__ import annotations

import functools
import http.server
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from fishjam import FishjamClient
from fishjam.emulator import Emulator, tone

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
    """Serve the bundled page; its origin is not the emulator's."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"did not come about: {what}")
        time.sleep(0.05)
    print(f"{what}: yes", flush=True)


class Tab:
    """A page with the published client that has joined a room."""

    def __init__(self, page: Page, site: str, emulator: Emulator, token: str, name: str) -> None:
        self.page = page
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(site)
        self.call("join", emulator.fishjam_id.replace("http", "ws"), token, name)

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

    def joins(self) -> int:
        """Return how often it joined."""
        return [name for name, _ in self.page.evaluate("tab.log")].count("joined")


def check(emulator: Emulator, client: FishjamClient, one: Tab, other: Tab, room: str) -> None:
    """Go through what people do in a call."""
    microphone = one.call("speak", "mic-1", 500)
    camera = one.call("show", "cam-1", RED)
    other.call("speak", "mic-2", 900)
    other.call("show", "cam-2", BLUE)
    until(lambda: other.hears("mic-1", 500) and one.hears("mic-2", 900), "two pages hear")
    until(lambda: other.sees("cam-1", RED) and one.sees("cam-2", BLUE), "two pages see")
    user = emulator.connect_peer(client.create_peer(room)[1])
    user.speak(tone(440, 30))
    user.publish_audio({"name": "user"})
    user.publish_video(metadata={"name": "card"})
    until(lambda: other.call("sees", "card"), "the picture of a virtual user is seen")
    assert len(user.hear(0.5)) > 0
    one.call("replaceSound", microphone, None)
    until(lambda: other.hears("mic-1", 0), "a muted page is silent")
    one.call("replaceSound", microphone, 700)
    until(lambda: other.hears("mic-1", 700), "another microphone is heard")
    one.call("remove", camera)
    until(lambda: "cam-1" not in other.call("names"), "a camera goes off")
    for name, color in (("screen-1", GREEN), ("screen-2", RED)):
        screen = one.call("show", name, color, "screenShareVideo")
        until(lambda: other.sees(name, color), f"{name} is seen")  # noqa: B023
        one.call("remove", screen)
        until(lambda: name not in other.call("names"), f"{name} ends")  # noqa: B023
    one.call("openChannels")
    other.call("openChannels")

    def greeted() -> bool:
        # Nothing tells a page when the channel of another is open.
        one.call("publish", "hello")
        return "hello" in other.page.evaluate("tab.messages")

    until(greeted, "a message arrives")
    numbers = [str(number) for number in range(100)]
    for number in numbers:
        one.call("publish", number)
    until(lambda: other.page.evaluate("tab.messages")[-100:] == numbers, "so do 100 more")
    emulator.drop_connections(kind="peer")
    until(lambda: one.joins() == other.joins() == 2, "dropped pages come back")
    until(lambda: other.hears("mic-1", 700) and one.hears("mic-2", 900), "they hear again")
    until(lambda: one.sees("cam-2", BLUE), "and see")
    emulator.stop()
    emulator.start()
    until(lambda: one.joins() == other.joins() == 3, "they come back after a restart")
    until(lambda: other.hears("mic-1", 700) and one.hears("mic-2", 900), "and hear")
    until(lambda: one.sees("cam-2", BLUE), "and see")
    until(lambda: "one" in other.call("peers"), "they know each other")
    one.page.close()
    until(lambda: "one" not in other.call("peers"), "a closed tab is gone")


def main(folder: Path) -> None:
    """Run the check on the site in a folder."""
    with (
        serve(folder) as site,
        Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        room = client.create_room().id
        one, other = (
            Tab(browser.new_page(), site, emulator, client.create_peer(room)[1], name)
            for name in ("one", "other")
        )
        check(emulator, client, one, other, room)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
