"""Virtual peers speak and hear each other, on a clock that stands still and on a real one."""

from __future__ import annotations

import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from fishjam.clock import ManualClock
from fishjam.emulator import EmulatorError, VirtualPeer, tone
from fishjam.emulator._media.audio import AudioFormat, AudioFrame
from fishjam.emulator._virtual.received_audio import MAX_HEARD, AudioRecorder
from fishjam.errors import BlockingCallWarning
from fishjam.events import Track
from tests.emulator.virtual.conftest import Scene
from tests.emulator.virtual.sound import channels_of, silences
from tests.support.tones import frequency_of

FRAME = 640
"""The bytes of 20 ms at 16 kHz."""


@contextmanager
def in_thread(work: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join()


def test_all_hear_at_their_own_rates_without_gaps(scene: Scene, clock: ManualClock) -> None:
    speaker, start = scene.join(sample_rate=24000), clock.now()
    slow, fast = scene.join(sample_rate=8000), scene.join(sample_rate=48000, channels=2)
    assert speaker.speak(tone(440, 1.0, 24000), 24000) == 1.0
    assert scene.kinds()[-1] == "TrackAdded"
    mono = slow.hear(1)
    assert len(mono) == 16000
    assert frequency_of(mono, 8000) == pytest.approx(440, rel=1e-3)
    stereo = fast.hear(1)
    assert len(stereo) == 192000
    assert frequency_of(channels_of(stereo)[0], 48000) == pytest.approx(440, rel=1e-3)
    assert clock.now() - start == pytest.approx(1.0, abs=1e-3)
    assert slow.heard[0].time == pytest.approx(start, abs=1e-5)
    assert {piece.peer_id for piece in slow.heard} == {speaker.id}
    assert max(map(abs, silences(slow.heard))) < 1e-5
    assert "data=<320 bytes>" in repr(slow.heard[1])
    assert speaker.heard == []


def test_speech_takes_its_time(live_scene: Scene) -> None:
    speaker, listener = live_scene.join(), live_scene.join()
    audio, start = tone(440, 0.2), time.monotonic()
    assert speaker.speak(audio) == 0.2
    assert listener.hear(0.2) == audio
    assert time.monotonic() - start > 0.17
    speaker.finish_speaking()
    assert time.monotonic() - start > 0.19
    assert [piece.duration for piece in listener.heard] == [0.02] * 10
    assert max(map(abs, silences(listener.heard))) < 1e-5


def test_what_is_spoken_is_not_waited_for(live_scene: Scene) -> None:
    speaker, start = live_scene.join(), time.monotonic()
    assert speaker.speak(bytes(32000 * 60)) == 60
    assert time.monotonic() - start < 30
    assert speaker.speech_left > 30


def test_more_speech_follows_what_is_spoken(scene: Scene) -> None:
    speaker, listener = scene.join(), scene.join()
    for frequency in (400, 800):
        speaker.speak(tone(frequency, 0.1))
    assert listener.hear(0.2) == tone(400, 0.1) + tone(800, 0.1)
    assert max(map(abs, silences(listener.heard))) < 1e-5
    assert scene.kinds().count("TrackAdded") == 1


def test_a_minute_takes_no_time(scene: Scene, clock: ManualClock) -> None:
    speaker, listener = scene.join(), scene.join()
    begin, moment = time.monotonic(), clock.now()
    speaker.speak(bytes(2 * 16000 * 60))
    speaker.finish_speaking()
    assert clock.now() - moment == pytest.approx(60, abs=1e-3)
    assert time.monotonic() - begin < 30
    assert len(listener.heard_audio()) == 2 * 16000 * 60


def test_what_is_not_spoken_yet_can_be_dropped(scene: Scene) -> None:
    speaker, listener = scene.join(), scene.join()
    speaker.stop_speaking()
    speaker.speak(bytes(32000))
    listener.hear(0.1)
    speaker.stop_speaking()
    speaker.finish_speaking()
    scene.emulator.advance(1)
    assert len(listener.heard_audio()) == 5 * FRAME
    speaker.speak(bytes(FRAME))
    assert len(listener.heard_audio()) == 6 * FRAME


def test_who_has_no_time_is_told_what_is_left(scene: Scene) -> None:
    speaker = scene.join()
    speaker.speak(bytes(32000))
    with pytest.raises(TimeoutError, match=r"0.80 s of speech are left after 0.2 s"):
        speaker.finish_speaking(timeout=0.2)


def test_not_more_than_ten_minutes_may_wait(scene: Scene) -> None:
    speaker = scene.join(sample_rate=8000)
    speaker.speak(bytes(16000 * 599), sample_rate=8000)
    with pytest.raises(ValueError, match="more than 600 s would wait to be spoken"):
        speaker.speak(bytes(16000 * 2), sample_rate=8000)


def test_the_first_microphone_that_is_left_is_used(scene: Scene) -> None:
    speaker, listener = scene.join(), scene.join()
    tracks = [speaker.publish_audio() for _ in range(2)]
    speaker.speak(bytes(FRAME))
    tracks[0].remove()
    speaker.speak(bytes(FRAME))
    tracks[1].remove()
    speaker.speak(bytes(FRAME))
    used = [piece.track_id for piece in listener.heard]
    assert used[:2] == [track.id for track in tracks]
    assert used[2] not in used[:2]
    assert scene.kinds()[-1] == "TrackAdded"


def test_only_who_is_subscribed_hears(scene: Scene) -> None:
    first, second = scene.join(), scene.join()
    listener = scene.emulator.connect_peer(scene.invite(subscribe_mode="manual"))
    track = second.publish_audio()

    def both_speak() -> list[str]:
        before = len(listener.heard)
        for speaker in (first, second):
            speaker.speak(bytes(FRAME))
            speaker.finish_speaking()
        return [piece.peer_id for piece in listener.heard[before:]]

    assert both_speak() == []
    scene.client.subscribe_tracks(scene.room_id, listener.id, [track.id])
    assert both_speak() == [second.id]
    scene.client.subscribe_peer(scene.room_id, listener.id, first.id)
    assert both_speak() == [first.id, second.id]


def test_one_voice_can_be_followed_among_several(scene: Scene) -> None:
    first, second, listener = scene.join(), scene.join(), scene.join()
    first.speak(b"\1\0" * 1600)
    second.speak(b"\2\0" * 1600)
    assert listener.hear(0.05, peer_id=second.id) == b"\2\0" * 800
    assert listener.hear(0.05, peer_id=first.id) == b"\1\0" * 800
    rest = b"\1\0" * 160 + b"\2\0" * 160 + (b"\1\0" * 320 + b"\2\0" * 320) * 2
    assert listener.hear(0.1) == rest
    assert listener.heard_audio(first.id) == b"\1\0" * 1600
    assert len(listener.heard_audio()) == 10 * FRAME


def test_what_was_heard_can_be_saved(scene: Scene, tmp_path: Path) -> None:
    speaker, listener = scene.join(), scene.join(sample_rate=8000, channels=2)
    speaker.speak(tone(440, 0.1))
    speaker.finish_speaking()
    listener.save_wav(tmp_path / "a.wav")
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 2, 2)
        assert file.readframes(file.getnframes()) == listener.heard_audio()
    listener.save_wav(str(tmp_path / "b.wav"), peer_id="nobody")
    assert (tmp_path / "b.wav").stat().st_size == 44
    # Nothing else is reported, such as an error in a finalizer, which the tests take for a failure.
    with pytest.raises(FileNotFoundError):
        listener.save_wav(tmp_path / "nowhere" / "c.wav")


