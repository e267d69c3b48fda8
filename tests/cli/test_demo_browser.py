"""`fishjam demo --browser`: an agent that repeats what is said, and the page that is opened."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

import pytest

from fishjam import FishjamClient
from fishjam.cli import main
from fishjam.cli._demo import browser
from fishjam.cli._demo.utterances import RATE, Utterances
from fishjam.emulator import Emulator, VirtualPeer, speech, tone
from tests.support.tones import frequency_of, loudness_of

FRAME = 640
QUIET = bytes(FRAME)


def frames(audio: bytes) -> list[bytes]:
    return [audio[start : start + FRAME] for start in range(0, len(audio), FRAME)]


def utterances_in(audio: bytes) -> list[bytes]:
    voice = Utterances()
    return [words for frame in frames(audio) if (words := voice.hear(frame))]


def test_words_are_cut_out_of_the_silence() -> None:
    words, pause = tone(440, 0.5), bytes(2 * RATE)
    first, second = utterances_in(pause + words + pause + words + pause)
    for heard in (first, second):
        # A little of the silence before and after belongs to it.
        assert 0.5 < len(heard) / 2 / RATE < 1.5
        assert heard.strip(b"\0").startswith(words.strip(b"\0")[:1000])


def test_a_click_is_not_a_word() -> None:
    assert utterances_in(tone(440, 0.1) + bytes(4 * RATE)) == []


def test_a_long_speech_is_cut() -> None:
    assert [len(words) // (2 * RATE) for words in utterances_in(tone(440, 31))] == [15, 15]


def test_what_is_said_ends_with_the_microphone() -> None:
    voice = Utterances()
    assert voice.end() is None
    for frame in frames(tone(440, 0.4)):
        assert voice.hear(frame) is None
    assert voice.hear(b"") is None
    assert voice.end() == tone(440, 0.4)
    assert voice.end() is None


def silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE))


def wait_for(user: VirtualPeer, frequency: float) -> None:
    """Hear until a tone sounds."""
    audio = silence(0.2)
    while loudness_of(audio) < 500 or abs(frequency_of(audio, RATE) - frequency) > 10:
        audio = user.hear(0.2, timeout=60)


def talk(emulator: Emulator) -> bytes:
    """Join the room of the demo, hear its greeting, and let two tones be repeated."""
    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        (room,) = client.get_all_rooms()
        user = emulator.connect_peer(client.create_peer(room.id)[1])
    # The agent may come later than the page.
    while not user.heard:
        user.speak(silence(0.2))
        user.finish_speaking()
    greeting = user.hear(len(speech()) / 2 / RATE, timeout=60)
    user.speak(silence(0.5) + tone(440, 1) + silence(1))
    wait_for(user, 440)
    # The microphone is off at the end of this one, so that there is not even silence.
    user.speak(silence(2.5) + tone(660, 1))
    wait_for(user, 660)
    return greeting


def interrupt(_: Emulator) -> None:
    os.kill(os.getpid(), signal.SIGINT)


def delete_the_room(emulator: Emulator) -> None:
    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        client.delete_room(client.get_all_rooms()[0].id)


@pytest.mark.once
@pytest.mark.parametrize(("loop", "end"), [("sync", interrupt), ("trio", delete_the_room)])
def test_the_agent_greets_and_repeats(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    loop: str,
    end: Callable[[Emulator], None],
) -> None:
    """A virtual user stands for the person at the browser."""
    greetings: list[bytes] = []
    opened: list[str] = []
    emulators: list[Emulator] = []

    class Noted(Emulator):
        def start(self) -> None:
            emulators.append(self)
            super().start()

    def converse() -> None:
        try:
            greetings.append(talk(emulators[0]))
        finally:
            end(emulators[0])

    def open_(address: str) -> None:
        opened.append(address)
        threading.Thread(target=converse).start()

    monkeypatch.setattr(browser, "Emulator", Noted)
    monkeypatch.setattr(webbrowser, "open", open_)
    as_json = ["--json"] if loop == "trio" else []
    assert main(["demo", "--browser", "--backend", loop, *as_json]) == 0
    (address,) = opened
    assert re.search(r"/#token=development&room=[0-9a-f-]{36}$", address)
    printed = capsys.readouterr().out
    if as_json:
        assert {"page": address} in map(json.loads, printed.splitlines())
    else:
        assert f"  {address}\n" in printed
    (greeting,) = greetings
    assert loudness_of(greeting) > 500


@pytest.mark.once
def test_without_the_packages_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "aiortc.py").write_text("raise ImportError('not here')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "fishjam", "demo", "--browser"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        timeout=30,
    )
    assert done.returncode == 1
    assert 'pip install "fishjam-server-sdk[webrtc]"' in done.stderr
    assert "Traceback" not in done.stderr
