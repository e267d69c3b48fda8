"""Being cancelled, in every state: nothing is lost, nothing is torn, nothing is left open."""

from __future__ import annotations

import asyncio
import ssl
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import pytest

from fishjam._websocket._signals import SocketClosedError
from fishjam._websocket.connection import connect_websocket
from fishjam._websocket.options import SocketOptions
from tests.support.limits import LIMITS
from tests.support.websocket_server import BINARY, Peer, Server, echo
from tests.websocket.conftest import Serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_left")]
only_asyncio = pytest.mark.parametrize("anyio_backend", ["asyncio"])


# Connecting


@pytest.fixture(params=["tcp", "proxy", "tls", "tls behind proxy", "handshake", "refusal"])
def stuck(
    request: pytest.FixtureRequest, serve: Serve, trusting: ssl.SSLContext, full_port: int
) -> tuple[str, SocketOptions, Server | None]:
    """Where and how to connect so that it gets stuck in one of its steps."""

    def silent(peer: Peer) -> None:
        peer.tell("here")
        peer.read_until_end()
        peer.tell("gone")

    def silent_tunnel(peer: Peer) -> None:
        peer.read_request()
        peer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        silent(peer)

    def half_a_refusal(peer: Peer) -> None:
        peer.read_request()
        peer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\n")
        silent(peer)

    if request.param == "tcp":
        return f"ws://127.0.0.1:{full_port}/", SocketOptions(), None
    scripts = {"tls behind proxy": silent_tunnel, "refusal": half_a_refusal}
    server = serve(scripts.get(request.param, silent))
    address = f"127.0.0.1:{server.port}"
    proxy = f"http://{address}" if "proxy" in request.param else None
    scheme = "wss" if "tls" in request.param else "ws"
    return f"{scheme}://{address}/", SocketOptions(proxy=proxy, ssl_context=trusting), server


async def test_while_connecting(stuck: tuple[str, SocketOptions, Server | None]) -> None:
    url, options, server = stuck
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:

            async def connect() -> None:
                async with connect_websocket(url, options):
                    pytest.fail("connected")

            group.start_soon(connect)
            if server is None:
                await anyio.sleep(0.05)
            else:
                assert await server.wait() == "here"
            group.cancel_scope.cancel()
        if server is not None:
            assert await server.wait() == "gone"


@only_asyncio
async def test_while_connecting_by_asyncio(
    stuck: tuple[str, SocketOptions, Server | None],
) -> None:
    url, options, server = stuck

    async def connect() -> None:
        async with connect_websocket(url, options):
            pytest.fail("connected")

    task = asyncio.create_task(connect())
    if server is None:
        await asyncio.sleep(0.05)
    else:
        assert await server.wait() == "here"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    if server is not None:
        assert await server.wait() == "gone"


@only_asyncio
async def test_by_asyncio_at_any_moment_of_connecting(serve: Serve) -> None:
    def silent(peer: Peer) -> None:
        peer.read_until_end()

    server = serve(silent)

    async def connect() -> None:
        async with connect_websocket(server.url):
            pytest.fail("connected")

    for number in range(250):
        task = asyncio.create_task(connect())
        # The address is looked up in a thread, so that turns of the loop alone come too soon.
        await asyncio.sleep(number % 40 * 0.00005)
        for _ in range(number % 7):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_cancelled_before_it_began(serve: Serve) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with connect_websocket(serve(echo).url):
            await anyio.lowlevel.checkpoint()
            pytest.fail("not cancelled")
    assert scope.cancelled_caught


async def test_cancelled_at_any_moment_of_connecting(serve: Serve) -> None:
    """The moment wanders through the whole of it, and into the block."""
    server = serve(echo)
    for step in range(40):
        with anyio.move_on_after(step * 0.0002):
            async with connect_websocket(server.url) as socket:
                await socket.send(b"hello")
                await socket.receive()
                await anyio.sleep(1)


# Receiving


