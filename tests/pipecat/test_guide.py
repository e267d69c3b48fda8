"""The programs of the guide, which the documentation's own environment cannot run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from examples.meeting import is_agent_there
from fishjam import AsyncFishjamClient
from fishjam.emulator import Emulator, tone
from tests.docs.markdown import blocks_of
from tests.pipecat.bots import PATIENCE, until
from tests.support.tones import pitch_of

PAGE = Path(__file__).parents[2] / "docs/how-to/pipecat.md"


@pytest.mark.anyio
async def test_the_echo_of_the_guide(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHJAM_ID", emulator.fishjam_id)
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", emulator.management_token)
    names: dict[str, Any] = {"__name__": "guide"}
    (block,) = [each for each in blocks_of(PAGE) if each.language == "python"]
    exec(compile(block.text, str(PAGE), "exec", dont_inherit=True), names)  # noqa: S102
    async with AsyncFishjamClient.from_env() as client:
        room = await client.create_room()
        _, token = await client.create_peer(room.id)
        user = emulator.connect_peer(token)
        bot = asyncio.create_task(names["bot"](room.id))
        await until(lambda: any(map(is_agent_there, emulator.notifications)))
        user.speak(tone(440, 5))
        heard = await user.ahear(0.5, timeout=PATIENCE)
        assert pitch_of(heard, 16000) == pytest.approx(440, abs=4)
        await client.delete_room(room.id)
        await asyncio.wait_for(bot, PATIENCE)
