"""The program of the guide, which the documentation's own environment cannot load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.docs.markdown import blocks_of

PAGE = Path(__file__).parents[2] / "docs/how-to/openai-agents.md"


def test_the_program_of_the_guide_can_be_loaded() -> None:
    names: dict[str, Any] = {"__name__": "guide"}
    (block,) = [each for each in blocks_of(PAGE) if each.language == "python"]
    exec(compile(block.text, str(PAGE), "exec", dont_inherit=True), names)  # noqa: S102
    assert [tool.name for tool in names["assistant"].tools] == ["weather"]
