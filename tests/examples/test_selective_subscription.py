"""The stage and the audience, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from fishjam import FishjamClient, Peer
from fishjam.emulator import Emulator
from tests.examples.programs import Program, command, started, until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
"""Debian's or Ubuntu's browser; without it, the one of `playwright install chromium`."""


FLAGS = [
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--mute-audio",
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    errors: list[object] = []
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: errors.append(error))
    yield page
    page.close()
    assert errors == []


def open_page(page: Page, program: Program) -> None:
    program.line("Uvicorn running on")
    page.goto(program.url)
    expect(page.get_by_role("status")).to_have_text("live")


def join(page: Page, name: str, button: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text(name, exact=True).first).to_be_visible()


def screen(page: Page, member: str, performer: str) -> Locator:
    """Return what one of the audience gets of a performer."""
    return page.get_by_role("listitem", name=f"{member} and {performer}")


def test_the_audience_receives_what_is_granted(page: Page, browser: Browser) -> None:
    with started(*command("selective_subscription")) as program:
        open_page(page, program)
        expect(page.get_by_text("Nobody is on stage yet.")).to_be_visible()
        join(page, "Ada", "Go on stage")
        join(page, "Grace", "Go on stage")
        join(page, "Joan", "Join the audience")
        join(page, "Mary", "Join the audience")
        expect(page.get_by_text("Nobody is")).to_have_count(2)
        expect(page.get_by_text("Nobody is").first).to_be_hidden()
        expect(screen(page, "Joan", "Ada")).to_have_text("Ada")

        page.get_by_role("button", name="Let Joan have all of Ada").click()
        expect(screen(page, "Joan", "Ada")).to_have_text("sees and hears Ada")
        page.get_by_role("button", name="Let Mary hear Grace").click()
        expect(screen(page, "Mary", "Grace")).to_have_text("hears Grace")
        page.get_by_role("button", name="Let Mary see Ada").click()
        expect(screen(page, "Mary", "Ada")).to_have_text("sees Ada")

        expect(screen(page, "Joan", "Grace")).to_have_text("Grace")
        expect(page.get_by_role("button", name="Let Mary hear Grace")).to_be_disabled()
        expect(page.get_by_role("button", name="Let Mary see Grace")).to_be_enabled()
        compare_with_fishjam(program)

        other = browser.new_page()
        open_page(other, program)
        expect(screen(other, "Mary", "Grace")).to_have_text("hears Grace")
        page.get_by_role("button", name="Let Mary see Grace").click()
        expect(screen(other, "Mary", "Grace")).to_have_text("sees and hears Grace")
        assert program.interrupt() == 0, "\n".join(program.output)
        expect(other.get_by_role("status")).to_have_text("connecting")
        other.close()


def compare_with_fishjam(program: Program) -> None:
    """Make sure that Fishjam says what the page shows."""
    url = program.line("export FISHJAM_ID=(.+)")[1]
    with FishjamClient(url, program.line("export FISHJAM_MANAGEMENT_TOKEN=(.+)")[1]) as client:
        (room,) = client.get_all_rooms()
    ada, grace, joan, mary = room.peers
    assert joan.subscriptions.peers == [ada.id]
    assert joan.subscriptions.tracks == []
    assert mary.subscriptions.peers == []
    assert mary.subscriptions.tracks == [track(grace, "audio"), track(ada, "video")]


def track(peer: Peer, type_: str) -> str | None:
    (track_id,) = [track.id for track in peer.tracks if track.type_ == type_]
    return track_id


def join_yourself(page: Page, name: str, button: str) -> Page:
    """Join with a camera and a microphone, on the page that the link leads to."""
    page.get_by_label("with my own camera and microphone").check()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name=button).click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=f"Join as {name}").click()
    own = opened.value
    own.get_by_label("Your name").fill(name)
    own.locator("dialog").get_by_role("button", name="Join").click()
    expect(own.locator(".tile").first).to_contain_text(f"{name} (you)")
    return own


def plays(page: Page, name: str, what: str) -> bool:
    """Tell whether a page shows the picture or plays the sound of somebody."""
    page.wait_for_timeout(50)
    tile = page.locator(".tile", has_text=name)
    if what == "sound":
        return tile.locator("audio").count() == 1
    shown = "video => !video.hidden && video.getVideoPlaybackQuality().totalVideoFrames > 5"
    return bool(tile.locator("video").evaluate(shown))


def test_people_are_seen_and_heard(page: Page) -> None:
    with started(*command("selective_subscription")) as program:
        open_page(page, program)
        ada = join_yourself(page, "Ada", "Go on stage")
        joan = join_yourself(page, "Joan", "Join the audience")
        expect(screen(page, "Joan", "Ada")).to_have_text("Ada")
        expect(joan.locator(".tile", has_text="Ada")).to_have_count(1)
        assert not plays(joan, "Ada", "picture")
        page.get_by_role("button", name="Let Joan see Ada").click()
        until(lambda: plays(joan, "Ada", "picture"))
        assert not plays(joan, "Ada", "sound")
        page.get_by_role("button", name="Let Joan have all of Ada").click()
        until(lambda: plays(joan, "Ada", "sound"))
        ada.close()
        expect(joan.locator(".tile", has_text="Ada")).to_have_count(0)
        joan.close()


def test_with_your_own_fishjam(page: Page, fishjam_emulator: Emulator) -> None:
    with started(*command("selective_subscription"), emulator=fishjam_emulator) as program:
        open_page(page, program)
        join(page, "Ada", "Go on stage")
        join(page, "Joan", "Join the audience")
        performer = page.get_by_role("region", name="Stage").get_by_role("listitem")
        expect(performer).to_contain_text("not here yet")

        join(page, "Grace", "Go on stage")
        user = fishjam_emulator.connect_peer(page.get_by_role("alert").locator("code").inner_text())
        expect(performer.last).to_contain_text("on stage")
        user.publish_audio()
        page.get_by_role("button", name="Let Joan hear Grace").click()
        expect(screen(page, "Joan", "Grace")).to_have_text("hears Grace")

        button = page.get_by_role("button", name="Let Joan have all of Ada")
        button.click()
        expect(button).to_be_disabled()
        fishjam_emulator.fail_next(503, operation="subscribe_peer")
        user.leave()
        expect(performer.last).to_contain_text("not here yet")
        page.get_by_role("button", name="Let Joan have all of Grace").click()
        expect(page.get_by_role("alert")).to_have_text("failure 503 on request")
        assert program.interrupt() == 0, "\n".join(program.output)
    assert fishjam_emulator.rooms == []
