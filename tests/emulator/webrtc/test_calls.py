"""Browsers, agents and virtual peers in one room: they hear and see each other."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.to_thread
import pytest

from fishjam import AgentOptions, AsyncFishjamClient, FishjamClient, PeerOptions
from fishjam.agent import AgentSession, IncomingTrackData, OutgoingAudioTrackOptions
from fishjam.emulator import Emulator, tone
from fishjam.emulator._webrtc.codecs import decode_jpeg, encode_jpeg
from fishjam.events import TrackAdded, TrackRemoved
from tests.emulator.webrtc.conftest import Invite, OpenTab
from tests.support.browser import BLUE, RED, Browser, Color, Tone, Wall, picture_of
from tests.support.tones import frequency_of

pytestmark = pytest.mark.timeout(120)


def color_of(jpeg: bytes) -> Color:
    frame = decode_jpeg(jpeg)
    assert frame is not None
    return picture_of(frame)


def is_like(seen: Color, color: Color) -> bool:
    return all(abs(a - b) < 15 for a, b in zip(seen, color, strict=True))


def jpeg_of(color: Color) -> bytes:
    return encode_jpeg(Wall(color).frame())


def test_two_tabs_hear_and_see_each_other(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first = invite()
    second = invite(first.room)
    one, other = open_tab(first), open_tab(second)
    one.publish("mic-1", Tone(500), type="microphone")
    one.publish("cam-1", Wall(RED))
    other.publish("mic-2", Tone(900))
    other.publish("cam-2", Wall(BLUE))
    one.wait(lambda: one.hears("mic-2", 900), "sound for the first")
    other.wait(lambda: other.hears("mic-1", 500), "sound for the second")
    one.wait(lambda: one.sees("cam-2", BLUE), "sight for the first")
    other.wait(lambda: other.sees("cam-1", RED), "sight for the second")
    assert one.errors == other.errors == []
    added = [event for event in emulator.notifications if isinstance(event, TrackAdded)]
    assert {(event.peer_id, event.track.id) for event in added} == {
        (first.id, "mic-1"),
        (first.id, "cam-1"),
        (second.id, "mic-2"),
        (second.id, "cam-2"),
    }
    microphone = next(event.track for event in added if event.track.id == "mic-1")
    assert microphone.metadata == '{"type":"microphone"}'


def test_each_peer_has_a_stream_of_its_own(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first = invite()
    one, other = open_tab(first), open_tab(invite(first.room))
    one.publish("mic", Tone(500))
    other.wait(lambda: other.hears("mic", 500))
    assert f"a=msid:{first.id} " in other.pc.remoteDescription.sdp


@pytest.mark.anyio
async def test_an_agent_hears_is_heard_and_takes_pictures(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    guest = invite()
    tab = await anyio.to_thread.run_sync(open_tab, guest)
    await anyio.to_thread.run_sync(tab.publish, "mic", Tone(700))
    await anyio.to_thread.run_sync(tab.publish, "cam", Wall(RED))
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        agent = await client.create_agent(guest.room, AgentOptions())
    async with agent.connect() as session:
        with anyio.fail_after(10):
            heard = await hear(session, 0.5)
            assert frequency_of(heard, 16000) == pytest.approx(700, abs=5)
            track = await session.add_track(OutgoingAudioTrackOptions(sample_rate=24000))
            await track.send_chunk(tone(440, 3, sample_rate=24000))
            await anyio.to_thread.run_sync(
                tab.wait, lambda: tab.hears(track.id, 440), "the agent's voice"
            )
            image = await session.request_image("cam")
    assert is_like(color_of(image.data), RED)


async def hear(session: AgentSession, seconds: float) -> bytes:
    """Return what an agent hears, without the beginning, in which a codec swings in."""
    heard = bytearray()
    async for message in session.receive():
        assert isinstance(message, IncomingTrackData)
        heard += message.data
        if len(heard) >= 2 * 16000 * (seconds + 0.2):
            break
    return bytes(heard[6400:])


def test_virtual_peers_hear_see_and_are_heard_and_seen(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    guest = invite()
    tab = open_tab(guest)
    tab.publish("mic", Tone(600))
    user = emulator.connect_peer(invite(guest.room).token)
    camera = user.publish_video(jpeg_of(BLUE))
    user.speak(tone(440, 5))
    tab.wait(lambda: any(tab.hears(track_id, 440) for track_id in tab.tracks), "the user's voice")
    tab.wait(lambda: tab.sees(camera.id, BLUE), "the user's camera")
    camera.show(jpeg_of(RED))
    tab.wait(lambda: tab.sees(camera.id, RED), "the other picture")
    heard = user.hear(0.5, peer_id=guest.id)
    assert frequency_of(heard[6400:], 16000) == pytest.approx(600, abs=5)


def test_a_manual_subscriber_gets_what_it_is_subscribed_to(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    speaker = invite()
    listener = invite(speaker.room, subscribeMode="manual")
    tab, other = open_tab(speaker), open_tab(listener)
    tab.publish("mic", Tone(500))
    tab.publish("cam", Wall(RED))
    other.wait(lambda: {"mic", "cam"} <= other.tracks.keys(), "news of the tracks")
    # The client waits for a round after that news, even though there is nothing in it.
    other.wait(lambda: other.answers, "a round")
    assert other.slot_of("mic") is None
    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        client.subscribe_tracks(listener.room, listener.id, ["mic"])
        other.wait(lambda: other.hears("mic", 500), "the microphone")
        assert other.slot_of("cam") is None
        client.subscribe_peer(listener.room, listener.id, speaker.id)
        other.wait(lambda: other.sees("cam", RED), "the camera")


def test_a_track_that_ends_gives_its_slot_to_the_next_one(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first = invite()
    one, other = open_tab(first), open_tab(invite(first.room))
    one.publish("screen-1", Wall(RED))
    other.wait(lambda: other.sees("screen-1", RED), "the screen")
    slot = other.slot_of("screen-1")
    one.unpublish("screen-1")
    other.wait(lambda: "screen-1" not in other.tracks, "the end")
    one.publish("screen-2", Wall(BLUE))
    other.wait(lambda: other.sees("screen-2", BLUE), "the screen again")
    assert other.slot_of("screen-2") is slot
    assert other.counts == (0, 1)
    events = [event for event in emulator.notifications if isinstance(event, TrackRemoved)]
    assert [event.track.id for event in events] == ["screen-1"]


def test_a_peer_may_drop_out_and_come_back(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first, second = invite(), None
    second = invite(first.room)
    other = open_tab(second)
    other.publish("mic-2", Tone(900))
    with Browser(emulator.fishjam_id, first.token) as one:
        one.publish("mic-1", Tone(500))
        other.wait(lambda: other.hears("mic-1", 500), "sound")
    other.wait(lambda: "mic-1" not in other.tracks, "the end")
    again = open_tab(first)
    again.publish("mic-1", Tone(300))
    other.wait(lambda: other.hears("mic-1", 300), "sound again")
    again.wait(lambda: again.hears("mic-2", 900), "sound for the other")
    assert other.counts == (1, 0)


def test_dropped_connections_end_the_media_of_peers(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    guest = invite()
    tab = open_tab(guest)
    tab.publish("mic", Tone(500))
    user = emulator.connect_peer(invite(guest.room).token)
    user.hear(0.1, peer_id=guest.id)
    emulator.drop_connections(kind="peer")
    tab.wait(lambda: tab.is_closed, "the end")
    again = open_tab(guest)
    again.publish("mic", Tone(800))
    heard = b""
    while not heard or abs(frequency_of(heard, 16000) - 800) > 5:
        heard = user.hear(0.3, peer_id=guest.id)
    assert tab.pc.connectionState != "failed"


@pytest.mark.once
def test_tabs_come_back_after_the_emulator_was_restarted(invite: Invite) -> None:
    with Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator:
        with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
            room = client.create_room().id
            tokens = [client.create_peer(room, PeerOptions())[1] for _ in range(2)]
        for frequency in (500, 800):
            with (
                Browser(emulator.fishjam_id, tokens[0]) as first,
                Browser(emulator.fishjam_id, tokens[1]) as other,
            ):
                first.publish("mic", Tone(frequency))
                other.wait(lambda: other.hears("mic", frequency), "sound")  # noqa: B023
                emulator.stop()
                other.wait(lambda: other.is_closed, "the end")
            emulator.start()


@pytest.mark.parametrize(("codec", "other_codec"), [("H264", "VP8"), ("VP8", "H264")])
def test_browsers_without_a_common_codec_see_each_other(
    emulator: Emulator, invite: Invite, open_tab: OpenTab, codec: str, other_codec: str
) -> None:
    first = invite()
    one = open_tab(first, codec=codec)
    other = open_tab(invite(first.room), codec=other_codec)
    third = open_tab(invite(first.room), codec=other_codec)
    one.publish("cam", Wall(RED))
    other.wait(lambda: other.sees("cam", RED), "sight")
    third.wait(lambda: third.sees("cam", RED), "sight")


def test_messages_on_data_channels_reach_the_others(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first = invite()
    one, other, third = (open_tab(guest) for guest in (first, invite(first.room), invite()))
    for tab in (one, other, third):
        tab.open_channel("chat")
    # Who has no channel is left out.
    silent = open_tab(invite(first.room))
    tabs: list[Any] = [one, other, third]
    for tab in tabs:
        tab.wait(lambda tab=tab: tab.channel_is_open, "a channel")
    one.say(b"hello")
    other.wait(lambda: other.messages, "a message")
    assert other.messages[0] == b"hello"
    assert one.messages == third.messages == silent.messages == []
