"""The emulator's page as its dashboard, and what it keeps out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from fishjam import FishjamClient, PeerOptions, RoomOptions
from fishjam.emulator import Emulator
from fishjam.events import RoomCreated
from tests.browser.conftest import CHROMIUM, FLAGS, Open
from tests.browser.sounds import holds, until
from tests.support.local_http import Quiet, serving
from tests.support.webhook_receiver import receiving

MARKUP = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"


def feed(page: Page, title: str) -> Any:
    return page.locator("#feed li", has_text=title).first


def test_without_the_token_it_asks(
    open_page: Open, client: FishjamClient, emulator: Emulator
) -> None:
    page = open_page(emulator.fishjam_id)
    page.get_by_label("Management token").fill("wrong")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_have_text("invalid token")
    page.get_by_label("Management token").fill(emulator.management_token)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("No rooms yet.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("No rooms yet.")).to_be_visible()


def test_the_token_does_not_stay_in_the_address(dashboard: Page, emulator: Emulator) -> None:
    assert dashboard.url == f"{emulator.fishjam_id}/"


def test_rooms_and_peers_are_made_on_it(
    dashboard: Page, client: FishjamClient, emulator: Emulator
) -> None:
    dashboard.get_by_role("button", name="New room").first.click()
    dashboard.get_by_label("Most peers").fill("3")
    dashboard.get_by_label("Video codec").select_option("vp8")
    dashboard.get_by_role("button", name="Make the room").click()
    card = dashboard.locator("[data-room]")
    expect(card).to_contain_text("Peers: 0 of 3")
    (room,) = client.get_all_rooms()
    assert (room.config.max_peers, room.config.video_codec) == (3, "vp8")
    card.get_by_role("button", name="Add peer").click()
    dashboard.get_by_label("Metadata").fill('{"name": "Ada"}')
    dashboard.get_by_role("button", name="Add the peer").click()
    expect(card.locator(".peer")).to_contain_text("Ada")
    expect(dashboard.get_by_text("The token of the new peer copied")).to_be_visible()
    user = emulator.connect_peer(dashboard.evaluate("navigator.clipboard.readText()"))
    expect(card.locator(".peer.connected")).to_have_count(1)
    user.drop()
    card.get_by_title("Copy a token").click()
    expect(dashboard.get_by_text("A token copied")).to_be_visible()
    emulator.connect_peer(dashboard.evaluate("navigator.clipboard.readText()")).leave()
    card.get_by_title("Remove the peer").click()
    expect(card.locator(".peer")).to_have_count(0)
    card.get_by_title("Delete the room").click()
    expect(dashboard.get_by_text("No rooms yet.")).to_be_visible()
    # Nothing of it is among the requests of those who use the emulator.
    assert {request.method for request in emulator.requests} <= {"GET"}


def test_what_others_say_is_text(
    dashboard: Page, client: FishjamClient, emulator: Emulator
) -> None:
    with receiving() as receiver:
        receiver.answer(400)
        receiver.body = MARKUP.encode()
        room = client.create_room(RoomOptions(webhook_url=receiver.url))
        emulator.wait_for_webhooks()
    options = PeerOptions(metadata={"name": MARKUP, MARKUP: MARKUP})
    user = emulator.connect_peer(client.create_peer(room.id, options)[1], {"displayName": MARKUP})
    user.publish_video(metadata={"type": MARKUP})
    emulator.trigger(RoomCreated(room_id=MARKUP))
    httpx.get(f"{emulator.fishjam_id}/{MARKUP}", trust_env=False)
    expect(dashboard.locator(".peer-name")).to_have_text(MARKUP)
    webhook = feed(dashboard, "RoomCreated →")
    expect(webhook).to_contain_text("400 <img src=x")
    webhook.locator("summary").click()
    expect(webhook.locator(".answer")).to_have_text(MARKUP)
    expect(dashboard.locator("#feed")).to_contain_text(f"RoomCreated{MARKUP}")
    dashboard.get_by_role("button", name="Join", exact=True).first.click()
    dashboard.get_by_label("Your name").fill("<b>Grace</b>")
    dashboard.locator("dialog").get_by_role("button", name="Join").click()
    expect(dashboard.locator(".tile-name", has_text=MARKUP)).to_be_visible()
    expect(dashboard.locator(".tile-name").first).to_have_text("<b>Grace</b> (you)")
    assert dashboard.locator("img, b").count() == 0
    assert dashboard.evaluate("window.hacked") is None


def test_markup_would_not_be_run_either(dashboard: Page) -> None:
    errors: list[str] = []
    dashboard.on("console", lambda message: errors.append(message.text))
    with pytest.raises(Exception, match="TrustedHTML"):
        dashboard.evaluate("document.body.innerHTML = '<b>x</b>'")
    dashboard.evaluate("void fetch('http://localhost:9/').catch(() => {})")
    until(dashboard, lambda: "connect-src" in "".join(errors), "nothing is sent elsewhere")


def test_requests_and_webhooks_are_shown(
    dashboard: Page, client: FishjamClient, emulator: Emulator
) -> None:
    with receiving() as receiver:
        receiver.answer(401, 204)
        receiver.body = b"the signature does not fit"
        client.create_room(RoomOptions(webhook_url=receiver.url))
        emulator.wait_for_webhooks()
    expect(feed(dashboard, "POST /room")).to_contain_text("201")
    failed = feed(dashboard, "RoomCreated →")
    expect(failed).to_contain_text("401 the signature does not fit")
    dashboard.get_by_role("button", name="Webhooks").click()
    expect(feed(dashboard, "POST /room")).to_be_hidden()
    failed.locator("summary").click()
    expect(failed.locator("pre").first).to_contain_text('"event": "RoomCreated"')


def test_it_comes_back_after_a_restart(open_page: Open) -> None:
    with Emulator() as own:
        page = open_page(f"{own.fishjam_id}/#token=development")
        expect(page.locator("#connection")).to_have_text("connected")
        expect(page.get_by_text("pip install")).to_be_visible()
        own.stop()
        expect(page.locator("#connection")).to_have_text("not connected")
        own.start()
        expect(page.locator("#connection")).to_have_text("connected")


def test_a_livestream_is_published_and_watched(
    dashboard: Page, open_page: Open, client: FishjamClient, emulator: Emulator
) -> None:
    stream = client.create_stream()
    card = f'[data-stream="{stream.id}"]'
    dashboard.locator(card).get_by_role("button", name="Go live").click()
    expect(dashboard.locator(card).locator(".badge.live")).to_have_text("live")
    viewer = open_page(f"{emulator.fishjam_id}/#token={emulator.management_token}")
    viewer.locator(card).get_by_role("button", name="Watch").click()
    shown = "document.querySelector('#live video')?.getVideoPlaybackQuality().totalVideoFrames > 5"
    holds(viewer, shown)
    dashboard.get_by_role("button", name="Stop").click()
    expect(dashboard.locator(card)).to_contain_text("nobody is live")


@contextmanager
def site(content: str) -> Iterator[str]:
    """Serve one page at another port of this machine."""

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

    with serving(Handler) as url:
        yield url


def test_another_page_cannot_frame_it(open_page: Open, emulator: Emulator) -> None:
    said: list[str] = []
    with site(f"<iframe src='{emulator.fishjam_id}'></iframe>") as url:
        page = open_page("about:blank")
        page.on("console", lambda message: said.append(message.text))
        page.goto(url)
        until(page, lambda: "frame-ancestors" in "".join(said), "the browser refuses")
        assert "Open this emulator" not in page.frames[1].content()


def test_another_page_of_this_machine_cannot_control_it(
    open_page: Open, client: FishjamClient, emulator: Emulator
) -> None:
    client.create_room()
    calls = ["GET", "/_emulator/v1/state"], ["POST", "/_emulator/v1/fishjam/room"]
    ask = """async ([url, method, authorization]) => {
      try {
        const headers = authorization ? { authorization } : {};
        const answer = await fetch(url, { method, headers, credentials: "include" });
        return await answer.text();
      } catch (error) {
        return "nothing";
      }
    }"""
    with site("<p>elsewhere</p>") as url:
        page = open_page(url)
        for method, path in calls:
            for authorization in ("Bearer development", None):
                arguments = [emulator.fishjam_id + path, method, authorization]
                assert page.evaluate(ask, arguments) == "nothing"
    assert len(emulator.rooms) == 1


def test_a_name_that_was_bent_to_this_machine_gets_nothing(
    browser: Browser, emulator: Emulator
) -> None:
    port = emulator.fishjam_id.rpartition(":")[2]
    flags = [*FLAGS, "--host-resolver-rules=MAP evil.example 127.0.0.1"]
    bent = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    page = bent.new_page()
    answer = page.goto(f"http://evil.example:{port}/#token=development")
    assert answer is not None
    assert answer.status == 421
    shown = json.loads(page.evaluate("fetch('/_emulator/v1/state').then((it) => it.text())"))
    assert "evil.example" in shown["errors"]
    bent.close()
