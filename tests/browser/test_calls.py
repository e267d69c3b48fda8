"""Joining rooms on the emulator's page: everybody is seen and heard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from playwright.sync_api import Page, expect

from fishjam import Agent, FishjamClient, Room
from fishjam.emulator import Emulator, VirtualPeer, tone
from tests.browser.conftest import MICROPHONE, Open
from tests.browser.sounds import hears, holds, sees, until
from tests.support.tones import frequency_of, loudness_of


def card(page: Page, room: Room) -> str:
    return f'[data-room="{room.id}"]'


def join(page: Page, room: Room, name: str) -> None:
    page.locator(card(page, room)).get_by_role("button", name="Join", exact=True).first.click()
    page.get_by_label("Your name").fill(name)
    page.locator("dialog").get_by_role("button", name="Join").click()
    expect(page.locator(".tile").first).to_contain_text(f"{name} (you)")


def is_heard_by(user: VirtualPeer, frequency: float) -> bool:
    """Tell whether the last half second of what a virtual user heard is a tone, 0 for silence."""
    recent = user.heard[-25:]
    audio = b"".join(piece.data for piece in recent)
    if len(recent) < 25 or loudness_of(audio) < 300:
        return frequency == 0
    return abs(frequency_of(audio, user.sample_rate) - frequency) < 10


def test_a_page_and_a_virtual_user(
    dashboard: Page, client: FishjamClient, emulator: Emulator
) -> None:
    room = client.create_room()
    user = emulator.connect_peer(client.create_peer(room.id)[1], {"name": "Ada"})
    user.publish_video()
    user.speak(tone(900, 120))
    join(dashboard, room, "Grace")
    until(dashboard, lambda: hears(dashboard, 900), "the page hears the user")
    until(dashboard, sees(dashboard, "Ada"), "the page sees the user")
    until(dashboard, lambda: is_heard_by(user, MICROPHONE), "the user hears the page")
    dashboard.get_by_role("button", name="Microphone").click()
    expect(dashboard.get_by_role("button", name="Microphone")).to_have_attribute(
        "aria-pressed", "false"
    )
    heard = len(user.heard)
    dashboard.wait_for_timeout(400)
    heard = len(user.heard)
    dashboard.wait_for_timeout(200)
    assert len(user.heard) == heard
    dashboard.get_by_role("button", name="Microphone").click()
    until(dashboard, lambda: is_heard_by(user, MICROPHONE), "it is heard again")
    user.leave()
    expect(dashboard.locator(".tile")).to_have_count(1)
    dashboard.get_by_role("button", name="Leave").click()
    expect(dashboard.locator("#stage")).to_be_hidden()
    expect(dashboard.get_by_text("You left the call.")).to_be_visible()
    until(dashboard, lambda: _connected(client, room) == [], "nobody is there")


def test_two_pages(
    dashboard: Page, open_page: Open, client: FishjamClient, emulator: Emulator
) -> None:
    room = client.create_room()
    join(dashboard, room, "Ada")
    # The other one knows nothing but the token of a peer.
    other = open_page(f"{emulator.fishjam_id}/#peer={client.create_peer(room.id)[1]}")
    expect(other.locator("#dashboard")).to_be_hidden()
    other.get_by_label("Your name").fill("Grace")
    other.locator("dialog").get_by_role("button", name="Join").click()
    for page, name in ((dashboard, "Grace"), (other, "Ada")):
        until(page, lambda: hears(page, MICROPHONE), "they hear each other")  # noqa: B023
        until(page, sees(page, name), "they see each other")
    dashboard.get_by_role("button", name="Camera").click()
    expect(other.locator(".tile", has_text="Ada").locator("video")).to_be_hidden()
    dashboard.get_by_role("button", name="Camera").click()
    until(other, sees(other, "Ada"), "a camera comes back")
    emulator.drop_connections(kind="peer")
    for page, name in ((dashboard, "Grace"), (other, "Ada")):
        until(page, sees(page, name), "they see each other after a break")
    other.close()
    expect(dashboard.locator(".tile")).to_have_count(1)
    client.delete_room(room.id)
    expect(dashboard.get_by_text("The call ended: Room stopped.")).to_be_visible()


def test_the_camera_is_sent_in_layers(dashboard: Page, client: FishjamClient) -> None:
    room = client.create_room()
    join(dashboard, room, "Ada")
    holds(dashboard, "page.stage.call.connection?.connectionState === 'connected'")
    sdp = dashboard.evaluate("page.stage.call.connection.localDescription.sdp")
    assert "a=simulcast:send l;m;h" in sdp


def test_a_page_and_an_agent(dashboard: Page, client: FishjamClient, emulator: Emulator) -> None:
    room = client.create_room()
    with answering(client.create_agent(room.id), 700) as heard:
        join(dashboard, room, "Ada")
        until(dashboard, heard.is_set, "the agent hears the page")
        until(dashboard, lambda: hears(dashboard, 700), "the page hears the agent")
        tile = dashboard.locator(".tile").nth(1)
        expect(tile.locator(".badge")).to_have_text("agent")
    speech = dashboard.locator("#feed li", has_text="An agent said something").first
    speech.locator("summary").click()
    speech.get_by_role("button", name="Play").click()
    holds(dashboard, "document.querySelector('#feed audio')?.duration > 0.4")


@contextmanager
def answering(agent: Agent, frequency: float) -> Iterator[threading.Event]:
    """Let an agent say a tone once it hears the microphone of a page."""
    heard, over = threading.Event(), threading.Event()

    async def listen() -> None:
        async with agent.connect() as session:
            track = await session.add_track()
            audio = bytearray()
            async for frame in session.receive():
                audio += frame.data
                recent = bytes(audio[-32000:])
                if len(recent) == 32000 and abs(frequency_of(recent, 16000) - MICROPHONE) < 10:
                    break
            heard.set()
            while not over.is_set():
                await track.play(tone(frequency, 0.5))

    thread = threading.Thread(target=anyio.run, args=(listen,))
    thread.start()
    try:
        yield heard
    finally:
        over.set()
        thread.join(20)


def _connected(client: FishjamClient, room: Room) -> list[str]:
    return [peer.id for peer in client.get_room(room.id).peers if peer.status == "connected"]
