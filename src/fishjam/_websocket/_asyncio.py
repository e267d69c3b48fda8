"""The engine for asyncio, on top of `websockets`."""

from __future__ import annotations

import asyncio
import functools
import logging
import socket
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, TypeAlias, cast

import anyio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.protocol import State

from fishjam._concurrency.groups import root_of
from fishjam._network.hosts import bracketed
from fishjam._websocket.close_info import LOST, CloseInfo, CloseInitiator
from fishjam._websocket.http_response import HttpResponseReader
from fishjam._websocket.opening import (
    HANDSHAKE,
    ConnectPlan,
    OpeningFailed,
    Progress,
    open_in_time,
    open_tunnel,
)
from fishjam._websocket.url import Proxy
from fishjam._websocket.websocket import ConnectionEnded, WebSocket

_RECEIVE_BYTES = 64 * 1024

# Messages wait in the WebSocket's buffer, not here; one is the least that keeps the library going.
_LIBRARY_QUEUE = 1

# What one turn of the loop sends is written at once; after so many bytes the turn ends.
_BATCH_BYTES = 16 * 1024

# RFC 8305 ("happy eyeballs") recommends it, and trio and anyio take it: so long an address has to
# answer before the next one is tried beside it.
_NEXT_ADDRESS_AFTER = 0.25

# On DEBUG the library writes out every frame, and tokens travel in frames.
_log = logging.getLogger("fishjam.websocket")
_log.setLevel(logging.INFO)

_AddressInfo: TypeAlias = "tuple[int, int, int, str, Any]"


