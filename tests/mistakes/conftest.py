"""A local Fishjam with nothing in it, and a sync client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fishjam import FishjamClient
from fishjam.emulator import Emulator
from tests.http.worlds import TOKEN, few_authorities, one_authority

__all__ = ("few_authorities", "one_authority")


@pytest.fixture(scope="package")
def running_emulator() -> Iterator[Emulator]:
    with Emulator(management_token=TOKEN) as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator: Emulator) -> Emulator:
    running_emulator.reset()
    return running_emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[FishjamClient]:
    with FishjamClient(emulator.fishjam_id, TOKEN, retry=None) as client:
        yield client