async def test_receiving_loses_nothing(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        for number in range(300):
            message = struct.pack("!I", number)
            peer.send_frame(BINARY, message[:2], fin=False)
            if number % 7 == 0:
                time.sleep(0.001)
            peer.send_frame(0, message[2:])
        peer.end_in_order()

    received: list[bytes] = []
    async with connect_websocket(serve(script).url) as socket:
        while len(received) < 300:
            with anyio.move_on_after(0.0005):
                received.append(await socket.receive())
    assert received == [struct.pack("!I", number) for number in range(300)]


@only_asyncio
async def test_receiving_loses_nothing_by_asyncio(serve: Serve) -> None:
    """Cancel in the very step in which a message arrives."""
    async with connect_websocket(serve(echo).url) as socket:
        for number in range(100):
            task = asyncio.create_task(socket.receive())
            await asyncio.sleep(0)
            await socket.send(struct.pack("!I", number))
            await asyncio.sleep(0.0002 * (number % 5))
            task.cancel()
            done, _ = await asyncio.wait([task])
            [finished] = done
            message = await socket.receive() if finished.cancelled() else finished.result()
            assert message == struct.pack("!I", number)


# Sending


async def test_sending_never_tears_a_frame(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.server.go.wait(30)
        peer.read_quickly()
        messages = []
        while (frame := peer.read_frame()) is not None and frame[0] == BINARY:
            messages.append(frame[1])
        peer.tell(messages)

    server = serve(script, receive_buffer=4096)
    started = finished = 0
    options = SocketOptions(close_timeout=30)
    async with connect_websocket(server.url, options) as socket:
        for size in range(30):
            with anyio.move_on_after(0.002):
                started += 1
                await socket.send(bytes([size]) * (400_000 + size))
                finished += 1
        assert finished < started
        server.go.set()
    messages = await server.wait()
    assert finished <= len(messages) <= started
    assert all(set(message) == {message[0]} for message in messages)
    assert all(len(message) == 400_000 + message[0] for message in messages)
    numbers = [message[0] for message in messages]
    assert numbers == sorted(numbers)


# Closing


@asynccontextmanager
async def cancelled() -> AsyncIterator[None]:
    """A block that is cancelled already."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        yield


async def test_leaving_while_cancelled_closes_in_order(serve: Serve) -> None:
    server = serve(echo)
    async with anyio.create_task_group() as group:

        async def use() -> None:
            async with connect_websocket(server.url) as socket:
                group.cancel_scope.cancel()
                await socket.receive()

        group.start_soon(use)
    assert group.cancel_scope.cancel_called
    assert await server.wait() == (1000, "")


async def test_leaving_while_cancelled_takes_no_longer_than_allowed(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell(peer.read_close())
        peer.read_until_end()
        peer.tell("gone")

    server = serve(script)
    before = time.monotonic()
    with anyio.CancelScope() as scope:
        async with connect_websocket(server.url, SocketOptions(close_timeout=0.2)):
            scope.cancel()
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert 0.15 < time.monotonic() - before < 15
    assert await server.wait() == (1000, "")
    assert await server.wait() == "gone"


async def test_leaving_while_cancelled_and_the_server_does_not_read(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.server.go.wait(30)

    server = serve(script, receive_buffer=4096)
    before = time.monotonic()
    with anyio.move_on_after(0.2) as scope:
        async with connect_websocket(server.url, SocketOptions(close_timeout=0.2)) as socket:
            while True:
                await socket.send(bytes(100_000))
    assert scope.cancelled_caught
    assert time.monotonic() - before < 15


async def test_aclose_while_cancelled_closes_in_order(serve: Serve) -> None:
    server = serve(echo)
    async with connect_websocket(server.url) as socket:
        async with cancelled():
            await socket.aclose(4000, "done")
        assert await server.wait() == (4000, "done")
        with pytest.raises(SocketClosedError):
            await socket.send(b"x")


async def test_a_deadline_during_the_close_waits_for_its_end(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.read_close()
        peer.tell("closing")
        peer.read_until_end()

    server = serve(script)
    options = SocketOptions(close_timeout=0.3)
    async with connect_websocket(server.url, options) as socket:
        before = time.monotonic()
        with anyio.move_on_after(0.05):
            await socket.aclose()
        assert 0.25 < time.monotonic() - before < 15
        assert socket.close_code == 1000


@only_asyncio
async def test_cancelling_the_close_by_asyncio_cuts_the_connection(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.read_close()
        peer.tell("closing")
        peer.read_until_end()
        peer.tell("gone")

    server = serve(script)
    async with connect_websocket(server.url) as socket:
        task = asyncio.create_task(socket.aclose())
        assert await server.wait() == "closing"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await server.wait() == "gone"
        with pytest.raises(SocketClosedError):
            await socket.receive()


@only_asyncio
@pytest.mark.parametrize("doing", ["receive", "sleep"])
async def test_cancelling_the_block_by_asyncio(serve: Serve, doing: str) -> None:
    server = serve(echo)
    entered = asyncio.Event()

    async def use() -> None:
        async with connect_websocket(server.url) as socket:
            entered.set()
            await (socket.receive() if doing == "receive" else asyncio.sleep(10))

    task = asyncio.create_task(use())
    await entered.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await server.wait() == (1000, "")


@only_asyncio
async def test_a_time_limit_of_asyncio(serve: Serve) -> None:
    server = serve(echo)
    entered = asyncio.Event()

    async def use() -> None:
        async with connect_websocket(server.url) as socket:
            entered.set()
            await socket.receive()

    for limit in LIMITS:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(use(), limit)
        if entered.is_set():
            break
    assert await server.wait() == (1000, "")


async def test_waiting_for_another_ones_close_can_be_cancelled(serve: Serve) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.read_close()
        peer.tell("closing")
        peer.server.go.wait(30)

    server = serve(script)
    async with connect_websocket(server.url) as socket, anyio.create_task_group() as group:
        group.start_soon(socket.aclose)
        assert await server.wait() == "closing"
        with anyio.move_on_after(0.05) as scope:
            await socket.aclose()
        assert scope.cancelled_caught
        server.go.set()
