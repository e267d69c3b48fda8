"""The socket beneath the engine for trio, used without trio's own functions."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import anyio
import pytest
import trio

from fishjam._websocket._trio_stream import PlainSocket

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["trio"])]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    near.setblocking(False)
    with near, far:
        yield near, far


class Thief(trio.abc.Instrument):
    """Takes away what has come before the task that was woken up for it can read it."""

    def __init__(self, sock: socket.socket) -> None:
        self.taken = b""
        self.done = trio.Event()
        self._socket = sock

    def after_io_wait(self, timeout: float) -> None:
        if not self.taken:
            try:
                self.taken = self._socket.recv(100)
                self.done.set()
            except BlockingIOError:
                return


async def test_waking_up_in_vain(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    thief = Thief(near)
    received = []

    async def receive() -> None:
        received.append(await PlainSocket(near).receive())

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(receive)
            await trio.testing.wait_all_tasks_blocked()
            trio.lowlevel.add_instrument(thief)
            far.send(b"stolen")
            await thief.done.wait()
            # Both tasks were woken up together, and trio does not say which one goes first.
            await trio.testing.wait_all_tasks_blocked()
            far.send(b"read")
    trio.lowlevel.remove_instrument(thief)
    assert (thief.taken, received) == (b"stolen", [b"read"])


async def test_what_does_not_go_at_once(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    plain = PlainSocket(near)
    assert plain.send(b"all of it") == 9
    assert 0 < plain.send(bytes(1 << 24)) < 1 << 24
    assert plain.send(b"full") == 0
    far.close()
    assert plain.send(b"broken") == 0


async def test_a_connection_that_breaks(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    near.send(b"unread: closing resets the connection")
    far.close()
    with pytest.raises(trio.BrokenResourceError):
        await PlainSocket(near).receive()
