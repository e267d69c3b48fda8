"""Clients that read too slowly, or do not answer at all: nobody else may notice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from fishjam.emulator import Emulator
from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._delivery.delay_queue import DelayQueue
from fishjam.emulator._delivery.outbox import CUT, TOO_SLOW, CloseStatus, Outbox
from fishjam.emulator._server import TcpConnection
from fishjam.emulator._sockets.connection import MAX_BACKLOG, SocketConnection
from fishjam.emulator._sockets.session import AUTH_TIMEOUT
from tests.support.emulator_sockets import subscribed

END = {"type": "websocket.disconnect", "code": 1006}


def test_a_slow_subscriber_is_cut_off_and_no_other(emulator: Emulator) -> None:
    frame = bytes(512 * 1024)
    with (
        subscribed(emulator, max_queue=1) as slow,
        subscribed(emulator) as fast,
    ):
        # More than the limit and all that the sockets of the two sides can hold.
        for _ in range(100):
            emulator.send(frame)
            assert fast.receive_raw() == frame
        seen = 0
        with suppress(ConnectionClosed):
            while slow.receive_raw() == frame:
                seen += 1
        assert slow.ending() == (1013, "too slow")
        assert 0 < seen < 100
        emulator.send(b"still there")
        assert fast.receive_raw() == b"still there"
    with subscribed(emulator) as again:
        emulator.send(b"y")
        assert again.receive_raw() == b"y"


class Notes:
    """Notes what a line does."""

    def __init__(self, **limits: int) -> None:
        self.calls: list[str] = []
        wake, abort = self._note("wake"), self._note("abort")
        self.outbox = Outbox(wake, abort, **limits)

    def _note(self, name: str) -> Callable[[], None]:
        return lambda: self.calls.append(name)


def test_a_line_is_emptied_in_order() -> None:
    wire = Notes()
    assert wire.outbox.take() is None
    wire.outbox.send(b"1")
    wire.outbox.send("2")
    wire.outbox.close(1000, "bye")
    wire.outbox.send(b"3")
    assert wire.outbox.close_status == CloseStatus(1000, "bye")
    assert [wire.outbox.take() for _ in range(3)] == [b"1", "2", None]
    assert wire.calls == ["wake"] * 3


@pytest.mark.parametrize("limits", [{"max_frames": 3}, {"max_bytes": 6}])
def test_a_line_has_its_limits(limits: dict[str, int]) -> None:
    wire = Notes(**limits)
    for _ in range(10):
        wire.outbox.send(b"12")
        assert wire.outbox.take() == b"12"
    for _ in range(3):
        wire.outbox.send(b"12")
    assert wire.outbox.close_status is None
    wire.outbox.send(b"12")
    assert wire.outbox.close_status is TOO_SLOW
    assert wire.outbox.take() is None


def test_a_line_is_cut_once_and_for_all() -> None:
    wire = Notes()
    wire.outbox.send(b"1")
    wire.outbox.cut()
    wire.outbox.close(1000)
    assert wire.outbox.take() is None
    assert wire.outbox.close_status is CUT
    assert wire.calls == ["wake", "wake", "abort", "wake"]


class Client(TcpConnection):
    """Stands for the server's side of a connection, and for a session behind it."""

    def __init__(self, close_timeout: float = 10.0) -> None:
        super().__init__([])
        self.close_timeout = close_timeout
        self.backlogs: list[int] = []
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.stuck = False
        self.calls: list[object] = []

    async def run(self, act: Callable[[SocketConnection], None]) -> None:
        connection = SocketConnection(
            self.incoming.get, self._send, self, close_timeout=self.close_timeout
        )
        asyncio.get_running_loop().call_soon(act, connection)
        await connection.run(self, threading.RLock(), EmulatorClock())

    async def _send(self, message: Any) -> None:
        if message["type"] == "websocket.accept":
            return
        if self.error:
            raise self.error
        if self.stuck:
            await asyncio.Event().wait()
        self.sent.append(message)

    def backlog(self) -> int:
        return self.backlogs.pop(0) if self.backlogs else 0

    def abort(self) -> None:
        self.calls.append("abort")
        self.incoming.put_nowait(END)

    def receive(self, frame: bytes | str) -> None:
        if frame == "fail":
            raise ZeroDivisionError
        self.calls.append(frame)

    def expire(self) -> None:
        raise AssertionError("it is not that late")

    def end(self) -> None:
        self.calls.append("end")


