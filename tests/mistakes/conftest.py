"""A local Fishjam with nothing in it, and a sync client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fishjam import FishjamClient
from fishjam.emulator import Emulator
from tests.support.clients import few_authorities, one_authority

__all__ = ("few_authorities", "one_authority")


@pytest.fixture
def client(emulator: Emulator) -> Iterator[FishjamClient]:
    with FishjamClient(emulator.fishjam_id, emulator.management_token, retry=None) as client:
        yield client