def test_who_hears_too_little_is_told_how_much(scene: Scene, clock: ManualClock) -> None:
    speaker, listener, moment = scene.join(), scene.join(), clock.now()
    speaker.speak(bytes(5 * FRAME))
    with pytest.raises(TimeoutError, match=r"heard 0.10 s of 0.5 s within 0.3 s"):
        listener.hear(0.5, timeout=0.3)
    assert clock.now() - moment == pytest.approx(0.3, abs=1e-5)
    speaker.speak(bytes(5 * FRAME))
    assert len(listener.hear(0.2)) == 10 * FRAME


def test_on_a_real_clock_too(live_scene: Scene) -> None:
    listener = live_scene.join()
    with pytest.raises(TimeoutError, match=r"heard 0.00 s of 1 s within 0.05 s"):
        listener.hear(1, timeout=0.05)
    speaker = live_scene.join()
    speaker.speak(bytes(32000))
    with in_thread(lambda: live_scene.emulator.advance(1)):
        assert len(listener.hear(1)) == 32000


def test_who_is_gone_hears_no_more(live_scene: Scene) -> None:
    speaker, listener = live_scene.join(), live_scene.join()
    speaker.speak(bytes(FRAME))
    gone = r"heard 0.02 s of 1 s; then the peer was disconnected"

    def leave() -> None:
        while not listener.heard:
            time.sleep(0.001)
        listener.leave()

    with in_thread(leave), pytest.raises(EmulatorError, match=gone):
        listener.hear(1)
    assert listener.hear(0.02) == bytes(FRAME)


