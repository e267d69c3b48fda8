"""What a call leaves behind, and what the service does besides carrying media."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import threading
import time
from typing import Any

import aiortc
import pytest
from aiortc import RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver
from aiortc.rtcdtlstransport import RTCDtlsTransport

from fishjam import FishjamClient, PeerOptions
from fishjam.emulator import Emulator
from fishjam.emulator._webrtc.peer import MAX_MESSAGES, PeerMedia, Publication
from fishjam.emulator._webrtc.rtp import IncomingTrack
from fishjam.emulator._webrtc.transport import Transport
from fishjam.events import VadNotification, VadNotificationStatus
from tests.emulator.webrtc.conftest import Invite, OpenTab
from tests.support.browser import BLUE, RED, Browser, Tone, Wall, until

pytestmark = pytest.mark.timeout(120)


def test_the_private_names_of_aiortc_that_are_used_exist() -> None:
    """These are all that is used of what aiortc keeps to itself."""
    for owner, name in (
        (RTCDtlsTransport, "_handle_rtp_data"),
        (RTCDtlsTransport, "_send_rtp"),
        (RTCRtpSender, "_send_keyframe"),
        (RTCRtpTransceiver, "_set_mline_index"),
    ):
        assert callable(getattr(owner, name)), f"{name} is missing in aiortc {aiortc.__version__}"


def sockets() -> int:
    return sum(
        "socket" in os.readlink(f"/proc/self/fd/{fd}")
        for fd in os.listdir("/proc/self/fd")
        if os.path.lexists(f"/proc/self/fd/{fd}")
    )


def tasks_of(emulator: Emulator) -> int:
    """Return how many tasks the server's loop has."""
    loop = emulator._engine._media._loop  # type: ignore[union-attr]
    future = asyncio.run_coroutine_threadsafe(count_tasks(), loop)
    return future.result(10)


async def count_tasks() -> int:
    return len(asyncio.all_tasks()) - 1


@pytest.mark.once
@pytest.mark.timeout(300)
def test_forty_joins_and_leaves_leave_nothing_behind() -> None:
    with (
        Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
    ):
        room = client.create_room().id
        tokens = [client.create_peer(room, PeerOptions())[1] for _ in range(2)]
        with Browser(emulator.fishjam_id, tokens[0]) as staying:
            staying.publish("staying", Tone(300))
            join_and_leave(emulator, tokens[1], staying)
            before = left(emulator)
            for _ in range(40):
                join_and_leave(emulator, tokens[1], staying)
            # A leak would leave one or more for each join. What only takes its time goes away; and
            # libraries have a few threads and tasks of their own, which come when they are needed.
            until(
                lambda: all(map(is_about, left(emulator), before)),
                f"the end of what was not there before: {before} threads, sockets and tasks",
            )
            # The slots are used again and again.
            assert staying.counts == (1, 0)


def join_and_leave(emulator: Emulator, token: str, staying: Browser) -> None:
    with Browser(emulator.fishjam_id, token) as guest:
        guest.publish("mic", Tone(500))
        guest.wait(lambda: guest.slot_of("staying"), "a slot")
        staying.wait(lambda: staying.slot_of("mic"), "a slot")
    staying.wait(lambda: "mic" not in staying.tracks, "the end")


def is_about(now: int, before: int) -> bool:
    return now < before + 20


def left(emulator: Emulator) -> tuple[int, int, int]:
    """Count threads, sockets and tasks."""
    gc.collect()
    return threading.active_count(), sockets(), tasks_of(emulator)


@pytest.mark.once
def test_a_stopped_emulator_leaves_no_connection() -> None:
    before = connections()
    call_and_stop()
    assert connections() <= before


def connections() -> int:
    gc.collect()
    return sum(isinstance(it, RTCPeerConnection) for it in gc.get_objects())


def call_and_stop() -> None:
    with (
        Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
    ):
        token = client.create_peer(client.create_room().id, PeerOptions())[1]
        with Browser(emulator.fishjam_id, token) as tab:
            tab.publish("mic", Tone(500))
            tab.wait(lambda: tab.pc.connectionState == "connected", "the connection")
            emulator.stop()
            tab.wait(lambda: tab.is_closed, "the end")


