"""The agent with OpenAI's SDK, and a server that speaks the protocol of its Realtime API."""

from __future__ import annotations

import wave
from pathlib import Path

from fishjam.emulator import Emulator, tone
from tests.examples.openai_realtime import BYTES_PER_MS, KEY, RATE, RealtimeServer
from tests.examples.programs import PATIENCE, ROOT, command, started
from tests.examples.users import join_with_printed_token

PAUSE = bytes(16000 * 2)


def test_a_talk_with_an_interruption(
    fishjam_emulator: Emulator, openai_server: RealtimeServer
) -> None:
    openai_server.speech = tone(880, seconds=3, sample_rate=RATE)
    with started(
        *command("openai_realtime_agent"),
        emulator=fishjam_emulator,
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=openai_server.url,
    ) as program:
        user = join_with_printed_token(fishjam_emulator, program)
        user.speak(tone(440, seconds=0.3) + PAUSE)
        program.line("^Ada: Good morning.$")
        program.line("^Agent: Hello, Ada.$")
        user.hear(0.5, timeout=PATIENCE)
        user.speak(tone(440, seconds=0.1))
        user.finish_speaking()
        heard = len(user.heard_audio())
        # All is silent now: the rest of the three seconds is not played any more.
        user.speak(PAUSE[:6400])
        user.finish_speaking()
        assert len(user.heard_audio()) == heard < 3 * 16000 * 2
        assert program.interrupt() == 0, "\n".join(program.output)
    assert fishjam_emulator.rooms == []
    assert openai_server.queries[0].startswith("/v1/realtime?model=")
    assert 800 <= len(openai_server.utterances[0]) / BYTES_PER_MS <= 840
    (truncation,) = openai_server.truncations
    assert 400 < truncation["audio_end_ms"] < 2500


def test_without_an_account(openai_server: RealtimeServer, tmp_path: Path) -> None:
    openai_server.speech = tone(880, seconds=0.5, sample_rate=RATE)
    question = tmp_path / "question.wav"
    with wave.open(str(question), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(tone(440, seconds=0.3))
    with started(
        *command("openai_realtime_agent"),
        str(question),
        cwd=tmp_path,
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=openai_server.url,
    ) as program:
        program.line("^Ada speaks for 0.3 s")
        program.line("^Ada has heard 0.5 s")
        assert program.interrupt() == 0, "\n".join(program.output)
        program.line("^What Ada heard is in answer.wav")
    with wave.open(str(tmp_path / "answer.wav")) as file:
        assert file.getnframes() == 8000


def test_without_a_key() -> None:
    with started(*command("openai_realtime_agent")) as program:
        program.line("^Set OPENAI_API_KEY")
        assert program.process.wait(PATIENCE) == 1
    assert not (ROOT / "answer.wav").exists()


def test_what_openai_complains_of(
    fishjam_emulator: Emulator, openai_server: RealtimeServer
) -> None:
    openai_server.refusal = "Unknown voice."
    with started(
        *command("openai_realtime_agent"),
        emulator=fishjam_emulator,
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=openai_server.url,
    ) as program:
        program.line("^OpenAI: Unknown voice.$")
        assert program.interrupt() == 0, "\n".join(program.output)
