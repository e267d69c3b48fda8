"""The transcription: what everybody says is written down, with their names."""

from __future__ import annotations

from fishjam import FishjamClient, PeerOptions
from fishjam.emulator import Emulator, tone
from tests.examples.openai_realtime import KEY, RealtimeServer
from tests.examples.programs import command, started
from tests.examples.users import join_with_printed_token

PAUSE = bytes(16000)


def test_without_an_account_and_without_a_key() -> None:
    with started(*command("transcription")) as program:
        program.line("OPENAI_API_KEY is not set")
        for hertz in (300, 400, 500):
            program.line(f"^Ada: a tone of about {hertz} Hz, 0.3 s long$")
        assert program.interrupt() == 0, "\n".join(program.output)


def test_two_people_at_once(fishjam_emulator: Emulator) -> None:
    emulator = fishjam_emulator
    with (
        started(*command("transcription"), emulator=emulator) as program,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
    ):
        first = join_with_printed_token(emulator, program)
        _, token = client.create_peer(first.room_id, PeerOptions(metadata={"name": "Grace"}))
        second = emulator.connect_peer(token)
        first.speak(tone(300, seconds=0.3) + PAUSE)
        second.speak(tone(500, seconds=0.3) + PAUSE)
        program.line("^Ada: a tone of about 300 Hz")
        program.line("^Grace: a tone of about 500 Hz")
        assert program.interrupt() == 0, "\n".join(program.output)
    assert emulator.rooms == []


def test_speech_with_openai(openai_server: RealtimeServer) -> None:
    with started(
        *command("transcription"), OPENAI_API_KEY=KEY, OPENAI_BASE_URL=openai_server.url
    ) as program:
        program.line("^Ada: Good morning.$")
        assert program.interrupt() == 0, "\n".join(program.output)
    assert openai_server.queries == ["/v1/realtime?intent=transcription"]
    assert [session["type"] for session in openai_server.sessions] == ["transcription"]


def test_openai_refuses(openai_server: RealtimeServer) -> None:
    openai_server.refusal = "The model does not exist."
    with started(
        *command("transcription"), OPENAI_API_KEY=KEY, OPENAI_BASE_URL=openai_server.url
    ) as program:
        program.line("OpenAI cannot transcribe: The model does not exist.")
        assert program.process.wait(20) == 1
