"""The engine for trio, on top of `trio-websocket`."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Any, cast

import trio
import trio_websocket

from fishjam._concurrency._trio_groups import unwrap
from fishjam._concurrency.groups import root_of
from fishjam._network.hosts import bracketed
from fishjam._websocket._trio_stream import ForwardingStream, PlainSocket, Stream
from fishjam._websocket.close_info import LOST, CloseInfo, CloseInitiator
from fishjam._websocket.opening import (
    HANDSHAKE,
    ConnectPlan,
    OpeningFailed,
    Progress,
    open_in_time,
    open_tunnel,
)
from fishjam._websocket.websocket import ConnectionEnded, WebSocket

# What the library makes of frames that it cannot read; it answers them with nothing at all.
_UNREADABLE = frozenset({1002, 1007})


class TrioConnection:
    """One connection of the library, over a stream that makes up for what the library lacks.

    The library is asked to connect and to take frames apart. Closing is done here, because its
    own way waits for ever when a ping comes in between, and leaves the stream to the caller.
    """

    def __init__(self, plan: ConnectPlan) -> None:
        self.socket: WebSocket = WebSocket(self, plan)
        """What goes on over this connection."""
        self._plan = plan
        self._stream: ForwardingStream
        self._flowing = trio.Event()
        self._flowing.set()
        self._library: trio_websocket.WebSocketConnection
        self._scope = trio.CancelScope()
        self._over = trio.Event()
        self._gone = trio.Event()

    async def open(self, nursery: trio.Nursery, progress: Progress) -> None:
        """Connect, and leave a task in the nursery that holds the connection."""
        try:
            stream, plain = await _connect(self._plan, progress)
        except (OSError, trio.BrokenResourceError) as error:
            raise OpeningFailed(error) from error
        response, longest = progress.ask(HANDSHAKE), self._plan.options.max_message_size
        self._stream = ForwardingStream(stream, plain, response, self.socket, longest)
        await nursery.start(self._hold, stream)

    def let_go(self) -> None:
        """Make the task in the nursery end at once."""
        self._scope.cancel()

    async def send(self, data: bytes) -> None:
        """Send one message; it is on its way as a whole even when this is cancelled."""
        await trio.lowlevel.checkpoint()
        if self._library.closed is not None or not self._stream.send_message(data):
            raise ConnectionEnded(self._close_info())
        try:
            await self._stream.drained()
        except trio.BrokenResourceError:
            raise ConnectionEnded(self._close_info()) from None

    def send_at_once(self, data: bytes) -> bool:
        """Send nothing: on trio every call is a checkpoint."""
        return False

    def pause(self) -> None:
        """Read nothing more from the network for now."""
        self._flowing = trio.Event()

    def resume(self) -> None:
        """Read again."""
        self._flowing.set()

    async def read(self) -> bytes | str:
        """Wait for the next message that the library has read."""
        await self._flowing.wait()
        try:
            message = await self._library.get_message()
        except trio_websocket.ConnectionClosed:
            close_info = self._close_info()
            if close_info.initiator is CloseInitiator.FAILURE:
                self._stream.send_close(close_info.code, close_info.reason)
            self._over.set()
            raise ConnectionEnded(close_info) from None
        self._stream.note_taken()
        return message

    async def ping(self) -> None:
        """Send a ping and wait for its answer."""
        try:
            await self._library.ping()
        except trio_websocket.ConnectionClosed:
            raise ConnectionEnded(self._close_info()) from None

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame, unless one went already, and wait for the server to hang up."""
        self._stream.send_close(code, reason)
        self._over.set()
        await self._gone.wait()

    async def abort(self) -> None:
        """Drop the connection at once."""
        self.let_go()
        await self._gone.wait()

    async def _hold(
        self, stream: Stream, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        failure: BaseException | None = None
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._stream.write)
                    failure = await self._talk(task_status)
                    if failure is None:
                        with trio.move_on_after(self._plan.options.close_timeout):
                            await self._stream.linger()
                    nursery.cancel_scope.cancel()
        finally:
            self._stream.let_go()
            try:
                await trio.aclose_forcefully(stream)
            finally:
                # Under a cancelled scope closing is done, and raises all the same.
                self._gone.set()
        if failure is not None:
            raise OpeningFailed(failure)

    async def _talk(self, task_status: trio.TaskStatus[None]) -> BaseException | None:
        """Let the library work until the connection is over; return why it never came about."""
        started = False
        try:
            async with trio.open_nursery() as nursery:
                self._library = await self._wrap(nursery)
                # From here on only this engine decides when it ends, so that it ends in order.
                self._scope.shield = True
                started = True
                task_status.started()
                await self._over.wait()
                nursery.cancel_scope.cancel()
        except Exception as error:
            self._stream.failure = root_of(error)
        return None if started else self._stream.failure

    async def _wrap(self, nursery: trio.Nursery) -> trio_websocket.WebSocketConnection:
        target, options = self._plan.target, self._plan.options
        headers = options.handshake_headers()
        return await trio_websocket.wrap_client_stream(
            nursery,
            cast("Any", self._stream),
            target.authority,
            target.resource,
            extra_headers=[(name.encode(), value.encode()) for name, value in headers],
            # Messages wait in the WebSocket's buffer: a queue here is lost when one is too long.
            message_queue_size=0,
            max_message_size=options.max_message_size,
            receive_buffer_size=None,
        )

    def _close_info(self) -> CloseInfo:
        closed = self._library.closed
        if closed is None or closed.code == LOST:
            return CloseInfo(CloseInitiator.LOST, LOST, cause=self._stream.failure)
        reason = closed.reason or ""
        too_long = f"Exceeded maximum message size: {self._plan.options.max_message_size} "
        unreadable = closed.code in _UNREADABLE and not self._stream.close_sent
        # Only its wording tells which side closed with 1009; seen in trio-websocket 0.12.2.
        by_this_side = unreadable or reason.startswith(too_long)
        initiator = CloseInitiator.FAILURE if by_this_side else CloseInitiator.SERVER
        return CloseInfo(initiator, int(closed.code), reason)


