"""A notifier beside an ASGI application: it starts and stops with it, and says when it dies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import fastapi
import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from fishjam import ConnectionLost, ConnectionRestored, FishjamNotifier, events
from fishjam.errors import CallbackCancelledError, FishjamTimeoutError, NotifierAuthError
from fishjam.integrations.asgi import notifier_lifespan, run_notifier
from tests.integrations.servers import uvicorn_server
from tests.notifier.fishjam_script import (
    end_in_order,
    notifier_for,
    one_after_another,
    send_rooms,
    stay,
    then,
    welcome,
)
from tests.support.cancelled import NEEDS_COUNTING, wait_for_something_cancelled
from tests.support.plain_http import PLAIN
from tests.support.websocket_server import Peer
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]

Messages = list[dict[str, Any]]


@asynccontextmanager
async def started(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Start an application as a server does, give its state, and shut it down.

    A start that fails is the exception that the application raised.
    """
    to_app, receiving = anyio.create_memory_object_stream[dict[str, Any]](1)
    sending, from_app = anyio.create_memory_object_stream[dict[str, Any]](2)
    state: dict[str, Any] = {}
    scope = {"type": "lifespan", "state": state}
    raised: list[Exception] = []

    async def run() -> None:
        try:
            await app(scope, receiving.receive, sending.send)
        except Exception as error:
            raised.append(error)

    with to_app, receiving, sending, from_app:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            await to_app.send({"type": "lifespan.startup"})
            if (await from_app.receive())["type"] == "lifespan.startup.complete":
                yield state
                await to_app.send({"type": "lifespan.shutdown"})
                assert await from_app.receive() == {"type": "lifespan.shutdown.complete"}
    for error in raised:
        raise error


def tell_the_end(peer: Peer) -> None:
    peer.tell(peer.end_in_order())


def refuse(peer: Peer) -> None:
    peer.accept()
    peer.receive()
    peer.close(1000, "invalid token")
    peer.read_close()


def hesitate(peer: Peer) -> None:
    peer.accept()
    peer.read_until_end()


def ignore(event: events.Notification) -> None:
    pass


async def test_events_are_handled_while_the_application_runs(serve: Serve) -> None:
    server = serve(then(lambda peer: send_rooms(peer, "a"), tell_the_end))
    notifier = notifier_for(server)
    handled = anyio.Event()
    notifier.on_server_notification(lambda event: handled.set())
    async with started(Starlette(lifespan=notifier_lifespan(notifier))) as state:
        assert notifier.connected
        assert state == {}
        await handled.wait()
    assert not notifier.connected
    assert (await server.wait())[0] == 1000


