"""What agents say, to be played."""

from __future__ import annotations

import io
import json
import wave
from itertools import islice

import httpx
import pytest

from fishjam import events
from fishjam.emulator import Emulator, tone
from fishjam.emulator._control_api.speech import speech_wav
from fishjam.emulator._media import speech_log
from fishjam.emulator._media.audio import AudioFormat, AudioFrame
from fishjam.emulator._media.speech_log import LONGEST, PAUSE, SpeechLog, Utterance
from fishjam.emulator._webrtc.codecs import OpusEncoder
from tests.emulator.virtual.conftest import Scene, add_track, agent_in
from tests.emulator.virtual.conftest import live_scene as live_scene

TRACK = events.Track(id="t")
OPUS = AudioFormat("opus", 48000)


class Listening:
    """A log, and what it told of."""

    def __init__(self) -> None:
        self.told: list[tuple[int, bool]] = []
        self.woken = 0
        self.log = SpeechLog(lambda _room, peer: peer == "agent", self._tell, self._wake)

    def hear(
        self, at: float, size: int = 640, peer: str = "agent", audio: AudioFormat | None = None
    ) -> None:
        frame = AudioFrame(at, peer, TRACK, audio or AudioFormat(), bytes(size))
        self.log.hear("r", frame)

    def _tell(self, utterance: Utterance) -> None:
        self.told.append((utterance.id, utterance.is_finished))

    def _wake(self) -> None:
        self.woken += 1


@pytest.fixture
def listening() -> Listening:
    return Listening()


def test_what_is_said_in_one_go_is_one_piece(listening: Listening) -> None:
    listening.hear(5.0)
    listening.hear(5.02)
    listening.hear(5.04 + PAUSE / 2)
    utterance = listening.log.get(1)
    assert (utterance.room_id, utterance.peer_id, utterance.track_id) == ("r", "agent", "t")
    assert utterance.time == 5.0
    assert utterance.end == pytest.approx(5.06 + PAUSE / 2)
    assert (utterance.size, len(utterance.frames)) == (3 * 640, 3)
    assert (listening.told, listening.woken) == ([(1, False)], 1)


def test_it_ends_with_a_pause(listening: Listening) -> None:
    assert listening.log.settle(0.0) is None
    listening.hear(5.0)
    assert listening.log.settle(5.1) == pytest.approx(5.02 + PAUSE)
    assert listening.log.settle(5.03 + PAUSE) is None
    assert listening.told == [(1, False), (1, True)]
    listening.hear(9.0)
    listening.hear(9.1 + PAUSE)
    assert listening.told[2:] == [(2, False), (2, True), (3, False)]


def test_a_long_one_is_cut(listening: Listening) -> None:
    for second in range(int(LONGEST) + 1):
        listening.hear(float(second), 32000)
    assert listening.log.get(2).time == LONGEST


def test_another_format_begins_anew(listening: Listening) -> None:
    listening.hear(5.0)
    listening.hear(5.02, 10, audio=OPUS)
    assert listening.log.get(2).end == pytest.approx(5.04)


def test_only_agents_are_listened_to(listening: Listening) -> None:
    listening.hear(5.0, peer="user")
    with pytest.raises(LookupError, match="speech 1 is not kept"):
        listening.log.get(1)


def test_the_oldest_go_when_there_is_too_much(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech_log, "MAX_BYTES", 1000)
    listening.hear(5.0)
    listening.hear(9.0)
    listening.hear(9.02)
    assert listening.log.get(2).size == 1280
    with pytest.raises(LookupError):
        listening.log.get(1)
    listening.log.reset()
    with pytest.raises(LookupError):
        listening.log.get(2)


def test_opus_is_decoded() -> None:
    encoder = OpusEncoder(AudioFormat(sample_rate=48000))
    packets = encoder.encode(bytes(2 * 960 * 5))
    with wave.open(io.BytesIO(speech_wav(packets, OPUS))) as file:
        assert (file.getframerate(), file.getnchannels()) == (48000, 1)
        assert file.getnframes() >= 960 * 4


def test_what_an_agent_says_can_be_played(
    control: httpx.Client, emulator: Emulator, live_scene: Scene
) -> None:
    with agent_in(live_scene) as agent:
        track = add_track(live_scene, agent, encoding=1, sample_rate=16000, channels=1)
        agent.send(track_data={"track_id": track, "data": tone(440, 0.1)})
        with control.stream("GET", "/activity", params={"type": "speech"}) as answer:
            begun, ended = islice(map(json.loads, answer.iter_lines()), 2)
    shown = {name: begun["data"][name] for name in ("id", "roomId", "trackId")}
    assert shown == {"id": ended["data"]["id"], "roomId": live_scene.room_id, "trackId": track}
    assert (begun["type"], ended["data"]["finished"]) == ("speech", True)
    assert ended["data"]["seconds"] == pytest.approx(0.1, abs=0.001)
    answer = control.get(f"/speech/{shown['id']}")
    with wave.open(io.BytesIO(answer.content)) as file:
        assert file.readframes(file.getnframes()) == tone(440, 0.1)
    assert control.get("/speech/99").status_code == 404
