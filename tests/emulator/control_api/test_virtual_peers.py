"""Users that join, speak, show pictures and hear by way of the control API."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import Callable

import httpx
import pytest

from fishjam._audio.formats import PcmFormat
from fishjam.emulator import Emulator, HeardAudio, tone
from fishjam.emulator._control_api import heard, virtual_peers
from fishjam.emulator._control_api.reading import MAX_BODY
from fishjam.emulator._virtual.images import test_card as card
from tests.emulator.control_api.conftest import Join, token_for
from tests.support.tones import loudness_of
from tests.support.wav_files import wav_file

RATE = 16000


def until(condition: Callable[[], object]) -> None:
    """Wait for something that happens soon in another thread."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def wav_of(answer: httpx.Response) -> tuple[bytes, int]:
    """Return the samples of a WAV answer, and their rate."""
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as file:
        return file.readframes(file.getnframes()), file.getframerate()


def test_one_joins_and_leaves(
    control: httpx.Client, emulator: Emulator, room: str, join: Join
) -> None:
    peer = join(metadata={"name": "Ada"}, sampleRate=48000, channels=2)
    assert peer == {
        "id": emulator.rooms[0]["peers"][0]["id"],
        "roomId": room,
        "connected": True,
        "closeCode": None,
        "closeReason": None,
        "sampleRate": 48000,
        "channels": 2,
        "speechLeft": 0.0,
    }
    assert emulator.rooms[0]["peers"][0]["metadata"]["peer"] == {"name": "Ada"}
    url = f"/virtual-peers/{peer['id']}"
    assert control.put(f"{url}/metadata", json=["x"]).status_code == 204
    assert emulator.rooms[0]["peers"][0]["metadata"]["peer"] == ["x"]
    assert control.delete(url).status_code == 204
    after = control.get(url).json()["data"]
    assert (after["connected"], after["closeCode"]) == (False, 1000)
    assert control.get("/virtual-peers").json()["data"] == [after]
    answer = control.put(f"{url}/metadata", json={})
    assert answer.status_code == 409
    assert "no longer connected" in answer.json()["errors"]