def test_who_speaks_is_told_to_peers_and_backends(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first = invite()
    one, other = open_tab(first), open_tab(invite(first.room))
    one.publish("mic", Tone(500))
    other.wait(lambda: statuses(other) == [2], "speech")
    # A tab that is muted sends nothing at all.
    one.mute("mic")
    other.wait(lambda: statuses(other) == [2, 1], "silence")
    notifications = [
        event for event in emulator.notifications if isinstance(event, VadNotification)
    ]
    assert [(event.peer_id, event.track_id, event.status) for event in notifications] == [
        (first.id, "mic", VadNotificationStatus.SPEECH),
        (first.id, "mic", VadNotificationStatus.SILENCE),
    ]
    assert statuses(one) == []


def statuses(tab: Browser) -> list[int]:
    return [
        event.vad_notification.status
        for event in tab.events
        if event.WhichOneof("content") == "vad_notification"
    ]


def test_a_tab_may_ask_for_a_key_frame(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first = invite()
    one, other = open_tab(first), open_tab(invite(first.room))
    one.publish("cam", Wall(RED))
    other.wait(lambda: other.sees("cam", RED))
    for track_id in ("cam", "unknown"):
        other.act(unmute_track={"track_id": track_id})
    one.replace("cam", Wall(BLUE))
    other.wait(lambda: other.sees("cam", BLUE))


def test_a_key_frame_that_a_viewer_needs_is_asked_for(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first, second = invite(), None
    second = invite(first.room)
    one, other = open_tab(first), open_tab(second)
    one.publish("cam", Wall(RED))
    other.wait(lambda: other.sees("cam", RED))
    media: Any = emulator._engine._media
    track = media.sources.received[first.room, "cam"].track
    asked = track._asked
    ssrc = int(re.findall(r"a=ssrc:(\d+)", other.pc.remoteDescription.sdp)[0])
    # It is asked for again after the interval in which only one goes out.
    while track._asked == asked:
        other.request_key_frame(ssrc)
        time.sleep(0.05)


def test_who_has_left_changes_nothing_any_more(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    guest = invite()
    tab = open_tab(guest)
    tab.publish("mic", Tone(500))
    tab.wait(lambda: tab.pc.connectionState == "connected")
    media: Any = emulator._engine._media
    (member,) = media._members.values()
    emulator.remove_track(guest.room, guest.id, "mic")
    # The tab does not know that yet.
    tab.unpublish("mic")
    before = tab.answers
    tab.wait(lambda: tab.answers > before)
    assert tab.errors == []
    with emulator._engine.lock:
        media.leave(member)
        member.publish("x", Publication("0", "audio", None), IncomingTrack("audio", print))
        member._tell_activity("x", True)
    assert emulator.rooms[0]["peers"][0]["tracks"] == []


class QuietRoom:
    """A room in which nothing happens, that counts how often it is looked at."""

    video_codec = "h264"
    takes_video = True
    looks = 0

    def wanted(self) -> dict[str, Any]:
        self.looks += 1
        return {}

    def check_activity(self) -> None:
        """Nobody speaks."""

    def fail(self) -> None:
        """Nobody is there."""


def test_too_many_messages_of_a_peer_are_dropped() -> None:
    async def work() -> int:
        room: Any = QuietRoom()
        media = PeerMedia(room)
        for _ in range(MAX_MESSAGES + 500):
            media.refresh()
        while room.looks < MAX_MESSAGES:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await media.aclose()
        return int(room.looks)

    assert asyncio.run(work()) == MAX_MESSAGES


def test_without_a_connection_reports_are_dropped() -> None:
    async def work() -> None:
        transport = Transport(print, print)  # type: ignore[arg-type]
        transport.send_rtcp(b"report")
        await transport.aclose()

    asyncio.run(work())


def test_metadata_of_who_has_tracks_reach_the_others(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first = invite()
    one, other = open_tab(first), open_tab(invite(first.room))
    one.publish("mic", Tone(500))
    other.wait(lambda: other.hears("mic", 500))
    one.act(update_endpoint_metadata={"metadata_json": '"new"'})
    other.wait(lambda: [e for e in other.events if e.WhichOneof("content") == "endpoint_updated"])


def test_who_says_goodbye_has_no_media_until_it_joins_again(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first = invite()
    one, other = open_tab(first), open_tab(invite(first.room))
    one.publish("mic", Tone(500))
    other.wait(lambda: other.hears("mic", 500))
    one.act(disconnect={})
    other.wait(lambda: "mic" not in other.tracks)
    one.wait(lambda: one.pc.connectionState == "closed")
    one.act(renegotiate_tracks={})
    one.wait(lambda: one.errors)
    assert one.errors == ["not connected"]


def test_a_page_that_closes_its_connection_has_no_media(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    tab = open_tab(invite())
    tab.publish("mic", Tone(500))
    tab.wait(lambda: tab.pc.connectionState == "connected")
    media: Any = emulator._engine._media
    tab.loop.run(tab.pc.close())
    tab.wait(lambda: not media._members)


@pytest.mark.once
def test_peers_and_rooms_that_are_deleted_take_their_media_along(
    emulator: Emulator, invite: Invite, open_tab: OpenTab
) -> None:
    first = invite()
    second = invite(first.room)
    one, other = open_tab(first), open_tab(second)
    one.publish("mic", Tone(500))
    other.wait(lambda: other.hears("mic", 500))
    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        client.delete_peer(first.room, first.id)
        one.wait(lambda: one.is_closed)
        other.wait(lambda: "mic" not in other.tracks)
        client.delete_room(first.room)
        other.wait(lambda: other.is_closed)
    media: Any = emulator._engine._media
    other.wait(lambda: not media._members)
    assert not media.sources.received


@pytest.mark.once
def test_crashes_end_media(emulator: Emulator, invite: Invite, open_tab: OpenTab) -> None:
    first = invite()
    one, other = open_tab(first), open_tab(invite(first.room))
    one.publish("mic", Tone(500))
    other.wait(lambda: other.hears("mic", 500))
    emulator.crash_peer(first.room, first.id)
    one.wait(lambda: one.is_closed)
    emulator.crash_room(first.room)
    other.wait(lambda: other.is_closed)
