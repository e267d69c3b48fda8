"""The examples and their READMEs are complete."""

from __future__ import annotations

import re

import pytest

from tests.examples.programs import ROOT, commands

EXAMPLES = ROOT / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/__init__.py"))


def test_the_list_names_every_example() -> None:
    listed = re.findall(r"^\| \[(\w+)\]\((\w+)\) \|", (EXAMPLES / "README.md").read_text(), re.M)
    assert sorted(name for name, _ in listed) == NAMES
    assert all(name == link for name, link in listed)


@pytest.mark.parametrize("name", NAMES)
def test_a_readme_is_a_few_lines_with_a_command_that_exists(name: str) -> None:
    text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 50
    assert commands(name)
    for module in commands(name):
        path = ROOT.joinpath(*module.split("."))
        assert (path / "__main__.py").exists() or path.with_suffix(".py").exists()
