"""The published React client in Chromium, bundled as it is: calls and livestreams."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from fishjam import FishjamClient, PeerOptions, RoomOptions
from fishjam.emulator import Emulator, tone
from fishjam.events import StreamerDisconnected, ViewerDisconnected
from tests.outside.web_pages import BLUE, GREEN, RED, Tab, agent_in_call, chromium, serve, until
from tests.support.tones import frequency_of


class Pages:
    """Opens pages with the published React client.

    Args:
        browser: where they are opened.
        site: where they are served.
        emulator: what they speak to.
    """

    def __init__(self, browser: Browser, site: str, emulator: Emulator) -> None:
        self._browser = browser
        self._address = f"{site}/web_react.html?fishjam={emulator.fishjam_id}"

    def open(self, microphone: int, camera: str) -> Tab:
        """Open a page whose devices give a tone in Hz and a colour."""
        address = f"{self._address}&microphone={microphone}&camera={camera}"
        return Tab(self._browser.new_page(), address)

    def join(self, token: str, name: str, microphone: int, camera: str) -> Tab:
        """Open a page and join a room, with microphone and camera on."""
        tab = self.open(microphone, camera)
        assert tab.call("begin") == "initialized"
        tab.call("join", token, name)
        return tab


def joins(tab: Tab) -> int:
    """Return how often a page has joined."""
    statuses: list[str] = tab.page.evaluate("tab.statuses")
    return statuses.count("connected")


def check_call(emulator: Emulator, client: FishjamClient, pages: Pages) -> None:
    """Go through what people do in a call."""
    room = client.create_room().id
    peer, token = client.create_peer(room)
    first = pages.join(token, "one", 500, RED)
    other = pages.join(client.create_peer(room)[1], "other", 900, BLUE)
    check_everybody(emulator, client, room, first, other)
    user = emulator.connect_peer(client.create_peer(room)[1])
    until(lambda: is_tone(user.hear(0.5, peer_id=peer.id), 500), "a virtual user hears a page")
    user.leave()
    check_devices(first, other)
    check_screen(first, other)
    check_subscriptions(client, room, pages, peer.id)
    check_drops(emulator, first, other)
    check_ends(client, room, pages, first, other)


def check_everybody(
    emulator: Emulator, client: FishjamClient, room: str, one: Tab, other: Tab
) -> None:
    """Pages, a virtual user and an agent hear and see each other."""
    until(lambda: other.hears("one/microphone", 500), "the second page hears the first")
    until(lambda: one.hears("other/microphone", 900), "the first page hears the second")
    until(lambda: other.sees("one/camera", RED), "the second page sees the first")
    until(lambda: one.sees("other/camera", BLUE), "the first page sees the second")
    user = emulator.connect_peer(client.create_peer(room)[1], {"name": "user"})
    user.publish_audio({"type": "microphone"})
    user.publish_video(metadata={"type": "camera"})
    user.speak(tone(440, 20))
    for tab in (one, other):
        until(lambda: tab.hears("user/microphone", 440), "a page hears a virtual user")  # noqa: B023
        until(lambda: tab.call("sees", "user/camera"), "and sees it")  # noqa: B023
    assert one.call("streams") == 2
    with agent_in_call(Path(sys.executable), emulator, room, hear=900, say=1500) as has_heard:
        assert has_heard()
        for tab in (one, other):
            until(lambda: tab.hears("agent/voice", 1500), "a page hears an agent")  # noqa: B023
    user.leave()
    until(lambda: one.call("peers") == ["other"], "the user and the agent have left")


def is_tone(data: bytes, frequency: float) -> bool:
    """Tell whether a virtual user has heard a frequency in Hz."""
    return abs(frequency_of(data, 16000) - frequency) < 5


def check_devices(one: Tab, other: Tab) -> None:
    """A page mutes, changes its microphone, and turns its camera off and on."""
    one.call("toggleMicrophoneMute")
    until(lambda: other.hears("one/microphone", 0), "a muted page is silent")
    one.call("toggleMicrophoneMute")
    until(lambda: other.hears("one/microphone", 500), "and is heard again")
    one.call("selectMicrophone", "700")
    until(lambda: other.hears("one/microphone", 700), "another microphone is heard")
    one.call("toggleCamera")
    until(lambda: other.call("isPaused", "one/camera"), "a camera goes off")
    frames = other.call("frames", "one/camera")
    one.call("toggleCamera")
    until(lambda: other.call("frames", "one/camera") > frames, "and on")
    until(lambda: not other.call("isPaused", "one/camera"), "as the others are told")
    until(lambda: other.sees("one/camera", RED), "and is seen again")


def check_screen(one: Tab, other: Tab) -> None:
    """A page shares its screen twice."""
    for _ in range(2):
        one.call("startScreen")
        until(lambda: other.sees("one/screenShareVideo", GREEN), "a screen is seen")
        until(lambda: other.hears("one/screenShareAudio", 1200), "and heard")
        one.call("stopScreen")
        until(lambda: "screen" not in str(other.call("names")), "it ends")


def check_subscriptions(client: FishjamClient, room: str, pages: Pages, speaker_id: str) -> None:
    """A page with manual subscriptions receives what it is subscribed to."""
    options = PeerOptions(subscribe_mode="manual")
    peer, token = client.create_peer(room, options)
    tab = pages.join(token, "manual", 300, GREEN)
    until(lambda: tab.call("peers") == ["one", "other"], "a manual subscriber knows the others")
    assert not tab.call("names")
    peers = {each.id: each for each in client.get_room(room).peers}
    tracks = peers[speaker_id].tracks
    microphone = next(track.id for track in tracks if "microphone" in str(track.metadata))
    client.subscribe_tracks(room, peer.id, [str(microphone)])
    until(lambda: tab.hears("one/microphone", 700), "it hears a track that it is subscribed to")
    assert tab.call("names") == ["one/microphone"]
    client.subscribe_peer(room, peer.id, speaker_id)
    until(lambda: tab.sees("one/camera", RED), "it sees a peer that it is subscribed to")
    assert tab.call("names") == ["one/camera", "one/microphone"]
    tab.page.close()


def check_drops(emulator: Emulator, one: Tab, other: Tab) -> None:
    """Pages come back with their media, without any code of their own."""
    emulator.drop_connections(kind="peer")
    until(lambda: joins(one) == joins(other) == 2, "dropped pages come back")
    check_media(one, other)
    emulator.stop()
    emulator.start()
    until(lambda: joins(one) == joins(other) == 3, "they come back after a restart")
    check_media(one, other)


def check_media(one: Tab, other: Tab) -> None:
    """Both pages hear and see."""
    until(lambda: other.hears("one/microphone", 700), "the first is heard")
    until(lambda: one.hears("other/microphone", 900), "the second is heard")
    until(lambda: other.sees("one/camera", RED), "the first is seen")
    until(lambda: one.sees("other/camera", BLUE), "the second is seen")


def check_ends(client: FishjamClient, room: str, pages: Pages, one: Tab, other: Tab) -> None:
    """Pages leave in both ways."""
    third = pages.join(client.create_peer(room)[1], "third", 300, GREEN)
    until(lambda: one.call("peers") == ["other", "third"], "a third page is there")
    third.call("leave")
    until(lambda: one.call("peers") == ["other"], "it leaves")
    one.page.close()
    until(lambda: other.call("peers") == [], "a closed tab is gone")
    other.page.close()


def check_livestream(emulator: Emulator, client: FishjamClient, pages: Pages) -> None:
    """Pages publish and watch, with a token and without one."""
    room = client.create_room(RoomOptions(room_type="livestream", public=True)).id
    streamer, rival = pages.open(500, RED), pages.open(900, BLUE)
    viewer, guest = pages.open(300, GREEN), pages.open(300, GREEN)
    token = client.create_livestream_viewer_token(room)
    viewer.call("watch", {"token": token})
    until(lambda: errors(viewer) == [None, "stream_not_found"], "nobody is live")
    viewer.call("watch", {"token": "a wrong one"})
    until(lambda: errors(viewer) == [None, "unauthorized"], "a wrong token is refused")
    streamer.call("stream", client.create_livestream_streamer_token(room))
    until(lambda: streamer.call("live")[0], "a page is live")
    viewer.call("watch", {"token": token})
    guest.call("watch", {"streamId": room})
    for tab in (viewer, guest):
        until(lambda: tab.hears("live/audio", 500), "it is heard")  # noqa: B023
        until(lambda: tab.sees("live/video", RED), "it is seen")  # noqa: B023
    rival.call("stream", client.create_livestream_streamer_token(room))
    until(lambda: errors(rival)[0] == "streamer_already_connected", "another is refused")
    guest.call("stopWatching")
    until(lambda: count(emulator, ViewerDisconnected) == 1, "a viewer stops")
    streamer.call("stopStream")
    until(lambda: count(emulator, StreamerDisconnected) == 1, "the streamer stops")
    rival.call("stream", client.create_livestream_streamer_token(room))
    until(lambda: viewer.hears("live/audio", 900), "the next one is heard")
    until(lambda: viewer.sees("live/video", BLUE), "and seen")
    for tab in (rival, viewer):
        # A tab that is killed is missed only half a minute later.
        tab.page.goto("about:blank")
    until(
        lambda: count(emulator, StreamerDisconnected) == 2, "leaving the page ends the livestream"
    )
    until(lambda: count(emulator, ViewerDisconnected) == 2, "and its viewer")


def errors(tab: Tab) -> list[Any]:
    """Return the errors of the streamer's and the viewer's hook."""
    states = tab.call("live")
    return [states[1], states[3]]


def count(emulator: Emulator, kind: type) -> int:
    """Return how many events of a kind there were."""
    return sum(isinstance(event, kind) for event in emulator.notifications)


def main(folder: Path) -> None:
    """Run the checks on the site in a folder."""
    with (
        serve(folder) as site,
        Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
        chromium() as browser,
    ):
        pages = Pages(browser, site, emulator)
        check_livestream(emulator, client, pages)
        check_call(emulator, client, pages)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
