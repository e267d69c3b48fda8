"""Each test here runs with the sync client, and with the async one on each loop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fishjam import AsyncFishjamClient
from fishjam.emulator import Emulator
from tests.support.clients import World, anyio_backend, few_authorities, one_authority, world

__all__ = ("anyio_backend", "few_authorities", "one_authority", "world")


@pytest.fixture
async def client(emulator: Emulator, world: World) -> AsyncIterator[AsyncFishjamClient]:
    async with world.client(emulator.fishjam_id, emulator.management_token) as client:
        yield client
