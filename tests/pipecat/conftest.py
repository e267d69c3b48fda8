"""Bots of Pipecat, which runs on asyncio alone."""

from __future__ import annotations

import warnings

import pytest

with warnings.catch_warnings():
    # It warns of deprecated classes of its own when it makes them (seen in 1.14).
    warnings.simplefilter("ignore", DeprecationWarning)
    import pipecat.services.tts_service  # noqa: F401


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