async def test_a_lifespan_of_ones_own_is_around_it(serve: Serve) -> None:
    notifier = notifier_for(serve(then(stay)))
    notifier.on_server_notification(ignore)
    seen: list[bool] = []

    @asynccontextmanager
    async def mine(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        seen.append(notifier.connected)
        yield {"app": app}
        seen.append(notifier.connected)

    app = Starlette(lifespan=notifier_lifespan(notifier, mine))
    async with started(app) as state:
        assert state == {"app": app}
        assert notifier.connected
    assert seen == [False, False]


async def test_a_refused_token_stops_the_start(serve: Serve) -> None:
    notifier = notifier_for(serve(refuse))
    notifier.on_server_notification(ignore)
    left: list[bool] = []

    @asynccontextmanager
    async def mine(app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            left.append(True)

    with pytest.raises(NotifierAuthError, match="Invalid management token"):
        async with started(Starlette(lifespan=notifier_lifespan(notifier, mine))):
            pytest.fail("it started")
    assert left == [True]


async def test_a_notifier_without_a_handler_stops_the_start() -> None:
    notifier = FishjamNotifier("http://127.0.0.1:1", "token")
    with pytest.raises(RuntimeError, match="no handler"):
        async with run_notifier(notifier, ready_timeout=None):
            pytest.fail("it started")


async def test_the_start_does_not_wait_for_ever(serve: Serve) -> None:
    notifier = notifier_for(serve(hesitate))
    notifier.on_server_notification(ignore)
    with pytest.raises(FishjamTimeoutError, match=r"not connected within 0\.1 s"):
        async with run_notifier(notifier, ready_timeout=0.1):
            pytest.fail("it started")


async def test_the_failure_of_an_earlier_run_is_forgotten(serve: Serve) -> None:
    notifier = notifier_for(serve(one_after_another(refuse, then(stay))))
    notifier.on_server_notification(ignore)
    with pytest.raises(NotifierAuthError):
        await notifier.run()
    async with run_notifier(notifier):
        assert notifier.connected


async def test_losses_and_returns_are_told(serve: Serve) -> None:
    notifier = notifier_for(serve(one_after_another(then(end_in_order), then(stay))))
    notifier.on_server_notification(ignore)
    lost: list[ConnectionLost] = []
    restored = anyio.Event()

    async def back(news: ConnectionRestored) -> None:
        restored.set()

    async with run_notifier(notifier, on_lost=lost.append, on_restored=back):
        await restored.wait()
    assert [news.reason for news in lost] == ["good bye"]


async def test_a_notifier_that_dies_later_is_told_and_logged(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def script(peer: Peer) -> None:
        welcome(peer)
        assert peer.server.go.wait(30)
        send_rooms(peer, "a")
        peer.read_until_end()

    server = serve(script)
    notifier = notifier_for(server)
    died = anyio.Event()
    errors: list[Exception] = []

    @notifier.on(events.RoomCreated)
    def fail(event: events.RoomCreated) -> None:
        raise LookupError("mine")

    async def tell(error: Exception) -> None:
        errors.append(error)
        died.set()

    async with run_notifier(notifier, on_failure=tell):
        assert notifier.connected
        server.go.set()
        await died.wait()
        assert not notifier.connected
    assert [repr(error) for error in errors] == ["LookupError('mine')"]
    assert "the notifier has stopped and handles no more events" in caplog.text
    assert "LookupError: mine" in caplog.text


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
async def test_an_interruption_of_the_block_comes_out_as_it_is(
    serve: Serve, error: BaseException
) -> None:
    notifier = notifier_for(serve(then(stay)))
    notifier.on_server_notification(print)
    with pytest.raises(type(error)) as caught:
        async with run_notifier(notifier):
            raise error
    assert caught.value is error


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
async def test_an_interruption_of_a_handler_ends_the_block_and_comes_out_as_it_is(
    serve: Serve, error: BaseException
) -> None:
    notifier = notifier_for(serve(then(lambda peer: send_rooms(peer, "a"), stay)))

    @notifier.on_server_notification
    def interrupt(_: object) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        async with run_notifier(notifier):
            await anyio.sleep_forever()
    assert caught.value is error


@NEEDS_COUNTING
async def test_a_handler_that_is_cancelled_from_inside_stops_the_notifier_alone(
    serve: Serve,
) -> None:
    notifier = notifier_for(serve(then(lambda peer: send_rooms(peer, "a"), stay)))
    notifier.on_server_notification(wait_for_something_cancelled)
    errors: list[Exception] = []
    died = anyio.Event()

    async def tell(error: Exception) -> None:
        errors.append(error)
        died.set()
        await wait_for_something_cancelled()

    async with started(Starlette(lifespan=notifier_lifespan(notifier, on_failure=tell))):
        await died.wait()
    assert [type(error) for error in errors] == [CallbackCancelledError]


async def test_a_callback_that_fails_is_logged(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = notifier_for(serve(one_after_another(then(end_in_order), refuse)))
    notifier.on_server_notification(ignore)
    called = anyio.Event()

    def fail(error: Exception) -> None:
        called.set()
        raise LookupError("in the callback")

    async with run_notifier(notifier, on_failure=fail):
        await called.wait()
    assert "NotifierAuthError" in caplog.text
    assert "LookupError: in the callback" in caplog.text


async def failure_of(notifier: FishjamNotifier) -> None:
    while True:
        await notifier.wait_ready()
        await anyio.lowlevel.checkpoint()


async def test_without_a_callback_the_failure_is_logged(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = notifier_for(serve(one_after_another(then(end_in_order), refuse)))
    notifier.on_server_notification(ignore)
    async with run_notifier(notifier):
        with pytest.raises(NotifierAuthError):
            await failure_of(notifier)
        # It is known before the connection is left, and logged after that.
        with anyio.fail_after(30):
            while "the notifier has stopped" not in caplog.text:  # noqa: ASYNC110
                await anyio.sleep(0.001)


async def test_what_the_block_raises_comes_out_as_it_is(serve: Serve) -> None:
    notifier = notifier_for(serve(then(stay)))
    notifier.on_server_notification(ignore)
    with pytest.raises(LookupError, match="mine"):
        async with run_notifier(notifier):
            raise LookupError("mine")
    with anyio.CancelScope() as scope:
        async with run_notifier(notifier):
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    assert scope.cancelled_caught


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
class TestUvicorn:
    async def test_it_runs_beside_a_server(self, serve: Serve) -> None:
        server = serve(then(lambda peer: send_rooms(peer, "a"), tell_the_end))
        notifier = notifier_for(server)
        seen: list[events.Notification] = []
        notifier.on_server_notification(seen.append)
        app = fastapi.FastAPI(lifespan=notifier_lifespan(notifier))

        @app.get("/")
        async def connected() -> bool:
            return notifier.connected

        def ask() -> object:
            with uvicorn_server(app, lifespan="on") as url:
                return httpx.get(url, **PLAIN).json()

        assert await anyio.to_thread.run_sync(ask) is True
        assert (await server.wait())[0] == 1000
        assert not notifier.connected

    async def test_a_refused_token_ends_the_server(
        self, serve: Serve, caplog: pytest.LogCaptureFixture
    ) -> None:
        notifier = notifier_for(serve(refuse))
        notifier.on_server_notification(ignore)
        app = fastapi.FastAPI(lifespan=notifier_lifespan(notifier))

        def serve_it() -> object:
            with pytest.raises(SystemExit) as caught:
                uvicorn.run(app, port=0, lifespan="on", ws="none", log_config=None)
            return caught.value.code

        assert await anyio.to_thread.run_sync(serve_it) == 3
        assert "Invalid management token" in caplog.text
        assert "Application startup failed" in caplog.text
