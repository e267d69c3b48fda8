"""Takes pictures of the emulator's page: empty, busy, in a call, with a failing webhook.

    python -m tools.page_pictures FOLDER

They are to be looked at. `call-light.png` is the one in the documentation, docs/_static.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from websockets.exceptions import ConnectionClosed

from fishjam import FishjamClient, PeerOptions, RoomOptions
from fishjam.emulator import Emulator, VirtualPeer, speech
from tests.emulator.virtual.conftest import Scene, add_track, agent_in
from tests.support.webhook_receiver import receiving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--mute-audio",
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
PORTRAIT = """<body style="margin:0"><svg width="1280" height="720" viewBox="0 0 1280 720">
<defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="{one}"/><stop offset="1"
stop-color="{other}"/></linearGradient></defs><rect width="1280" height="720" fill="url(#g)"/>
<g fill="#fff" fill-opacity=".85"><circle cx="640" cy="290" r="120"/>
<path d="M400 720c0-170 110-260 240-260s240 90 240 260Z"/></g></svg></body>"""
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@contextmanager
def opened(browser: Browser, url: str, size: Any, scheme: Any) -> Iterator[Page]:
    """Open the page in a window of a size, light or dark."""
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.goto(url)
    page.locator("#connection.live").wait_for()
    yield page
    context.close()


def portrait(browser: Browser, one: str, other: str) -> bytes:
    """Draw what a camera shows, as a JPEG."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_content(PORTRAIT.format(one=one, other=other))
    picture: bytes = page.screenshot(type="jpeg", quality=90)
    page.close()
    return picture


def fill(
    emulator: Emulator, client: FishjamClient, webhook: str, camera: bytes
) -> tuple[str, VirtualPeer]:
    """Make rooms with peers in them; return the id of one and a user there."""
    client.create_room(RoomOptions(room_type="livestream", public=True))
    other = client.create_room(RoomOptions(max_peers=4, webhook_url=webhook))
    client.create_peer(other.id, PeerOptions(metadata={"name": "Grace"}))
    client.create_stream()
    room = client.create_room().id
    client.create_peer(room, PeerOptions(metadata={"name": "Alan"}))
    user = emulator.connect_peer(client.create_peer(room)[1], {"name": "Ada"})
    user.publish_video(camera)
    user.speak(speech("what time is it"))
    return room, user


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(exist_ok=True)
    with (
        Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
        receiving() as receiver,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        camera = folder / "camera.mjpeg"
        camera.write_bytes(portrait(browser, "#0f766e", "#134e4a"))
        ada = portrait(browser, "#b45309", "#7c2d12")
        browser.close()
        flags = [*FLAGS, f"--use-file-for-fake-video-capture={camera}"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        url = f"{emulator.fishjam_id}/#token={emulator.management_token}"

        def picture(name: str, size: Any = WIDE, scheme: Any = "light", tab: str = "") -> None:
            with opened(browser, url, size, scheme) as page:
                if tab:
                    page.get_by_role("button", name=tab, exact=True).first.click()
                page.wait_for_timeout(500)
                page.screenshot(path=folder / f"{name}.png")

        for scheme in ("light", "dark"):
            picture(f"empty-{scheme}", scheme=scheme)
        receiver.answer(*[401] * 8)
        receiver.body = b"the signature does not fit"
        room, user = fill(emulator, client, receiver.url, ada)
        scene = Scene(emulator, client, room)
        # A busy machine may lose the agent on the way.
        with suppress(ConnectionClosed, TimeoutError), agent_in(scene) as agent:
            track = add_track(scene, agent, encoding=1, sample_rate=16000, channels=1)
            agent.send(track_data={"track_id": track, "data": speech("it is ten thirty")})
            for scheme in ("light", "dark"):
                picture(f"busy-{scheme}", scheme=scheme)
                picture(f"phone-{scheme}", PHONE, scheme)
                picture(f"phone-activity-{scheme}", PHONE, scheme, "Activity")
                with opened(browser, url, WIDE, scheme) as page:
                    page.get_by_role("button", name="Webhooks").click()
                    page.locator("#feed li.bad summary").first.click()
                    page.screenshot(path=folder / f"webhook-{scheme}.png")
                for size, name in ((WIDE, "call"), (PHONE, "phone-call")):
                    user.speak(speech("what time is it"))
                    with opened(browser, url, size, scheme) as page:
                        card = page.locator(f'[data-room="{room}"]')
                        card.get_by_role("button", name="Join", exact=True).first.click()
                        page.locator("dialog .primary").click()
                        page.wait_for_timeout(4000)
                        page.screenshot(path=folder / f"{name}-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
