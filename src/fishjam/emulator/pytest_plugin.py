"""The pytest plugin: a local Fishjam as a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fishjam.emulator import Emulator


@pytest.fixture(scope="session")
def _fishjam_emulator_server() -> Iterator[Emulator]:
    # Imported here, because pytest loads this module wherever the SDK is installed.
    from fishjam.emulator import Emulator

    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def fishjam_emulator(_fishjam_emulator_server: Emulator) -> Emulator:
    """Give a running `fishjam.emulator.Emulator` without rooms, faults and recorded requests.

    All tests of a session share one server, which is reset before each of them.
    """
    _fishjam_emulator_server.reset()
    return _fishjam_emulator_server
