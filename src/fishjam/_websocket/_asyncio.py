"""The engine for asyncio: connecting, and what goes on in the background."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache, partial
from types import TracebackType
from typing import Any, TypeAlias

import anyio
from websockets.exceptions import WebSocketException

from fishjam._network.addresses import AddressInfo, alternating
from fishjam._network.hosts import bracketed
from fishjam._websocket._asyncio_connection import AsyncioConnection as AsyncioConnection
from fishjam._websocket._asyncio_connection import Framing
from fishjam._websocket._asyncio_pings import Pinger
from fishjam._websocket._asyncio_websockets import WebsocketsFraming
from fishjam._websocket.opening import (
    ConnectPlan,
    OpeningFailed,
    Progress,
    open_in_time,
    open_tunnel,
)
from fishjam._websocket.options import Engine, engine_from_environment
from fishjam._websocket.url import Proxy
from fishjam._websocket.websocket import WebSocket
from fishjam.errors import MissingExtraError

_RECEIVE_BYTES = 64 * 1024

# RFC 8305 ("happy eyeballs") recommends it, and trio and anyio take it: so long an address has to
# answer before the next one is tried beside it.
_NEXT_ADDRESS_AFTER = 0.25

_FramingClass: TypeAlias = "Callable[[ConnectPlan, Progress, AsyncioConnection], Framing]"


class AsyncioConnector:
    """A connection for `async with`, which may be entered in one task and left in another.

    For that no task group and no cancel scope may stay open in between: pings have a timer.
    """

    def __init__(self, plan: ConnectPlan) -> None:
        self._plan = plan
        self._framing_class = _framing_class(plan.options.engine)
        self._socket: WebSocket
        self._pinger: Pinger

    async def __aenter__(self) -> WebSocket:
        progress = Progress()
        connection = AsyncioConnection()
        self._socket = socket = WebSocket(connection, self._plan)
        # Before it is open: the first message may come together with the end of the handshake.
        connection.feed, connection.on_end = socket.feed, socket.end
        connection.hear = socket.hear
        opening = partial(_open, self._plan, progress, connection, self._framing_class)
        await open_in_time(self._plan, progress, opening)
        self._pinger = Pinger(socket, connection, self._plan.options)
        self._pinger.start()
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
            with anyio.CancelScope(shield=True):
                await self._pinger.stop()


def _framing_class(engine: Engine | None) -> _FramingClass:
    """Return the class that makes frames by the library of choice.

    Raises `ConfigurationError` and `MissingExtraError` for one that cannot be used.
    """
    engine = engine or engine_from_environment()
    picows = None if engine == "websockets" else _picows()
    if picows is None and engine == "picows":
        raise MissingExtraError(
            'The WebSockets of picows need it: pip install "fishjam-server-sdk[speedups]"'
        )
    return picows or WebsocketsFraming


@cache
def _picows() -> _FramingClass | None:
    # Looked for once: Python searches all its folders each time that a module is missing.
    try:
        from fishjam._websocket._asyncio_picows import PicowsFraming
    except ImportError:
        return None
    return PicowsFraming


async def _open(
    plan: ConnectPlan,
    progress: Progress,
    connection: AsyncioConnection,
    framing_class: _FramingClass,
) -> None:
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
        framing = framing_class(plan, progress, connection)
        connection.attach(framing)
        await _upgrade(plan, progress, framing, sock, tls)
    except (OSError, WebSocketException) as error:
        raise OpeningFailed(progress.lost or error) from error


async def _connect_tcp(host: str, port: int, progress: Progress) -> socket.socket:
    """Connect to the first address of a host that answers.

    The library would do that too, but not through a tunnel; and uvloop, which then has to connect,
    tries one address after another, however long each of them is silent.
    """
    progress.note(f"connecting to {bracketed(host)}:{port}")
    # In a thread, as asyncio does it: uvloop's own look-up goes past what Python programs set up.
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    addresses = await asyncio.get_running_loop().run_in_executor(None, look_up)
    # Two addresses may answer at once, and the caller may be cancelled at the last moment.
    with ExitStack() as opened:
        connected = await _first_connected(alternating(addresses), opened)
        sock = socket.socket(fileno=connected.detach())
    sock.setblocking(False)
    return sock


async def _first_connected(addresses: Sequence[AddressInfo], opened: ExitStack) -> socket.socket:
    # On Python 3.10 a race that ends just when the caller's task is cancelled takes that for the
    # end of its own tasks. Mostly there is one address, and so no need for a race.
    if len(addresses) == 1:
        return await _connected(addresses[0], opened)
    return await _race(addresses, opened)


async def _connected(address: AddressInfo, opened: ExitStack) -> socket.socket:
    sock = opened.enter_context(_new_socket(address))
    await asyncio.get_running_loop().sock_connect(sock, address[4])
    return sock


async def _race(addresses: Sequence[AddressInfo], opened: ExitStack) -> socket.socket:
    """Try addresses until one is connected; each has a head start on the next one."""
    connected: list[socket.socket] = []
    errors: list[OSError] = []

    async def attempt(address: AddressInfo, over: anyio.Event) -> None:
        try:
            connected.append(await _connected(address, opened))
        except OSError as error:
            errors.append(error)
            over.set()
        else:
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


def _new_socket(address: AddressInfo) -> socket.socket:
    sock = socket.socket(*address[:3])
    sock.setblocking(False)
    return sock


async def _tunnel(plan: ConnectPlan, proxy: Proxy, progress: Progress, sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    send = partial(loop.sock_sendall, sock)
    receive = partial(loop.sock_recv, sock, _RECEIVE_BYTES)
    await open_tunnel(plan, proxy, progress, send, receive)


async def _upgrade(
    plan: ConnectPlan,
    progress: Progress,
    framing: Framing,
    sock: socket.socket,
    tls: ssl.SSLContext | None,
) -> None:
    secure: dict[str, Any] = {}
    if tls is not None:
        progress.note(f"speaking TLS with {plan.target.host_and_port}")
        secure = {"ssl": tls, "server_hostname": plan.target.host}
    create_connection = framing.create_connection(tls)
    transport, _ = await create_connection(lambda: framing, sock=sock, **secure)
    try:
        await framing.handshake.opened()
    except BaseException:
        transport.abort()
        raise
