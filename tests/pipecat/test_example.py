"""The bot of the examples, started as its README says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pipecat.services.openai.llm import OpenAILLMService

from examples.pipecat_bot.__main__ import Answers, brain
from examples.voice_agent.skills import Skills
from fishjam import AsyncFishjamClient
from tests.examples.programs import command, started


@pytest.mark.timeout(120)
def test_the_program(tmp_path: Path) -> None:
    # Pipecat warns of deprecated classes of its own when it makes them (seen in 1.14).
    options = ("-W", "ignore::DeprecationWarning")
    with started(*options, *command("pipecat_bot"), cwd=tmp_path) as program:
        # Line by line, because each has its own time to come.
        program.line("^FISHJAM_ID is not set")
        program.line("^Ada: what time is it")
        program.line("^Bot: it is ")
        program.line("^Ada heard: it is ")
        program.line("^Bot: one two three")
        program.line("^Bot: you are welcome$")
        program.line("^Bot: goodbye$")
        program.line("answers.wav")
        assert program.process.wait(20) == 0


@pytest.mark.anyio
async def test_a_hosted_model_answers_when_there_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    skills = Skills(AsyncFishjamClient("http://127.0.0.1:9", "token"), "room")
    assert isinstance(brain(skills)[0][0], Answers)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-test")
    answers, after = brain(skills)
    assert isinstance(answers[-1], OpenAILLMService)
    assert len(after) == 1