def echo(user: VirtualPeer, count: int) -> None:
    for _ in range(count):
        user.speak(user.hear(0.02))


def test_two_may_move_the_clock_at_the_same_time(scene: Scene) -> None:
    speaker, other = scene.join(), scene.join()
    audio = tone(440, 0.4)
    speaker.speak(audio)
    with in_thread(lambda: echo(other, 20)):
        assert speaker.hear(0.4) == audio


@pytest.mark.usefixtures("patient")
def test_a_voice_that_fell_silent_gets_a_moment_to_go_on(scene: Scene) -> None:
    speaker, other = scene.join(), scene.join()
    speaker.speak(bytes(100 * FRAME))
    other.speak(bytes(FRAME))

    def go_on() -> None:
        while not speaker.heard:
            time.sleep(0.001)
        other.speak(bytes(FRAME))

    with in_thread(go_on):
        assert len(speaker.hear(0.04)) == 2 * FRAME
    assert max(map(abs, silences(speaker.heard))) < 0.2


@pytest.mark.anyio
async def test_tasks_wait_as_threads_do(scene: Scene, clock: ManualClock) -> None:
    speaker, listener, moment = await scene.ajoin(), await scene.ajoin(), clock.now()
    audio = tone(440, 1)
    speaker.speak(audio)
    assert await listener.ahear(1) == audio
    await speaker.afinish_speaking()
    assert clock.now() - moment == pytest.approx(1, abs=1e-3)
    with pytest.raises(TimeoutError, match=r"heard 0.00 s of 1 s within 0.1 s"):
        await listener.ahear(1, timeout=0.1)
    speaker.speak(audio)
    with pytest.raises(TimeoutError, match=r"0.50 s of speech are left after 0.5 s"):
        await speaker.afinish_speaking(timeout=0.5)


@pytest.mark.anyio
async def test_who_blocks_the_event_loop_is_warned(scene: Scene) -> None:
    user = await scene.ajoin()
    with pytest.warns(BlockingCallWarning, match="hear blocks .*: await ahear instead") as caught:
        user.hear(0)
    assert caught[0].filename == __file__
    with pytest.warns(BlockingCallWarning, match="await afinish_speaking instead"):
        user.finish_speaking()


@pytest.mark.anyio
async def test_many_tasks_hear_at_once(live_scene: Scene) -> None:
    speaker, listeners = await live_scene.ajoin(), [await live_scene.ajoin() for _ in range(41)]
    heard = []

    async def hear(listener: VirtualPeer) -> None:
        heard.append(await listener.ahear(0.04))

    async with anyio.create_task_group() as tasks:
        for listener in listeners:
            tasks.start_soon(hear, listener)
        await anyio.wait_all_tasks_blocked()
        speaker.speak(bytes(2 * FRAME))
    assert heard == [bytes(2 * FRAME)] * 41


@pytest.mark.anyio
async def test_who_is_cancelled_leaves_what_was_heard(live_scene: Scene) -> None:
    speaker, listener = await live_scene.ajoin(), await live_scene.ajoin()
    with anyio.move_on_after(0.05) as scope:
        await listener.ahear(0.04)
    assert scope.cancelled_caught
    speaker.speak(bytes(2 * FRAME))
    assert await listener.ahear(0.04) == bytes(2 * FRAME)


def test_an_ear_forgets_what_is_too_old() -> None:
    ear, track = AudioRecorder(AudioFormat()), Track(id="t")
    for number in range(MAX_HEARD + 2):
        data = number.to_bytes(4, "little")
        ear.hear(AudioFrame(number * 0.02, "p", track, ear.format, data))
    assert len(ear.heard) == MAX_HEARD
    assert ear.new_size("p") == ear.new_size(None) == 4 * MAX_HEARD
    assert ear.take(4, None) == (2).to_bytes(4, "little")


def test_one_of_several_is_heard_to_the_end(scene: Scene, clock: ManualClock) -> None:
    listener, first, other = scene.join(), scene.join(), scene.join()
    first.speak(bytes(FRAME))
    other.speak(bytes(2 * FRAME))
    start = clock.now()
    assert listener.hear(0.04, peer_id=other.id) == bytes(2 * FRAME)
    assert clock.now() - start == pytest.approx(0.04)
