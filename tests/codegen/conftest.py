"""The fixture that makes packages out of small documents."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.codegen.small_api import Api, generate


@pytest.fixture(scope="session")
def small_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Api]]:
    """Return a function that generates a package from `schemas`, `paths` and `components`."""
    folder = tmp_path_factory.mktemp("tiny")
    sys.path.insert(0, str(folder))
    made: dict[str, Api] = {}

    def make(**parts: Any) -> Api:
        """Generate a document once, however many tests ask for it."""
        key = repr(sorted(parts.items()))
        if key not in made:
            made[key] = generate(folder, f"tiny_{len(made)}", **parts)
        return made[key]

    yield make
    sys.path.remove(str(folder))