class TrioConnector:
    """A connection for `async with`.

    Its tasks are shielded from what happens to the user's block, and their failures are reported by
    `send` and `receive`: the block is not cancelled, and no exception group comes out.
    """

    def __init__(self, plan: ConnectPlan) -> None:
        self._plan = plan
        self._connection = TrioConnection(plan)
        self._socket = self._connection.socket
        self._scope = trio.CancelScope(shield=True)
        self._manager = trio.open_nursery()
        self._nursery: trio.Nursery

    async def __aenter__(self) -> WebSocket:
        self._nursery = await self._manager.__aenter__()
        progress = Progress()

        async def opening() -> None:
            await self._connection.open(self._nursery, progress)

        try:
            await open_in_time(self._plan, progress, opening)
        except BaseException as error:
            await self._leave()
            if hasattr(error, "exceptions"):
                raise unwrap(error) from None
            raise
        self._nursery.start_soon(self._work)
        return self._socket

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._socket.leave(error)
        finally:
            await self._leave()

    async def _work(self) -> None:
        with self._scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._socket.pump, self._connection.read)
                nursery.start_soon(self._socket.keep_alive)

    async def _leave(self) -> None:
        self._connection.let_go()
        self._scope.cancel()
        self._nursery.cancel_scope.shield = True
        self._nursery.cancel_scope.cancel()
        try:
            # The user's error stays out of the nursery, which would put it into a group.
            await self._manager.__aexit__(None, None, None)
        except BaseException as error:
            raise unwrap(error) from None


async def _connect(plan: ConnectPlan, progress: Progress) -> tuple[Stream, PlainSocket | None]:
    """Return a stream to the server, and the socket beneath it unless it is encrypted."""
    # Before there is a connection: a server need not wait while certificates are read.
    context = await plan.options.tls_for(plan.target)
    host, port = plan.first_hop
    progress.note(f"connecting to {bracketed(host)}:{port}")
    connected = await trio.open_tcp_stream(host, port)
    sock = socket.socket(fileno=connected.socket.detach())
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(sock))
    try:
        if plan.proxy is not None:
            send, receive = stream.send_all, stream.receive_some
            await open_tunnel(plan, plan.proxy, progress, send, receive)
        if context is None:
            return stream, PlainSocket(sock)
        progress.note(f"speaking TLS with {plan.target.host_and_port}")
        name = plan.target.host
        # Many servers hang up without TLS's close_notify, which trio takes for a broken connection
        # unless it is told to speak TLS as HTTPS does.
        secure = trio.SSLStream(stream, context, server_hostname=name, https_compatible=True)
        await secure.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return secure, None
