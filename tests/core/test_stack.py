"""Warnings that point at the caller's line."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest

from fishjam._core.stack import warn_from
from tests.support.recorded_warnings import here, recorded, where


def module(name: str, source: str, **names: object) -> types.ModuleType:
    """Make a module whose functions pass for code of that name."""
    made = types.ModuleType(name)
    vars(made).update(names)
    exec(compile(source, f"<{name}>", "exec"), vars(made))  # noqa: S102
    return made


def test_called_from_outside_it_points_at_the_call() -> None:
    with pytest.warns(UserWarning, match="text") as seen:
        _, line = warn_from("text", UserWarning), here()  # type: ignore[func-returns-value]
    assert where(seen[0]) == (__file__, line)


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_lines_of_the_package_are_passed_over(depth: int) -> None:
    inside = module(
        "fishjam._inside",
        "def go(n):\n    warn('text', DeprecationWarning) if n == 1 else go(n - 1)\n",
        warn=warn_from,
    )
    with recorded() as seen:
        _, line = inside.go(depth), here()
    assert where(seen[0]) == (__file__, line)


@pytest.mark.parametrize("name", ["fishjam_tools", "fishjams", "myfishjam.x"])
def test_another_package_with_a_name_like_ours_is_outside(name: str) -> None:
    outside = module(name, "def go():\n    warn('text', UserWarning)\n", warn=warn_from)
    with recorded() as seen:
        outside.go()
    assert where(seen[0]) == (f"<{name}>", 2)


def test_with_nobody_outside_it_still_warns() -> None:
    code = (
        "from fishjam._core.stack import warn_from;"
        "__name__ = 'fishjam.inside'; warn_from('text', UserWarning)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "UserWarning: text" in done.stderr
