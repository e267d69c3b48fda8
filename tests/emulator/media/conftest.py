"""A media router for each test."""

import pytest

from tests.emulator.media.hall import Hall


@pytest.fixture
def hall() -> Hall:
    return Hall()