def test_who_does_not_read_is_cut_when_its_time_is_over() -> None:
    client = Client(close_timeout=0.01)
    client.stuck = True

    def act(connection: SocketConnection) -> None:
        connection.outbox.send(b"x")
        connection.outbox.close(1000)
        connection.outbox.close(1000)

    asyncio.run(client.run(act))
    assert client.calls == ["abort", "end"]


def test_what_the_client_has_not_taken_is_waited_for() -> None:
    client = Client()
    client.backlogs = [MAX_BACKLOG, MAX_BACKLOG + 1, MAX_BACKLOG + 1]
    frames = [str(number).encode() for number in range(250)]

    def act(connection: SocketConnection) -> None:
        for frame in frames:
            connection.outbox.send(frame)
        connection.outbox.close(4000)

    asyncio.run(client.run(act))
    assert client.backlogs == []
    assert [message.get("bytes") for message in client.sent] == [*frames, None]


@pytest.mark.parametrize("error", [OSError(), RuntimeError()])
def test_a_connection_that_the_server_gave_up_ends(error: Exception) -> None:
    client = Client()
    client.error = error
    asyncio.run(client.run(lambda connection: connection.outbox.send(b"x")))
    assert client.calls == ["abort", "end"]


def test_frames_behind_the_end_are_not_looked_at() -> None:
    client = Client()

    def act(connection: SocketConnection) -> None:
        client.incoming.put_nowait({"type": "websocket.receive", "bytes": b"1", "text": None})
        client.incoming.put_nowait({"type": "websocket.receive", "text": "2"})
        client.incoming.put_nowait(END)

    asyncio.run(client.run(act))
    assert client.calls == [b"1", "2", "end"]
    client = Client()

    def act_and_close(connection: SocketConnection) -> None:
        connection.outbox.close(4000, "enough")
        act(connection)

    asyncio.run(client.run(act_and_close))
    assert client.calls == ["end"]


def test_a_mistake_in_a_session_is_not_hidden() -> None:
    client = Client()
    client.incoming.put_nowait({"type": "websocket.receive", "text": "fail"})
    with pytest.raises(ZeroDivisionError):
        asyncio.run(client.run(lambda _: None))
    assert client.calls == ["end"]


def test_the_clock_is_touched_while_somebody_sleeps() -> None:
    clock = EmulatorClock()

    async def sleep() -> None:
        moment = clock.now() + AUTH_TIMEOUT
        sleeping = asyncio.create_task(clock.sleep_until(moment))
        for seconds in (3.0, 3.0):
            await asyncio.sleep(0)
            clock.advance(seconds)
        await asyncio.sleep(0)
        assert not sleeping.done()
        clock.advance(6.0)
        await sleeping
        await clock.sleep_until(moment)
        assert await clock.wait_once(moment)
        clock.reset()
        assert clock.now() < moment

    asyncio.run(sleep())


def test_what_never_began_is_ended() -> None:
    taken: list[str] = []
    delay: DelayQueue[str] = DelayQueue(threading.RLock(), EmulatorClock(), taken.append)
    delay.seconds = 60
    delay.put("at once, because nothing runs")
    asyncio.run(delay.aclose())
    assert len(taken) == 1


def test_the_clock_goes_on_by_itself() -> None:
    clock = EmulatorClock()

    async def sleep() -> None:
        moment = clock.now() + 0.01
        await clock.sleep_until(moment)
        assert clock.now() >= moment

    asyncio.run(sleep())
