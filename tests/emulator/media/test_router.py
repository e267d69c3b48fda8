"""The media router: which listener gets which audio, when, and in which format; on a fake time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from fishjam.emulator._media.audio import AudioFormat, AudioFrame
from fishjam.emulator._media.emulated_audio import MAX_QUEUED
from tests.emulator.media.hall import CONFIG, FINE, FRAME, OPUS, Hall
from tests.support.tones import frequency_of, longest_silence_of, loudness_of, tone


def test_the_first_frame_sounds_at_once_and_the_others_in_their_time(hall: Hall) -> None:
    listener, track = hall.listener(), hall.microphone(hall.peer())
    data = tone(0.1, 16000)
    hall.push(track, data)
    assert listener.data == data[:FRAME]
    hall.advance(0.019)
    assert len(listener.frames) == 1
    hall.advance(0.001)
    assert len(listener.frames) == 2
    hall.advance(10)
    assert listener.times == pytest.approx([0, 0.02, 0.04, 0.06, 0.08])
    assert listener.data == data
    assert {len(frame.data) for frame in listener.frames} == {FRAME}


def test_a_frame_says_whose_it_is(hall: Hall) -> None:
    listener, speaker = hall.listener(audio_format=FINE), hall.peer()
    track = hall.microphone(speaker)
    hall.push(track, bytes(FRAME))
    (frame,) = listener.frames
    assert (frame.peer_id, frame.track.id, frame.track.metadata) == (speaker, track, "")
    assert frame.format == FINE
    hall.state.rooms.update_track_metadata(hall.room, speaker, track, {"x": 1})
    hall.state.rooms.update_track_metadata(hall.room, speaker, hall.camera(speaker), {"y": 1})
    hall.advance(0.02)
    hall.push(track, bytes(FRAME))
    assert listener.frames[1].track.metadata == '{"x":1}'


def test_audio_that_comes_in_time_is_played_without_gaps(hall: Hall) -> None:
    listener, track = hall.listener(), hall.microphone(hall.peer())
    for late in (0, 0.004, 0.001, 0.019, 0):
        hall.now = len(listener.frames) * 0.02 + late
        hall.router.play_due(hall.now)
        # Two at once, so that there is always one in stock.
        hall.push(track, bytes(2 * FRAME))
    hall.advance(1)
    assert listener.times == pytest.approx([index * 0.02 for index in range(10)])


def test_after_a_silence_the_time_begins_anew(hall: Hall) -> None:
    listener, track = hall.listener(), hall.microphone(hall.peer())
    hall.push(track, bytes(FRAME))
    hall.advance(0.02)
    hall.push(track, bytes(FRAME))
    hall.now += 0.5
    hall.push(track, bytes(2 * FRAME))
    hall.advance(1)
    assert listener.times == pytest.approx([0, 0.02, 0.52, 0.54])


def test_a_late_look_changes_no_times(hall: Hall) -> None:
    listener, track = hall.listener(), hall.microphone(hall.peer())
    hall.push(track, bytes(3 * FRAME))
    hall.now = 1.0
    # Nobody looked meanwhile; what was due is handed out before what comes now.
    hall.push(track, bytes(FRAME))
    assert listener.times == pytest.approx([0, 0.02, 0.04, 1.0])


def test_five_minutes_are_no_sum_of_rounding_errors() -> None:
    hall = Hall(start=1.8e9 + 0.1)
    listener, track = hall.listener(), hall.microphone(hall.peer())
    begin = hall.now
    for second in range(1, 301):
        hall.push(track, bytes(32000))
        hall.now = begin + second
        hall.router.play_due(hall.now)
    assert listener.times[-1] == pytest.approx(begin + 300 - 0.02, abs=1e-6)
    gaps = {round(after - before, 5) for before, after in pairwise(listener.times)}
    assert gaps == {0.02}


@pytest.mark.parametrize("size", [1, 3, 100, 639, 641, 1000, 5000])
def test_pieces_may_be_of_any_size(hall: Hall, size: int) -> None:
    listener, track = hall.listener(), hall.microphone(hall.peer())
    data = tone(0.2, 16000)
    for start in range(0, len(data), size):
        hall.push(track, data[start : start + size])
    hall.advance(0.5)
    assert listener.data == data
    assert all(len(frame.data) % 2 == 0 for frame in listener.frames)
    assert max(len(frame.data) for frame in listener.frames) <= FRAME


def test_half_a_sample_waits_for_the_rest(hall: Hall) -> None:
    stereo = AudioFormat(channels=2)
    listener = hall.listener(audio_format=stereo)
    track = hall.microphone(hall.peer(), stereo)
    hall.push(track, b"abc")
    hall.advance(1)
    assert listener.frames == []
    assert hall.queued(track) == 0
    hall.push(track, b"de")
    assert listener.data == b"abcd"
    assert listener.times == [1.0]


def test_a_short_frame_takes_a_short_time(hall: Hall) -> None:
    listener, track = hall.listener(), hall.microphone(hall.peer())
    hall.push(track, bytes(160))
    hall.push(track, bytes(FRAME))
    hall.advance(1)
    assert listener.times == pytest.approx([0, 0.005])


def test_tracks_are_played_in_the_order_of_time(hall: Hall) -> None:
    listener = hall.listener()
    first, other = hall.microphone(hall.peer()), hall.microphone(hall.peer())
    hall.push(first, bytes(3 * FRAME))
    hall.now = 0.005
    hall.push(other, bytes(3 * FRAME))
    hall.advance(1)
    assert listener.times == pytest.approx([0, 0.005, 0.02, 0.025, 0.04, 0.045])
    assert [frame.track.id for frame in listener.frames] == [first, other] * 3


def test_an_interruption_drops_what_was_not_played(hall: Hall) -> None:
    listener, track = hall.listener(), hall.microphone(hall.peer())
    hall.push(track, bytes(50 * FRAME))
    hall.advance(0.1)
    heard = len(listener.frames)
    hall.now += 0.03
    hall.router.interrupt(hall.room, track)
    # One frame had begun meanwhile.
    assert len(listener.frames) == heard + 1
    hall.advance(1)
    assert len(listener.frames) == heard + 1


def test_after_an_interruption_new_audio_follows_the_frame_under_way(hall: Hall) -> None:
    listener, track = hall.listener(), hall.microphone(hall.peer())
    hall.push(track, bytes(50 * FRAME))
    hall.advance(0.005)
    hall.router.interrupt(hall.room, track)
    assert hall.queued(track) == pytest.approx(0.015)
    hall.push(track, b"\1" * FRAME)
    assert len(listener.frames) == 1
    hall.advance(1)
    assert listener.times == pytest.approx([0, 0.02])
    assert listener.frames[1].data == b"\1" * FRAME


def test_what_is_queued_ends_with_the_last_frame(hall: Hall) -> None:
    track = hall.microphone(hall.peer())
    assert hall.queued(track) == 0
    hall.push(track, bytes(5 * FRAME))
    assert hall.queued(track) == pytest.approx(0.1)
    hall.advance(0.09)
    assert hall.queued(track) == pytest.approx(0.01)
    hall.advance(0.01)
    assert hall.queued(track) == 0
    hall.advance(5)
    assert hall.queued(track) == 0


def test_what_nobody_hears_is_played_all_the_same(hall: Hall) -> None:
    track = hall.microphone(hall.peer())
    hall.push(track, bytes(5 * FRAME))
    hall.advance(0.05)
    listener = hall.listener()
    hall.advance(1)
    assert listener.times == pytest.approx([0.06, 0.08])


def test_nobody_hears_themselves(hall: Hall) -> None:
    speaker = hall.peer()
    listener, other = hall.listener(speaker), hall.listener()
    hall.push(hall.microphone(speaker), bytes(FRAME))
    assert (len(listener.frames), len(other.frames)) == (0, 1)


def test_other_rooms_hear_nothing(hall: Hall) -> None:
    listener = hall.listener()
    hall.room = hall.state.rooms.create(CONFIG).id
    hall.push(hall.microphone(hall.peer()), bytes(FRAME))
    assert listener.frames == []


def test_who_subscribes_by_hand_hears_what_was_asked_for(hall: Hall) -> None:
    peer = hall.peer(subscribeMode="manual")
    listener = hall.listener(peer)
    speakers = [hall.peer() for _ in range(3)]
    tracks = [hall.microphone(speaker) for speaker in (*speakers, speakers[1])]

    def heard() -> set[str]:
        listener.frames.clear()
        hall.advance(1)
        for track in tracks:
            hall.push(track, bytes(FRAME))
        return {frame.track.id for frame in listener.frames}

    assert heard() == set()
    hall.state.rooms.subscribe_peer(hall.room, peer, speakers[0])
    assert heard() == {tracks[0]}
    hall.state.rooms.subscribe_tracks(hall.room, peer, [tracks[3]])
    assert heard() == {tracks[0], tracks[3]}


def test_everybody_hears_in_their_own_format_and_shares_it(hall: Hall) -> None:
    track = hall.microphone(hall.peer())
    plain, again = hall.listener(), hall.listener()
    fine, stereo = (
        hall.listener(audio_format=FINE),
        hall.listener(audio_format=AudioFormat(channels=2)),
    )
    data = tone(1, 16000)
    hall.push(track, data)
    hall.advance(1)
    assert plain.data == data
    assert [a is b for a, b in zip(plain.frames, again.frames, strict=True)] == [True] * 50
    assert frequency_of(fine.data, 24000) == pytest.approx(440, abs=0.5)
    assert loudness_of(fine.data) == pytest.approx(loudness_of(data), rel=0.01)
    # Another rate comes a millisecond later.
    assert longest_silence_of(fine.data[2 * 24 :]) <= 3
    assert len(fine.data) == 48000
    assert {len(frame.data) for frame in fine.frames} == {960}
    assert len(stereo.data) == 64000
    assert fine.times == plain.times


def test_opus_is_passed_on_at_once_and_as_it_is(hall: Hall) -> None:
    listener, track = hall.listener(), hall.microphone(hall.peer(), OPUS)
    for packet in (b"one", b"two"):
        hall.push(track, packet)
    assert [frame.data for frame in listener.frames] == [b"one", b"two"]
    assert listener.times == [0, 0]
    assert listener.frames[0].format == OPUS
    assert hall.queued(track) == 0
    hall.router.interrupt(hall.room, track)
    assert hall.router.next_due() is None


def test_ten_minutes_may_wait(hall: Hall) -> None:
    track = hall.microphone(hall.peer())
    hall.push(track, bytes(MAX_QUEUED * 32000))
    assert hall.queued(track) == MAX_QUEUED
    hall.push(track, bytes(2 * FRAME))
    assert hall.queued(track) == MAX_QUEUED
    hall.push(track, bytes(FRAME))
    assert hall.queued(track) == MAX_QUEUED + 0.02


def test_unknown_tracks_are_silent(hall: Hall) -> None:
    hall.push("nobody's", b"data")
    hall.router.interrupt(hall.room, "nobody's")
    hall.router.close_track(hall.room, "nobody's")
    hall.router.unpublish_video(hall.room, "nobody's")
    hall.router.remove_listener(hall.room, "nobody")
    assert hall.queued("nobody's") == 0
    assert hall.router.next_due() is None


def test_it_says_when_there_is_something_to_be_done(hall: Hall) -> None:
    first, other = hall.microphone(hall.peer()), hall.microphone(hall.peer())
    assert hall.router.next_due() is None
    hall.push(first, bytes(FRAME))
    assert hall.wakes == 1
    assert hall.router.next_due() == pytest.approx(0.02)
    hall.push(other, bytes(FRAME))
    assert hall.wakes == 1
    hall.advance(0.02)
    assert hall.router.next_due() is None
    hall.push(first, bytes(FRAME))
    assert hall.wakes == 2


def remove_track(hall: Hall, peer: str, track: str) -> None:
    hall.state.rooms.remove_track(hall.room, peer, track)


def disconnect(hall: Hall, peer: str, _track: str) -> None:
    hall.state.rooms.disconnect_peer(hall.room, peer)


def delete(hall: Hall, peer: str, _track: str) -> None:
    hall.state.rooms.delete_peer(hall.room, peer)


def crash(hall: Hall, peer: str, _track: str) -> None:
    hall.state.rooms.crash_peer(hall.room, peer, "")


def delete_room(hall: Hall, _peer: str, _track: str) -> None:
    hall.state.rooms.delete(hall.room)


def crash_room(hall: Hall, _peer: str, _track: str) -> None:
    hall.state.rooms.crash(hall.room)


def reset(hall: Hall, _peer: str, _track: str) -> None:
    hall.router.reset()


ENDINGS = [remove_track, disconnect, delete, crash, delete_room, crash_room, reset]


@pytest.mark.parametrize("end", ENDINGS)
def test_a_track_that_is_gone_is_silent(hall: Hall, end: Callable[[Hall, str, str], None]) -> None:
    bystander = Hall()
    speaker = hall.peer()
    track, listener = hall.microphone(speaker), hall.listener()
    hall.router.publish_video(hall.room, track, lambda: b"picture")
    hall.push(track, bytes(10 * FRAME))
    end(hall, speaker, track)
    hall.push(track, bytes(FRAME))
    hall.advance(1)
    assert len(listener.frames) == 1
    images: list[bytes] = []
    hall.router.capture(hall.room, track, images.append)
    assert images == []
    assert hall.router.next_due() is None
    assert bystander.now == 0


@pytest.mark.parametrize("end", ENDINGS[1:])
def test_who_is_gone_hears_nothing(hall: Hall, end: Callable[[Hall, str, str], None]) -> None:
    peer = hall.peer()
    listener = hall.listener(peer)
    speaker = hall.peer()
    track = hall.microphone(speaker)
    hall.push(track, bytes(10 * FRAME))
    end(hall, peer, "")
    hall.advance(1)
    assert len(listener.frames) == 1


def test_a_room_that_crashes_leaves_the_others_alone(hall: Hall) -> None:
    gone = hall.room
    hall.microphone(hall.peer())
    hall.room = hall.state.rooms.create(CONFIG).id
    listener, track = hall.listener(), hall.microphone(hall.peer())
    hall.push(track, bytes(2 * FRAME))
    hall.state.rooms.crash(gone)
    hall.advance(1)
    assert len(listener.frames) == 2


def test_one_of_two_may_stop_to_listen(hall: Hall) -> None:
    peer = hall.peer()
    first, other = hall.listener(peer), hall.listener()
    track = hall.microphone(hall.peer())
    hall.router.remove_listener(hall.room, peer)
    hall.push(track, bytes(FRAME))
    assert (len(first.frames), len(other.frames)) == (0, 1)


def test_live_audio_is_handed_out_as_it_comes(hall: Hall) -> None:
    speaker = hall.peer()
    track = hall.microphone(speaker)
    assert not hall.router.has_listeners(hall.room, track)
    listener = hall.listener()
    played: list[AudioFrame] = []
    hall.router.on_played = (lambda _room, frame: played.append(frame),)
    assert hall.router.has_listeners(hall.room, track)
    assert not hall.router.has_listeners(hall.room, "unknown")
    for moment in (1.0, 1.001, 5.0):
        hall.now = moment
        hall.router.deliver(hall.room, track, b"\1\0" * 320)
    hall.router.deliver(hall.room, track, b"")
    hall.router.deliver(hall.room, "unknown", b"\1\0")
    assert [frame.time for frame in listener.frames] == [1.0, 1.001, 5.0]
    assert [frame.time for frame in played] == [1.0, 1.001, 5.0]
    assert hall.wakes == 0
