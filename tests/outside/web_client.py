"""The published web client in Chromium, bundled as it is: everybody in a room hears and sees."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page

from fishjam import FishjamClient
from fishjam.emulator import Emulator, tone
from tests.outside.web_pages import BLUE, GREEN, RED, Tab, chromium, serve, until


class ClientTab(Tab):
    """A page with the published client that has joined a room."""

    def __init__(self, page: Page, site: str, emulator: Emulator, token: str, name: str) -> None:
        super().__init__(page, f"{site}/web_client.html")
        self.call("join", emulator.fishjam_id.replace("http", "ws"), token, name)

    def joins(self) -> int:
        """Return how often it joined."""
        return [name for name, _ in self.page.evaluate("tab.log")].count("joined")


def check(
    emulator: Emulator, client: FishjamClient, one: ClientTab, other: ClientTab, room: str
) -> None:
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
        chromium() as browser,
    ):
        room = client.create_room().id
        first, other = (
            ClientTab(browser.new_page(), site, emulator, client.create_peer(room)[1], name)
            for name in ("one", "other")
        )
        check(emulator, client, first, other, room)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