class _Connect(connect):
    """Connects without ever following a redirect."""

    # The library raises an exception that this returns, and connects to a URL that it returns.
    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class _Connection(ClientConnection):
    """The library's connection, which also reads the raw response, and ends in time."""

    def __init__(self, progress: Progress, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._progress = progress
        self._response: HttpResponseReader
        self._upgraded = False
        self._last_moment: asyncio.TimerHandle | None = None
        self._unwritten = 0

    async def put(self, data: bytes) -> None:
        """Send a message like `send` does while the connection is open, in far less time.

        The library makes the frame and keeps it until it is asked for what there is to write. Here
        that is done at the end of this turn of the loop, so that the frames of one turn share one
        system call, which takes longer than all else.
        """
        self.protocol.send_binary(data)
        if not self._unwritten:
            self.loop.call_soon(self._write)
        self._unwritten += len(data)
        if self._unwritten > _BATCH_BYTES:
            # Other tasks have their turn too when one sends without a pause.
            await asyncio.sleep(0)
        await self.drain()
        if self.transport.is_closing():
            # The connection broke while this was written, and the library learns of it later.
            await self.wait_closed()
            raise self.protocol.close_exc

    def _write(self) -> None:
        self._unwritten = 0
        frames = self.protocol.data_to_send()
        # The connection may have been reset since, and uvloop's transport would raise then.
        if frames and not self.transport.is_closing():
            self.transport.write(b"".join(frames))

    def send_data(self) -> None:
        if self.transport.is_closing():
            self.protocol.data_to_send()
        else:
            super().send_data()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._response = self._progress.ask(HANDSHAKE)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self._upgraded:
            self._response.feed(data)
            if not self._response.complete:
                return
            if not self._response.is_positive:
                # The library would read a refusal to its end, and stumble over interim responses.
                self.transport.abort()
                return
            self._upgraded = True
            data = bytes(self._response.raw)
        super().data_received(data)
        if self._last_moment is None and self.protocol.close_expected():
            # The library looks at its own deadline only when it sends.
            self._last_moment = self.loop.call_later(self.close_timeout or 0, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._progress.lost = exc
        if self._last_moment is not None:
            self._last_moment.cancel()
        super().connection_lost(exc)


class AsyncioConnection:
    """One connection of the library."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def send(self, data: bytes) -> None:
        """Send one message; it is on its way as a whole even when this is cancelled."""
        connection = self._connection
        try:
            if connection.protocol.state is State.OPEN:
                await connection.put(data)
            else:
                # The library waits for the end, and raises an error that says how it ended.
                await connection.send(data)
        except ConnectionClosed as error:
            raise ConnectionEnded(_close_info(error)) from None
        except OSError as error:
            raise ConnectionEnded(_close_info(connection.protocol.close_exc, error)) from None

    async def read(self) -> bytes | str:
        """Wait for the next message."""
        try:
            return await self._connection.recv()
        except ConnectionClosed as error:
            raise ConnectionEnded(_close_info(error)) from None

    async def ping(self) -> None:
        """Send a ping and wait for its answer."""
        try:
            # The library expects to be the only one that finishes this future.
            await asyncio.shield(await self._connection.ping())
        except ConnectionClosed as error:
            raise ConnectionEnded(_close_info(error)) from None

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame, unless one went already, and wait for the server to hang up."""
        await self._connection.close(code, reason)

    async def abort(self) -> None:
        """Drop the connection at once."""
        self._connection.transport.abort()
        await self._connection.wait_closed()


class AsyncioConnector:
    """A connection for `async with`, which may be entered in one task and left in another.

    For that no task group and no cancel scope may stay open in between: the two tasks that work
    in the background are plain ones.
    """

    def __init__(self, plan: ConnectPlan) -> None:
        self._plan = plan
        self._socket: WebSocket
        self._tasks: list[asyncio.Task[None]]

    async def __aenter__(self) -> WebSocket:
        progress = Progress()
        opening = functools.partial(_open, self._plan, progress)
        connection = await open_in_time(self._plan, progress, opening)
        socket = WebSocket(AsyncioConnection(connection), self._plan)
        self._socket = socket
        self._tasks = [
            asyncio.create_task(socket.pump()),
            asyncio.create_task(socket.keep_alive()),
        ]
        return socket

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._socket.leave(error)
        finally:
            for task in self._tasks:
                task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait(self._tasks)


async def _open(plan: ConnectPlan, progress: Progress) -> _Connection:
    # Before there is a connection: a server need not wait while certificates are read.
    tls = await plan.options.tls_for(plan.target)
    try:
        sock = await _connect_tcp(*plan.first_hop, progress)
        try:
            if plan.proxy is not None:
                await _tunnel(plan, plan.proxy, progress, sock)
        except BaseException:
            sock.close()
            raise
        return await _upgrade(plan, progress, sock, tls)
    except (OSError, WebSocketException) as error:
        raise OpeningFailed(progress.lost or error) from error


async def _connect_tcp(host: str, port: int, progress: Progress) -> socket.socket:
    """Connect to the first address of a host that answers.

    The library would do that too, but not through a tunnel; and uvloop, which then has to connect,
    tries one address after another, however long each of them is silent.
    """
    progress.note(f"connecting to {bracketed(host)}:{port}")
    # In a thread, as asyncio does it: uvloop's own look-up goes past what Python programs set up.
    look_up = functools.partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    addresses = await asyncio.get_running_loop().run_in_executor(None, look_up)
    # Two addresses may answer at once, and the caller may be cancelled at the last moment.
    with ExitStack() as opened:
        connected = await _race(_alternating(addresses), opened)
        sock = socket.socket(fileno=connected.detach())
    sock.setblocking(False)
    return sock


async def _race(addresses: Sequence[_AddressInfo], opened: ExitStack) -> socket.socket:
    """Try addresses until one is connected; each has a head start on the next one."""
    connected: list[socket.socket] = []
    errors: list[OSError] = []

    async def attempt(address: _AddressInfo, over: anyio.Event) -> None:
        try:
            sock = opened.enter_context(_new_socket(address))
            await asyncio.get_running_loop().sock_connect(sock, address[4])
        except OSError as error:
            errors.append(error)
            over.set()
        else:
            connected.append(sock)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for address in addresses:
            over = anyio.Event()
            group.start_soon(attempt, address, over)
            with anyio.move_on_after(_NEXT_ADDRESS_AFTER):
                await over.wait()
    if not connected:
        raise next(iter(errors), OSError("the name has no address"))
    return connected[0]


def _alternating(addresses: Sequence[_AddressInfo]) -> list[_AddressInfo]:
    """Move an address of the other family to the second place: one of the two may be dead."""
    ordered = list(addresses)
    other = next((address for address in ordered if address[0] != ordered[0][0]), None)
    if other is not None:
        ordered.remove(other)
        ordered.insert(1, other)
    return ordered


def _new_socket(address: _AddressInfo) -> socket.socket:
    sock = socket.socket(*address[:3])
    sock.setblocking(False)
    return sock


async def _tunnel(plan: ConnectPlan, proxy: Proxy, progress: Progress, sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    send = functools.partial(loop.sock_sendall, sock)
    receive = functools.partial(loop.sock_recv, sock, _RECEIVE_BYTES)
    await open_tunnel(plan, proxy, progress, send, receive)


async def _upgrade(
    plan: ConnectPlan, progress: Progress, sock: socket.socket, tls: ssl.SSLContext | None
) -> _Connection:
    options = plan.options
    secure: dict[str, Any] = {}
    if tls is not None:
        progress.note(f"speaking TLS with {plan.target.host_and_port}")
        secure = {"ssl": tls, "server_hostname": plan.target.host}
    connection = await _Connect(
        plan.target.url,
        create_connection=cast("Any", functools.partial(_Connection, progress)),
        additional_headers=options.handshake_headers(),
        # It is among the headers above, as for the other engine.
        user_agent_header=None,
        compression=None,
        # Time limits and pings are the same for both engines, and live outside of them.
        open_timeout=None,
        ping_interval=None,
        close_timeout=options.close_timeout,
        max_size=options.max_message_size,
        max_queue=_LIBRARY_QUEUE,
        logger=_log,
        sock=sock,
        **secure,
    )
    return cast("_Connection", connection)


def _close_info(error: ConnectionClosed, broken_by: OSError | None = None) -> CloseInfo:
    cause = root_of(broken_by or error)
    if error.rcvd is not None and (error.sent is None or error.rcvd_then_sent):
        return CloseInfo(CloseInitiator.SERVER, error.rcvd.code, error.rcvd.reason, cause)
    if error.sent is not None:
        return CloseInfo(CloseInitiator.FAILURE, error.sent.code, error.sent.reason, cause)
    return CloseInfo(CloseInitiator.LOST, LOST, cause=cause)