def test_one_vanishes_and_comes_back(control: httpx.Client, room: str) -> None:
    body = {"token": token_for(control, room)}
    peer = control.post("/virtual-peers", json=body).json()["data"]
    assert control.post("/virtual-peers", json=body).status_code == 409
    assert control.delete(f"/virtual-peers/{peer['id']}?drop=true").status_code == 204
    assert control.get(f"/virtual-peers/{peer['id']}").json()["data"]["closeCode"] == 1006
    assert control.post("/virtual-peers", json=body).status_code == 201
    assert len(control.get("/virtual-peers").json()["data"]) == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "body.token: missing, or not a text"),
        ({"token": "x", "sampleRate": True}, "body.sampleRate: True is not a whole number"),
        ({"token": "x", "sampleRate": 5}, "sample_rate must be from 8000"),
        ({"token": "x"}, "cannot connect a virtual peer: invalid token"),
    ],
)
def test_one_that_cannot_join_is_told_why(
    control: httpx.Client, body: dict[str, object], text: str
) -> None:
    answer = control.post("/virtual-peers", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith(text)


def test_the_peer_has_to_be_there(control: httpx.Client, room: str) -> None:
    token = token_for(control, room)
    control.delete(f"/fishjam/room/{room}")
    assert control.post("/virtual-peers", json={"token": token}).status_code == 404
    for method, path in [("GET", ""), ("DELETE", ""), ("GET", "/heard"), ("PUT", "/picture")]:
        answer = control.request(method, f"/virtual-peers/nobody{path}")
        assert answer.status_code == 404
        assert answer.json()["errors"] == "virtual peer nobody not found"


def test_they_speak_and_hear(control: httpx.Client, join: Join) -> None:
    ada, bob = join(), join()
    hearing = f"/virtual-peers/{bob['id']}/heard"
    assert control.get(hearing).status_code == 204
    speech = wav_file(tone(440, 0.2, sample_rate=22050), 22050)
    answer = control.post(f"/virtual-peers/{ada['id']}/speech", content=speech)
    assert answer.json()["data"]["seconds"] == pytest.approx(0.2, abs=0.001)
    assert 0 < control.get(f"/virtual-peers/{ada['id']}").json()["data"]["speechLeft"] < 0.25
    until(lambda: not control.get(f"/virtual-peers/{ada['id']}").json()["data"]["speechLeft"])
    until(lambda: len(wav_of(control.get(hearing))[0]) > 2 * RATE * 0.3)
    answer = control.get(hearing, params={"peer": ada["id"]})
    audio, rate = wav_of(answer)
    assert rate == RATE
    assert loudness_of(audio[: int(2 * RATE * 0.2)]) > 5000
    assert set(audio[int(2 * RATE * 0.25) :]) == {0}
    more = control.get(hearing, params={"after": answer.headers["fishjam-until"]})
    assert set(wav_of(more)[0]) <= {0}
    assert control.get(hearing, params={"peer": "nobody"}).status_code == 204
    assert control.get(hearing, params={"after": "x"}).status_code == 400
    # Nobody wants the silence of years.
    audio, _ = wav_of(control.get(hearing, params={"after": 0}))
    assert len(audio) == 2 * RATE * heard.LONGEST
    assert loudness_of(audio[-2 * RATE * 10 :]) > 500


def test_speech_can_be_cut(control: httpx.Client, join: Join) -> None:
    url = f"/virtual-peers/{join()['id']}"
    control.post(f"{url}/speech", content=wav_file(bytes(2 * RATE * 60)))
    assert control.delete(f"{url}/speech").status_code == 204
    until(lambda: not control.get(url).json()["data"]["speechLeft"])


def test_what_is_not_a_wav_file_is_not_spoken(control: httpx.Client, join: Join) -> None:
    url = f"/virtual-peers/{join()['id']}/speech"
    answer = control.post(url, content=b"/etc/passwd")
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith("The WAV audio ")
    control.post(f"{url}", content=wav_file(bytes(2 * 8000 * 500), 8000))
    answer = control.post(f"{url}", content=wav_file(bytes(2 * 8000 * 500), 8000))
    assert answer.json()["errors"] == "more than 600 s would wait to be spoken"


def test_a_body_has_a_limit(control: httpx.Client, join: Join) -> None:
    url = f"/virtual-peers/{join()['id']}/speech"
    pieces = (bytes(1024 * 1024) for _ in range(MAX_BODY // 1024 // 1024 + 1))
    answer = control.post(url, content=pieces)
    assert answer.status_code == 413
    assert answer.json() == {"errors": f"body: more than {MAX_BODY} bytes"}
    assert answer.headers["connection"] == "close"


def test_they_show_pictures(control: httpx.Client, emulator: Emulator, join: Join) -> None:
    peer = join()
    url = f"/virtual-peers/{peer['id']}/picture"
    assert control.delete(url).status_code == 204
    assert control.put(url, content=card()).status_code == 204
    (track,) = emulator.rooms[0]["peers"][0]["tracks"]
    assert track["type"] == "video"
    assert control.put(url, content=card() + b"another").status_code == 204
    with emulator._engine.lock:
        shown = emulator._engine.router.image(peer["roomId"], track["id"])
    assert shown == card() + b"another"
    assert control.put(url, content=b"GIF89a").json() == {"errors": "the picture is not a JPEG"}
    assert control.delete(url).status_code == 204
    assert emulator.rooms[0]["peers"][0]["tracks"] == []
    assert control.put(url, content=card()).status_code == 204


def test_those_that_left_are_forgotten_at_last(
    control: httpx.Client, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virtual_peers, "_KEPT", 2)
    first, second = join(), join()
    control.delete(f"/virtual-peers/{first['id']}")
    third = join()
    known = [peer["id"] for peer in control.get("/virtual-peers").json()["data"]]
    assert known == [second["id"], third["id"]]


MONO = PcmFormat(1000)


def piece(at: float, value: int, count: int = 20, track: str = "t") -> HeardAudio:
    data = value.to_bytes(2, "little", signed=True) * count
    return HeardAudio(at, count / 1000, "p", track, "pcm16", data)


def samples(pieces: list[HeardAudio], begin: float, end: float) -> list[int]:
    return list(memoryview(heard.mixed(pieces, begin, end, MONO)).cast("h"))


def test_voices_are_mixed_in_their_time() -> None:
    pieces = [piece(5.01, 1), piece(5.02, 2, track="u"), piece(5.02, 32767, 5, track="v")]
    expected = [0] * 10 + [1] * 10 + [32767] * 5 + [3] * 5 + [2] * 10 + [0] * 10
    assert samples(pieces, 5, 5.05) == expected


def test_a_voice_that_comes_unevenly_has_no_gaps() -> None:
    pieces = [piece(5, 1), piece(5.027, 2), piece(5.038, 3), piece(5.5, 4)]
    mixed = samples(pieces, 5, 5.52)
    assert mixed[:60] == [1] * 20 + [2] * 20 + [3] * 20
    assert mixed[60:500] == [0] * 440
    assert mixed[500:] == [4] * 20


def test_what_reaches_beyond_the_time_is_cut() -> None:
    assert samples([piece(4.99, 1), piece(5.01, 2)], 5, 5.02) == [1] * 10 + [2] * 10
    assert samples([piece(4.9, 1, track="u"), piece(5.9, 2)], 5, 5.005) == [0] * 5
