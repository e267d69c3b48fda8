"""Reading from a WebSocket's client: it pauses only where that makes a difference."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fishjam.emulator._server import PatientTransport

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]


class Recorder(asyncio.Transport):
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []
        self.closing = False

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        self.calls.append("resume")

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: Any) -> None:
        self.calls.append(data)

    def close(self) -> None:
        self.calls.append("close")

    def abort(self) -> None:
        self.calls.append("abort")

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": "ada"}.get(name, default)

    def get_write_buffer_size(self) -> int:
        return 7


@pytest.fixture
async def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def transport(recorder: Recorder) -> PatientTransport:
    return PatientTransport(recorder)


async def turn() -> None:
    """Let the loop call what is due."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_what_is_taken_in_the_same_turn_pauses_nothing(
    transport: PatientTransport, recorder: Recorder
) -> None:
    for _ in range(3):
        transport.pause_reading()
        transport.resume_reading()
        await turn()
    assert recorder.calls == []


async def test_what_is_not_taken_pauses_it_once(
    transport: PatientTransport, recorder: Recorder
) -> None:
    transport.pause_reading()
    transport.resume_reading()
    transport.pause_reading()
    await turn()
    assert recorder.calls == ["pause"]
    transport.resume_reading()
    transport.resume_reading()
    await turn()
    assert recorder.calls == ["pause", "resume"]


async def test_one_that_is_closing_is_not_paused(
    transport: PatientTransport, recorder: Recorder
) -> None:
    transport.pause_reading()
    recorder.closing = True
    await turn()
    assert recorder.calls == []
    assert transport.is_closing()


async def test_all_else_is_passed_on(transport: PatientTransport, recorder: Recorder) -> None:
    assert transport.get_extra_info("peername") == "ada"
    assert transport.get_extra_info("socket", "none") == "none"
    assert transport.get_write_buffer_size() == 7
    transport.write(b"data")
    transport.close()
    transport.abort()
    assert recorder.calls == [b"data", "close", "abort"]
