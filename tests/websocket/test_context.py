"""The block of an `async with`: what goes on inside comes out as it is, whatever happens."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import anyio
import pytest

import fishjam._websocket
from fishjam._websocket._signals import SocketBusyError
from fishjam._websocket.connection import WebSocket, connect_websocket
from fishjam.errors import MissingExtraError, SocketBrokenError, SocketOpenError
from tests.support.websocket_server import Peer, Server, echo
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]
only_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])
only_trio = pytest.mark.parametrize("anyio_backend", ["trio"])


class Interrupted(BaseException):
    """Something like KeyboardInterrupt."""


def own_group() -> BaseException:
    if sys.version_info < (3, 11):
        from exceptiongroup import ExceptionGroup
    else:
        from builtins import ExceptionGroup
    return ExceptionGroup("the user's own", [ValueError("one"), OSError("two")])


ERRORS = [ValueError("mine"), OSError("mine"), Interrupted("mine"), own_group()]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_an_error_in_the_block(serve: Serve, error: BaseException) -> None:
    server = serve(echo)
    with pytest.raises(type(error)) as caught:
        async with connect_websocket(server.url):
            raise error
    assert caught.value is error
    assert await server.wait() == (1000, "")


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("waiting", [False, True])
async def test_an_error_while_the_connection_breaks(
    serve: Serve, error: BaseException, waiting: bool
) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.read(1)
        peer.reset()

    async def use() -> None:
        async with connect_websocket(serve(script).url) as socket:
            await socket.send(b"x")
            if waiting:
                with pytest.raises(SocketBrokenError):
                    await socket.receive()
            raise error

    with pytest.raises(type(error)) as caught:
        await use()
    assert caught.value is error


async def test_the_end_of_the_connection_does_not_disturb_the_block(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.reset()

    async with connect_websocket(serve(script).url):
        await anyio.sleep(0.1)
        went_on = True
    assert went_on


async def test_the_errors_of_the_socket_come_out_too(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.close(1011, "crash")
        peer.read_close()

    with pytest.raises(SocketBrokenError, match="crash"):
        async with connect_websocket(serve(script).url) as socket:
            await socket.receive()


async def test_two_readers(serve: Serve) -> None:
    async with connect_websocket(serve(echo).url) as socket:
        received: list[bytes] = []

        async def receive() -> None:
            received.append(await socket.receive())

        async with anyio.create_task_group() as group:
            group.start_soon(receive)
            await anyio.wait_all_tasks_blocked()
            for _ in range(3):
                with pytest.raises(SocketBusyError, match="Another task is receiving"):
                    await socket.receive()
            await socket.send(b"for the first")
        assert received == [b"for the first"]
        await socket.send(b"for anybody")
        assert await socket.receive() == b"for anybody"


async def test_many_connections_at_once(serve: Serve) -> None:
    server = serve(echo)

    async def use(number: int) -> None:
        async with connect_websocket(server.url) as socket:
            await socket.send(b"%d" % number)
            assert await socket.receive() == b"%d" % number

    async with anyio.create_task_group() as group:
        for number in range(30):
            group.start_soon(use, number)


async def test_one_after_the_other_and_one_in_another(serve: Serve) -> None:
    server = serve(echo)
    for _ in range(3):
        async with connect_websocket(server.url) as outer, connect_websocket(server.url) as inner:
            await outer.send(b"outer")
            await inner.send(b"inner")
            assert await outer.receive() == b"outer"
            assert await inner.receive() == b"inner"


async def test_a_context_is_entered_once(serve: Serve) -> None:
    connection = connect_websocket(serve(echo).url)
    with pytest.raises(RuntimeError, match="never entered"):
        await connection.__aexit__(None, None, None)
    async with connection:
        with pytest.raises(RuntimeError, match="entered before"):
            await connection.__aenter__()


async def test_an_exit_stack(serve: Serve) -> None:
    server = serve(echo)
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connect_websocket(server.url)) for _ in range(3)]
    assert [socket.close_code for socket in sockets] == [1000, 1000, 1000]


@only_asyncio
async def test_trio_need_not_even_be_imported(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "trio", raising=False)
    async with connect_websocket(serve(echo).url) as socket:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"


@only_asyncio
async def test_entered_in_one_task_and_left_in_another(serve: Serve) -> None:
    server = serve(echo)
    connection = connect_websocket(server.url)

    async def enter() -> WebSocket:
        # The scope of the task that enters is gone when the connection is used.
        with anyio.move_on_after(5):
            return await connection.__aenter__()
        raise AssertionError

    async def use(socket: WebSocket) -> None:
        await socket.send(b"hello")
        assert await socket.receive() == b"hello"

    async def leave() -> None:
        await connection.__aexit__(None, None, None)

    socket = await asyncio.create_task(enter())
    await asyncio.create_task(use(socket))
    await asyncio.create_task(leave())
    assert await server.wait() == (1000, "")


@only_asyncio
async def test_left_by_a_generator_that_another_task_finishes(serve: Serve) -> None:
    """What pytest-asyncio does with fixtures."""
    server = serve(echo)

    async def fixture() -> AsyncGenerator[WebSocket, None]:
        async with connect_websocket(server.url) as socket:
            yield socket

    generator = fixture()
    socket = await asyncio.create_task(anext(generator))
    await socket.send(b"hello")
    assert await socket.receive() == b"hello"
    with pytest.raises(StopAsyncIteration):
        await asyncio.create_task(anext(generator))
    assert await server.wait() == (1000, "")


# The engine


@only_trio
async def test_trio_without_its_engine(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trio_websocket", None)
    monkeypatch.delitem(sys.modules, "fishjam._websocket._trio", raising=False)
    monkeypatch.delattr(fishjam._websocket, "_trio", raising=False)
    with pytest.raises(MissingExtraError, match=r'pip install "fishjam-server-sdk\[trio\]"'):
        async with connect_websocket(serve(echo).url):
            pytest.fail("connected")
    with pytest.raises(ImportError):
        await connect_websocket(serve(echo).url).__aenter__()


def run(code: str, server: Server, backend: str) -> str:
    """Run a program of its own, and return what it printed."""
    program = f"""
    import asyncio, signal, sys
    import anyio
    from fishjam._websocket.connection import connect_websocket
    from fishjam._websocket.options import SocketOptions
    # Where the tests run in the background of a shell, interrupts are ignored from the start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    URL = {server.url!r}
    BACKEND = {backend!r}
    def run(main):
        try:
            anyio.run(main, backend=BACKEND)
        except asyncio.CancelledError:
            # That is how anyio tells it on Python 3.10; asyncio alone tears everything apart there.
            raise KeyboardInterrupt from None
    {textwrap.indent(textwrap.dedent(code), "    ").strip()}
    """
    done = subprocess.run(  # noqa: S603 - the program is written above
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.strip()


async def test_only_the_engine_in_use_is_imported(serve: Serve, anyio_backend_name: str) -> None:
    code = """
    async def main():
        async with connect_websocket(URL) as socket:
            await socket.send(b"hello")
            await socket.receive()
    before = {"trio", "websockets", "httpx"} & set(sys.modules)
    run(main)
    print(sorted(before), sorted({"trio", "trio_websocket", "websockets"} & set(sys.modules)))
    """
    output = await anyio.to_thread.run_sync(run, code, serve(echo), anyio_backend_name)
    engine = {"asyncio": ["websockets"], "trio": ["trio", "trio_websocket"]}
    assert output == f"[] {engine[anyio_backend_name]}"


async def test_trio_imported_but_not_running(serve: Serve) -> None:
    code = """
    import trio
    async def main():
        async with connect_websocket(URL) as socket:
            await socket.send(b"hello")
            print(await socket.receive())
    run(main)
    """
    output = await anyio.to_thread.run_sync(run, code, serve(echo), "asyncio")
    assert output == "b'hello'"


async def test_ctrl_c_in_the_block(serve: Serve, anyio_backend_name: str) -> None:
    server = serve(echo)
    code = """
    async def main():
        async with connect_websocket(URL) as socket:
            signal.raise_signal(signal.SIGINT)
            await socket.receive()
    try:
        run(main)
    except KeyboardInterrupt:
        print("interrupted")
    """
    output = await anyio.to_thread.run_sync(run, code, server, anyio_backend_name)
    assert output == "interrupted"
    assert await server.wait() == (1000, "")


async def test_ctrl_c_while_connecting(serve: Serve, anyio_backend_name: str) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()
        os.kill(int(peer.headers["x-process"]), signal.SIGINT)
        peer.read_until_end()
        peer.tell("gone")

    server = serve(script)
    code = """
    import os
    async def main():
        options = SocketOptions(headers={"X-Process": str(os.getpid())})
        async with connect_websocket(URL, options) as socket:
            print("connected")
    try:
        run(main)
    except KeyboardInterrupt:
        print("interrupted")
    """
    output = await anyio.to_thread.run_sync(run, code, server, anyio_backend_name)
    assert output == "interrupted"
    assert await server.wait() == "gone"


class Interrupting(logging.Handler):
    """Raises in the task that logs a certain text, as a signal might."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def emit(self, record: logging.LogRecord) -> None:
        if self.text in record.getMessage():
            raise Interrupted


@only_trio
@pytest.mark.parametrize("when", ["AcceptConnection", "BytesMessage"])
async def test_an_interruption_in_a_task_of_the_library(serve: Serve, when: str) -> None:
    """It comes out bare as well, while connecting and later."""

    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(b"hello")
        peer.read_until_end()
        peer.tell("gone")

    server = serve(script)
    logger = logging.getLogger("trio-websocket")
    handler = Interrupting(when)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with pytest.raises(Interrupted):
            async with connect_websocket(server.url):
                await anyio.sleep(10)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert await server.wait() == "gone"


async def test_an_error_while_connecting_is_no_group(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.read_request()

    with pytest.raises(SocketOpenError) as caught:
        async with connect_websocket(serve(script).url):
            pytest.fail("connected")
    assert not hasattr(caught.value, "exceptions")
