"""The bot of the examples, started as its README says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.programs import command, started
from tests.support.openai_http import openai_server

# Pipecat and its models take long to load.
PATIENCE = 60.0


@pytest.mark.timeout(300)
def test_the_program(tmp_path: Path) -> None:
    # Pipecat warns of deprecated classes of its own when it makes them (seen in 1.14).
    options = ("-W", "ignore::DeprecationWarning")
    with started(*options, *command("pipecat_bot"), cwd=tmp_path) as program:
        # Line by line, because each has its own time to come.
        program.line("^FISHJAM_ID is not set", PATIENCE)
        program.line("^Ada: what time is it", PATIENCE)
        program.line("^Bot: it is ", PATIENCE)
        program.line("^Ada heard: it is ", PATIENCE)
        program.line("^Bot: one two three", PATIENCE)
        program.line("^Bot: you are welcome$", PATIENCE)
        program.line("^Bot: goodbye$", PATIENCE)
        program.line("answers.wav", PATIENCE)
        assert program.process.wait(PATIENCE) == 0


@pytest.mark.timeout(300)
def test_a_hosted_model_answers_when_there_is_a_key(tmp_path: Path) -> None:
    options = ("-W", "ignore::DeprecationWarning")
    with openai_server() as server:
        server.answer = "please say that again"
        with started(
            *(*options, *command("pipecat_bot")),
            cwd=tmp_path,
            OPENAI_API_KEY=server.key,
            OPENAI_BASE_URL=server.url,
        ) as program:
            program.line("^Ada: what time is it", PATIENCE)
            program.line("^Bot: please say that again", PATIENCE)
            program.line("^Ada: please count to twenty", PATIENCE)
            program.line("answers.wav", PATIENCE)
            # Everybody has left.
            assert program.process.wait(PATIENCE) == 0
    messages = server.chats[0]["messages"]
    assert [each["role"] for each in messages] == ["system", "user"]
    assert messages[1]["content"] == "what time is it"
