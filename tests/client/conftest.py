"""Scenarios of this directory run in the three worlds of `worlds.py`, most on a local Fishjam."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from fishjam import AsyncFishjamClient
from fishjam.emulator import Emulator
from tests.http.worlds import TOKEN, World, anyio_backend, few_authorities, one_authority, world

__all__ = ("anyio_backend", "few_authorities", "one_authority", "world")


@pytest.fixture(scope="module")
def running_emulator() -> Iterator[Emulator]:
    with Emulator(management_token=TOKEN) as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator: Emulator) -> Emulator:
    running_emulator.reset()
    return running_emulator


@pytest.fixture
async def client(emulator: Emulator, world: World) -> AsyncIterator[AsyncFishjamClient]:
    async with world.client(emulator.fishjam_id) as client:
        yield client
