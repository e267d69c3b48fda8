"""Leaving a notifier: nobody waits for a server that does not answer a close frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
import pytest

from fishjam import FishjamNotifier
from fishjam.notifier import SocketOptions
from tests.notifier.fishjam_script import notifier_for, send_rooms, then
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

CLOSE_TIMEOUT = 25.0


def fall_silent(peer: Peer) -> None:
    """Send an event, and read nothing more until the test is over."""
    send_rooms(peer, "a")
    peer.tell("silent")
    assert peer.server.go.wait(30)


async def read(notifier: FishjamNotifier) -> None:
    async with notifier.subscribe() as events:
        async for _ in events:
            pass


async def leave_in_order(notifier: FishjamNotifier) -> None:
    async with notifier.subscribe() as events:
        await anext(events)


async def fail(notifier: FishjamNotifier) -> None:
    async with notifier.subscribe():
        raise LookupError("mine")


@pytest.mark.parametrize(
    "use", [FishjamNotifier.run, FishjamNotifier.connect, read, leave_in_order, fail]
)
@pytest.mark.parametrize("handler", ["fails", "waits"])
async def test_a_silent_server_holds_nothing_up(
    serve: Serve, use: Callable[[FishjamNotifier], Awaitable[None]], handler: str
) -> None:
    server = serve(then(fall_silent))
    options = SocketOptions(close_timeout=CLOSE_TIMEOUT)
    notifier = notifier_for(server, socket_options=options)

    @notifier.on_server_notification
    async def handle(_: object) -> None:
        if handler == "fails":
            raise LookupError("mine")
        await anyio.sleep_forever()

    async def use_it() -> None:
        with suppress(LookupError):
            await use(notifier)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(use_it)
        assert await server.wait() == "silent"
        begin = anyio.current_time()
        tasks.cancel_scope.deadline = begin + 0.2
    assert anyio.current_time() - begin < CLOSE_TIMEOUT / 2
    server.go.set()
