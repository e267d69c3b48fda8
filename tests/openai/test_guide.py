"""The program of the guide, with a local server in place of OpenAI's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from agents.realtime import RealtimeRunner, RealtimeSession

from examples.meeting import is_agent_there
from fishjam import AsyncFishjamClient
from fishjam.emulator import Emulator, tone
from tests.docs.markdown import blocks_of
from tests.examples.openai_realtime import KEY, RealtimeServer
from tests.openai.rooms import PATIENCE, beside, until
from tests.support.tones import pitch_of

pytestmark = pytest.mark.anyio
PAGE = Path(__file__).parents[2] / "docs/how-to/openai-agents.md"


async def test_the_program_of_the_guide(
    emulator: Emulator,
    server: RealtimeServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class LocalRunner(RealtimeRunner):
        async def run(self, **options: Any) -> RealtimeSession:
            # The Agents SDK takes the address from nowhere else.
            url = server.url.replace("http", "ws") + "/realtime?model=m"
            return await super().run(model_config={"url": url}, **options)

    monkeypatch.setenv("FISHJAM_ID", emulator.fishjam_id)
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", emulator.management_token)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.speech = tone(600, 0.5, sample_rate=24000)
    names: dict[str, Any] = {"__name__": "guide"}
    (block,) = [each for each in blocks_of(PAGE) if each.language == "python"]
    exec(compile(block.text, str(PAGE), "exec", dont_inherit=True), names)  # noqa: S102
    names["RealtimeRunner"] = LocalRunner
    async with AsyncFishjamClient.from_env() as client:
        room = await client.create_room()
        _, token = await client.create_peer(room.id)
        user = emulator.connect_peer(token)
        async with beside(lambda: names["main"](room.id)) as outcome:
            await until(lambda: any(map(is_agent_there, emulator.notifications)))
            user.speak(tone(440, 0.4) + bytes(32000))
            heard = await user.ahear(0.45, timeout=PATIENCE)
            assert pitch_of(heard, 16000) == pytest.approx(600, abs=3)
            await client.delete_room(room.id)
    assert outcome == [None]
    assert capsys.readouterr().out.splitlines() == [
        f"User: {server.transcript}",
        "Model: Hello, ",
    ]
    assert [tool["name"] for tool in server.sessions[0]["tools"]] == ["weather"]
