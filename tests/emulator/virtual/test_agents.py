"""Virtual peers and agents hear each other; the agents are plain sockets here."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import pytest

from fishjam.clock import ManualClock
from fishjam.emulator import VirtualPeer, tone
from fishjam.options import AgentOutputOptions
from tests.emulator.virtual.conftest import Scene, add_track, agent_in
from tests.emulator.virtual.sound import channels_of, silences
from tests.support.emulator_sockets import Socket
from tests.support.tones import frequency_of

PCM16, OPUS = 1, 2
Rate = Literal[16000, 24000]


def say(agent: Socket, track_id: str, audio: bytes) -> None:
    agent.send(track_data={"track_id": track_id, "data": audio})


def heard_by(agent: Socket, size: int) -> tuple[set[str], bytes]:
    """Return whom an agent hears, and so much of what they say."""
    peers, audio = set(), b""
    while len(audio) < size:
        message: Any = agent.receive_content("track_data")
        peers.add(message.peer_id)
        audio += message.data
    return peers, audio


@pytest.mark.parametrize(("rate", "other_rate"), [(16000, 24000), (24000, 16000)])
@pytest.mark.parametrize("channels", [1, 2])
def test_an_agent_is_heard_at_any_rate(
    scene: Scene, rate: Rate, other_rate: Rate, channels: int
) -> None:
    output = AgentOutputOptions(audio_sample_rate=other_rate)
    with agent_in(scene) as agent, agent_in(scene, output=output) as other:
        slow, fast = scene.join(sample_rate=8000), scene.join(sample_rate=48000, channels=2)
        codec = {"encoding": PCM16, "sample_rate": rate, "channels": channels}
        track = add_track(scene, agent, **codec)
        mono = tone(440, 1, sample_rate=rate)
        pairs = (mono[at : at + 2] * channels for at in range(0, len(mono), 2))
        say(agent, track, b"".join(pairs))
        assert frequency_of(slow.hear(1), 8000) == pytest.approx(440, abs=1)
        left, right = channels_of(fast.hear(1))
        assert left == right
        assert frequency_of(left, 48000) == pytest.approx(440, abs=1)
        assert max(map(abs, silences(fast.heard))) < 1e-5
        _, audio = heard_by(other, 2 * other_rate)
        assert frequency_of(audio, other_rate) == pytest.approx(440, abs=1)


def test_agents_hear_a_user_in_their_own_formats(scene: Scene) -> None:
    output = AgentOutputOptions(audio_sample_rate=24000)
    with agent_in(scene) as slow, agent_in(scene, output=output) as fast:
        user = scene.join(sample_rate=48000)
        user.speak(tone(440, 0.5))
        user.finish_speaking()
        for agent, rate in ((slow, 16000), (fast, 24000)):
            peers, audio = heard_by(agent, rate)
            assert peers == {user.id}
            assert len(audio) == rate
            assert frequency_of(audio, rate) == pytest.approx(440, abs=1)


def interrupt(scene: Scene, agent: Socket, track_id: str) -> None:
    agent.send(interrupt_track={"track_id": track_id})
    # Its next message is carried out after that.
    add_track(scene, agent)


def test_after_an_interruption_nothing_more_is_heard(scene: Scene) -> None:
    with agent_in(scene) as agent:
        user = scene.join()
        track = add_track(scene, agent)
        say(agent, track, bytes(64000))
        user.hear(0.5)
        interrupt(scene, agent, track)
        scene.emulator.advance(3)
        assert len(user.heard_audio()) == 25 * 640
        say(agent, track, b"\1\0" * 320)
        assert user.hear(0.02) == b"\1\0" * 320


def test_opus_is_heard_as_it_is_and_left_out_of_the_audio(scene: Scene) -> None:
    with agent_in(scene) as agent:
        user = scene.join()
        track = add_track(scene, agent, encoding=OPUS, sample_rate=16000, channels=1)
        say(agent, track, b"packet")
        with pytest.raises(TimeoutError, match=r"heard 0.00 s"):
            user.hear(0.02, timeout=0.1)
        (piece,) = user.heard
        assert (piece.encoding, piece.data, piece.duration) == ("opus", b"packet", 0)
        assert piece.end == piece.time
        assert user.heard_audio() == b""


def answer(agent: Socket, track_id: str, size: int) -> None:
    """Listen to so much, then say it again."""
    _, audio = heard_by(agent, size)
    say(agent, track_id, audio)


def converse(user: VirtualPeer, agent: Socket, track_id: str) -> None:
    audio = tone(440, 0.2)
    user.speak(audio)
    user.finish_speaking()
    answer(agent, track_id, len(audio))
    assert user.hear(0.2) == audio


@pytest.mark.once
@pytest.mark.usefixtures("patient")
def test_a_conversation_takes_no_time(scene: Scene, clock: ManualClock) -> None:
    begin, moment = clock.now(), time.monotonic()
    with agent_in(scene) as agent:
        user, track = scene.join(), add_track(scene, agent)
        for _ in range(5):
            converse(user, agent, track)
        assert max(map(abs, silences(user.heard[:10]))) < 1e-5
    # The clock has gone to the end of each answer.
    assert clock.now() - begin == pytest.approx(5 * 0.4, abs=0.1)
    assert time.monotonic() - moment < 30


def test_a_conversation_in_real_time(live_scene: Scene) -> None:
    begin = time.monotonic()
    with agent_in(live_scene) as agent:
        user = live_scene.join()
        converse(user, agent, add_track(live_scene, agent))
        assert max(map(abs, silences(user.heard))) < 1e-5
    assert time.monotonic() - begin > 0.37


def parrot(agent: Socket, track_id: str, count: int) -> None:
    """Say every frame again, as soon as it is heard."""
    for _ in range(count):
        say(agent, track_id, agent.receive_content("track_data").data)


@pytest.mark.usefixtures("patient")
def test_an_agent_may_answer_while_the_user_speaks(scene: Scene, clock: ManualClock) -> None:
    begin, audio = clock.now(), tone(440, 1)
    with agent_in(scene) as agent, ThreadPoolExecutor() as threads:
        user, track = scene.join(), add_track(scene, agent)
        threads.submit(parrot, agent, track, 50)
        user.speak(audio)
        assert user.hear(0.5) == audio[:16000]
        assert user.hear(0.5) == audio[16000:]
    assert clock.now() - begin < 3


@pytest.mark.usefixtures("patient")
def test_a_slow_agent_makes_no_gaps_while_its_voice_goes_on(scene: Scene) -> None:
    audio = tone(440, 0.2)

    def drawl(agent: Socket, track_id: str) -> None:
        for start in range(0, len(audio), 640):
            time.sleep(0.005)
            say(agent, track_id, audio[start : start + 640])

    with agent_in(scene, subscribe_mode="manual") as agent, ThreadPoolExecutor() as threads:
        user, track = scene.join(), add_track(scene, agent)
        user.speak(bytes(64000))
        threads.submit(drawl, agent, track)
        assert user.hear(0.2) == audio
        assert max(map(abs, silences(user.heard))) < 1e-5
