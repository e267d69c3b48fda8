"""A page without any library in Chromium, with its fake devices and with layers of simulcast."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from fishjam import FishjamClient
from fishjam.emulator import Emulator, tone
from tests.outside.web_pages import (
    BLUE,
    GREEN,
    RED,
    Tab,
    agent_in_call,
    chromium,
    fake_devices,
    serve,
    until,
)


class PlainPages:
    """Opens pages in one room.

    Args:
        browser: where they are opened.
        site: where they are served.
        emulator: what they speak to.
        client: makes the room and its peers.
    """

    def __init__(
        self, browser: Browser, site: str, emulator: Emulator, client: FishjamClient
    ) -> None:
        self._browser = browser
        self._site = site
        self._emulator = emulator
        self._client = client
        self.room = client.create_room().id

    def token(self) -> str:
        """Return the token of one more peer."""
        return self._client.create_peer(self.room)[1]

    def join(self) -> Tab:
        """Open a page that joins."""
        tab = Tab(self._browser.new_page(), f"{self._site}/web_plain.html")
        tab.call("join", self._emulator.fishjam_id.replace("http", "ws"), self.token())
        return tab


def check_everybody(emulator: Emulator, pages: PlainPages) -> tuple[Tab, Tab]:
    """A page with the devices of the browser, another one, a virtual user and an agent."""
    first, other = pages.join(), pages.join()
    first.call("useDevices", "mic-1", "cam-1")
    other.call("speak", "mic-2", 900)
    other.call("show", "cam-2", BLUE)
    until(lambda: other.hears("mic-1", 330), "the second page hears the first")
    until(lambda: first.hears("mic-2", 900), "the first page hears the second")
    until(lambda: other.sees("cam-1", RED), "the second page sees the first")
    until(lambda: first.sees("cam-2", BLUE), "the first page sees the second")
    until(lambda: other.call("width", "cam-1") == 1280, "in the best of three layers")
    user = emulator.connect_peer(pages.token())
    user.publish_audio({"name": "voice"})
    user.publish_video(metadata={"name": "card"})
    user.speak(tone(440, 20))
    until(lambda: first.hears("voice", 440), "a page hears a virtual user")
    until(lambda: first.call("sees", "card"), "and sees its picture")
    until(lambda: len(user.hear(0.5)) > 0, "a virtual user hears the pages")
    python = Path(sys.executable)
    with agent_in_call(python, emulator, pages.room, hear=330, say=1500) as has_heard:
        assert has_heard()
        print("an agent hears a page: yes", flush=True)
    user.leave()
    return first, other


def check_screen_first(pages: PlainPages, other: Tab) -> None:
    """A camera in layers begins after a screen without any, and both go on changing."""
    tab = pages.join()
    tab.call("show", "screen", GREEN)
    until(lambda: other.sees("screen", GREEN), "a screen is seen")
    tab.call("showLayers", "camera", RED)
    until(lambda: other.sees("camera", RED), "and a camera that begins after it")
    until(lambda: other.call("width", "camera") == 1280, "in the best of its layers")
    tab.call("hide", "screen")
    until(lambda: "screen" not in other.call("names"), "the screen ends")
    tab.call("show", "screen-2", BLUE)
    until(lambda: other.sees("screen-2", BLUE), "another screen is seen")
    until(lambda: other.sees("camera", RED), "and still the camera")
    tab.call("stop", "screen-2")
    until(lambda: "screen-2" not in other.call("names"), "its section is stopped")
    tab.call("show", "screen-3", GREEN)
    until(lambda: other.sees("screen-3", GREEN), "and used again")
    until(lambda: other.sees("camera", RED), "and still the camera")
    assert tab.page.evaluate("tab.errors") == []
    tab.page.close()


def main() -> None:
    """Run the checks."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(__file__).parent) as site,
        Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
        chromium(*fake_devices(Path(folder), 330, RED)) as browser,
    ):
        pages = PlainPages(browser, site, emulator, client)
        first, other = check_everybody(emulator, pages)
        check_screen_first(pages, other)
        for tab in (first, other):
            assert tab.page.evaluate("tab.errors") == []


if __name__ == "__main__":
    main()
