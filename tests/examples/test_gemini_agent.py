"""The agent with Gemini, and a server that speaks the protocol of the Live API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import trustme

from fishjam.emulator import Emulator, tone
from tests.examples.programs import PATIENCE, command, started
from tests.examples.users import join_with_printed_token
from tests.integrations.gemini_live import KEY, Call, GeminiServer

SPEECH = tone(440, seconds=0.3)
ANSWER = tone(880, seconds=0.5, sample_rate=24000)


def answer(call: Call) -> None:
    """Listen, say something, and go away, with a handle to come back with."""
    assert call.setup["sessionResumption"] == {}
    call.hear(len(SPEECH))
    call.content(inputTranscription={"text": "Good morning."})
    call.content(outputTranscription={"text": "Hello, Ada."})
    call.say(ANSWER)
    call.end_turn()
    call.send(sessionResumptionUpdate={"newHandle": "the-handle", "resumable": True})
    call.send(goAway={"timeLeft": "10s"})


def look(call: Call) -> None:
    """Remember what was said before, and wait for a picture."""
    assert call.setup["sessionResumption"] == {"handle": "the-handle"}
    call.until(lambda: call.images)
    call.content(outputTranscription={"text": f"I see {call.images[0][0]}."})


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[GeminiServer]:
    sessions = iter((answer, look))
    with GeminiServer(authority, lambda call: next(sessions)(call)) as server:
        yield server


def test_a_talk_that_goes_on_in_a_second_session(
    fishjam_emulator: Emulator, server: GeminiServer, authority_file: str
) -> None:
    with started(
        *command("gemini_agent"),
        emulator=fishjam_emulator,
        GEMINI_API_KEY=KEY,
        GOOGLE_GEMINI_BASE_URL=str(server.http_options["base_url"]),
        SSL_CERT_FILE=authority_file,
    ) as program:
        user = join_with_printed_token(fishjam_emulator, program)
        user.speak(SPEECH)
        program.line("^Ada: Good morning.$")
        program.line("^Agent: Hello, Ada.$")
        assert any(user.hear(0.5, timeout=PATIENCE))
        camera = user.publish_video()
        program.line("^Agent: I see image/jpeg.$")
        camera.remove()
        assert program.interrupt() == 0, "\n".join(program.output)
    assert fishjam_emulator.rooms == []


def test_without_a_key() -> None:
    with started(*command("gemini_agent")) as program:
        program.line("^Set GEMINI_API_KEY")
        assert program.process.wait(PATIENCE) == 1
