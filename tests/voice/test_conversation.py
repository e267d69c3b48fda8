"""The voice agent in a room: it is asked, answers, and is interrupted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import anyio
import pytest

from examples.voice_agent.agent import talk
from examples.voice_agent.recognizer import Recognizer
from examples.voice_agent.skills import ANSWERS, GRAMMAR, NUMBERS, OTHERS, TIME_GRAMMAR, Skills
from examples.voice_agent.visitor import listen, say
from fishjam import AsyncFishjamClient
from fishjam.agent import AgentSession
from fishjam.emulator import Emulator, VirtualPeer, speech, tone
from tests.examples.programs import command, started

pytestmark = pytest.mark.anyio

MOMENT = datetime(2026, 11, 28, 22, 30)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(GRAMMAR, OTHERS)


@asynccontextmanager
async def visiting(
    emulator: Emulator, recognizer: Recognizer, guests: int = 0
) -> AsyncIterator[VirtualPeer]:
    """Be in a room with the agent, whose clock stands still."""
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        room = await client.create_room()
        skills = Skills(client, room.id, now=lambda: MOMENT)
        agent = await client.create_agent(room.id)
        users = [
            emulator.connect_peer((await client.create_peer(room.id))[1]) for _ in range(guests + 1)
        ]
        there = anyio.Event()

        async def handle(session: AgentSession) -> None:
            there.set()
            await talk(session, recognizer, skills.answer)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(agent.run, handle)
            await there.wait()
            yield users[0]
            await client.delete_room(room.id)


async def test_it_tells_the_time(fishjam_emulator: Emulator, recognizer: Recognizer) -> None:
    async with visiting(fishjam_emulator, recognizer) as user:
        await say(user, "what time is it")
        answer = await listen(user)
    assert Recognizer(TIME_GRAMMAR).recognize(answer) == "it is ten thirty"


async def test_it_counts_people_with_fishjam(
    fishjam_emulator: Emulator, recognizer: Recognizer
) -> None:
    reader = Recognizer(f"one person is here | ( {' | '.join(NUMBERS)} ) people are here")
    async with visiting(fishjam_emulator, recognizer, guests=2) as user:
        await say(user, "how many people are here")
        assert reader.recognize(await listen(user)) == "three people are here"


async def test_it_falls_silent_when_somebody_speaks(
    fishjam_emulator: Emulator, recognizer: Recognizer
) -> None:
    async with visiting(fishjam_emulator, recognizer) as user:
        await say(user, "please count to twenty")
        await user.ahear(1.0, timeout=60)
        await say(user, "thank you very much")
        await listen(user, quiet=0.3)
        await listen(user)
        heard = user.heard_audio()
    whole = len(speech(ANSWERS["please count to twenty"]))
    # The numbers until the interruption, and the answer to it.
    assert len(heard) < whole / 2
    assert heard.endswith(speech("you are welcome")[-6400:])


async def test_it_stays_silent_at_everything_else(
    fishjam_emulator: Emulator, recognizer: Recognizer, capsys: pytest.CaptureFixture[str]
) -> None:
    async with visiting(fishjam_emulator, recognizer) as user:
        user.speak(tone(440, 1.0) + bytes(32000) + speech("what is the weather like"))
        await user.afinish_speaking()
        printed = ""
        with anyio.fail_after(60):
            while "Agent heard: (something else)" not in printed:
                await anyio.sleep(0.02)
                printed += capsys.readouterr().out
        with pytest.raises(TimeoutError):
            await user.ahear(0.02, timeout=1)
        await say(user, "please say that again")
        await listen(user)
        assert user.heard_audio() == speech("I have not said anything yet")


async def test_it_leaves_after_a_goodbye(
    fishjam_emulator: Emulator, recognizer: Recognizer
) -> None:
    async with visiting(fishjam_emulator, recognizer) as user:
        await say(user, "goodbye for now")
        await listen(user)
        assert user.heard_audio() == speech("goodbye")


async def test_a_room_that_is_closed_in_the_middle_of_an_answer(
    fishjam_emulator: Emulator, recognizer: Recognizer
) -> None:
    async with visiting(fishjam_emulator, recognizer) as user:
        await say(user, "please count to twenty")
        await user.ahear(0.5, timeout=60)


@pytest.mark.parametrize("sentence", ANSWERS)
async def test_every_answer_is_recorded(
    fishjam_emulator: Emulator, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    emulator = fishjam_emulator
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        room = await client.create_room()
        words = await Skills(client, room.id).answer(sentence)
    assert bool(words) == (sentence != "stop talking")
    assert not words or speech(words)


def test_the_program(tmp_path: Path) -> None:
    with started(*command("voice_agent"), cwd=tmp_path) as program:
        program.line("^Ada heard: it is ")
        program.line(r"^Agent: \(interrupted after")
        program.line("^Agent: you are welcome$")
        program.line("^Agent: goodbye$")
        program.line("answers.wav")
        assert program.process.wait(20) == 0
    assert (tmp_path / "answers.wav").stat().st_size > 50_000
