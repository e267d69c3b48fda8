"""OpenAI's Agents SDK, unmodified, with a server on loopback; it runs on asyncio alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.examples.openai_realtime import RealtimeServer, realtime_server


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def no_tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")


@pytest.fixture
def server() -> Iterator[RealtimeServer]:
    with realtime_server() as server:
        yield server
