"""`FishjamNotifier`: hands the events of a Fishjam to handlers, or out as an async iterator."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal, TypeAlias, TypeVar, cast, overload

import anyio
from typing_extensions import Self

from fishjam._concurrency.callbacks import call
from fishjam._concurrency.loop import background
from fishjam._concurrency.queue import BoundedQueue, Overflow
from fishjam._core.backoff import Backoff
from fishjam._core.stack import warn_from
from fishjam._core.tracebacks import shortened
from fishjam._generated.protocol.events import SURFACED
from fishjam._http.address import Address, warn_if_insecure
from fishjam._http.credentials import Credentials, from_environment
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.reconnecting import ConnectionLost, ConnectionRestored, check_attempts
from fishjam.errors import FishjamError, NotifierAuthError, SocketOpenError
from fishjam.events import Notification
from fishjam.notifier._following import Follower, Item
from fishjam.notifier._handlers import Handlers, OnHandlerError, check_types
from fishjam.notifier._readiness import Readiness

E = TypeVar("E")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
H = TypeVar("H", bound=Callable[..., Any])

OnLost = Callable[[ConnectionLost], Awaitable[None] | None]
OnRestored = Callable[[ConnectionRestored], Awaitable[None] | None]


_MARKERS = (ConnectionLost, ConnectionRestored)
_PATIENCE = 5.0
"""Seconds that `wait_ready` waits before it says that nothing connects."""
_NOT_CONNECTING = (
    "wait_ready waits for a connection, but neither connect() nor run() is running: both last as "
    "long as the connection does, so start one of them in a task of its own before waiting"
)

_log = logging.getLogger("fishjam")


class Subscription(AsyncIterator[E]):
    """The events of one `subscribe` block, in order; made by `FishjamNotifier.subscribe`."""

    __module__ = "fishjam.notifier"

    def __init__(self, queue: BoundedQueue[Item], wanted: tuple[type[Any], ...]) -> None:
        self._queue = queue
        self._wanted = wanted

    @property
    def dropped(self) -> int:
        """How many items were dropped because the queue was full (`overflow="drop_oldest"`)."""
        return self._queue.dropped

    def __repr__(self) -> str:
        names = ", ".join(kind.__name__ for kind in self._wanted)
        return f"<Subscription of {names}; {self.dropped} dropped>"

    def __aiter__(self) -> Subscription[E]:
        return self

    async def __anext__(self) -> E:
        while (item := await self._queue.take()) is not None:
            if isinstance(item, self._wanted):
                return cast("E", item)
        raise StopAsyncIteration


_Block: TypeAlias = AbstractAsyncContextManager[Subscription[E]]
_MarkedBlock: TypeAlias = _Block[E | ConnectionLost | ConnectionRestored]


def _busy() -> FishjamError:
    return FishjamError("Events are read in two places at once; subscribe twice instead.")


def _renamed(
    socket_options: SocketOptions | None, socket: SocketOptions | None
) -> SocketOptions | None:
    if socket is None:
        return socket_options
    if socket_options is not None:
        raise TypeError("socket is the older name of socket_options: pass only the latter")
    warn_from("socket= is deprecated: its name is socket_options=", DeprecationWarning)
    return socket


class FishjamNotifier:
    """Receives the events of a Fishjam over a WebSocket.

    Three ways to use it: `subscribe` gives the events as an async iterator; `run` calls handlers
    and reconnects; `connect` calls handlers until the connection ends.

    Example:
        >>> notifier = FishjamNotifier("my-id", "my-token")
        >>> @notifier.on(PeerConnected)
        ... async def greet(event: PeerConnected) -> None:
        ...     print("hello", event.peer_id)
        >>> await notifier.run()
    """

    __module__ = "fishjam"

    def __init__(
        self,
        fishjam_id: str,
        management_token: str,
        *,
        socket_options: SocketOptions | None = None,
        backoff: Backoff | None = None,
        queue_size: int = 1000,
        overflow: Overflow = "wait",
        on_handler_error: OnHandlerError = "raise",
        socket: SocketOptions | None = None,
    ) -> None:
        """Make a notifier; nothing is connected yet.

        Args:
            fishjam_id: the id of your Fishjam, or the full URL of one.
            management_token: its secret management token.
            socket_options: timeouts, TLS, proxy and headers of the WebSocket.
            backoff: the waits between tries to connect. A server that refuses with 429 or 503 and
                `Retry-After` is obeyed instead, up to 30 s.
            queue_size: how many events may wait for a slow handler.
            overflow: what happens when that many wait. "wait" loses nothing: reading stops until
                the handler has caught up. The server's pings are not answered until then, and if
                that takes minutes it may give the connection up. "drop_oldest" keeps reading, drops
                the oldest event and counts it.
            on_handler_error: "raise" ends `connect` and `run` with the handler's exception, "log"
                logs it and goes on.
            socket: the older name of `socket_options`, which is deprecated.

        Raises:
            MissingFishjamIdError: `fishjam_id` is empty.
            ConfigurationError: the URL or the token cannot be used.
            ValueError: another argument is out of range.
        """
        self._follower = Follower(
            Address.of(fishjam_id),
            Credentials.of(management_token),
            _renamed(socket_options, socket) or SocketOptions(),
            backoff or Backoff(),
        )
        if queue_size < 1:
            raise ValueError(f"queue_size={queue_size}: at least one event must fit")
        if overflow not in ("wait", "drop_oldest"):
            raise ValueError(f'overflow={overflow!r}: use "wait" or "drop_oldest"')
        if on_handler_error not in ("raise", "log"):
            raise ValueError(f'on_handler_error={on_handler_error!r}: use "raise" or "log"')
        warn_if_insecure(self._follower.address)
        self._queue_size = queue_size
        self._overflow: Overflow = overflow
        self._handlers = Handlers(on_handler_error)
        self._readiness = Readiness(NotifierAuthError)
        self._serving = False

    def __repr__(self) -> str:
        state = "connected" if self.connected else "not connected"
        return f"<FishjamNotifier {self._follower.address.base_url} {state}>"

    @classmethod
    def from_env(
        cls,
        *,
        socket_options: SocketOptions | None = None,
        backoff: Backoff | None = None,
        queue_size: int = 1000,
        overflow: Overflow = "wait",
        on_handler_error: OnHandlerError = "raise",
        socket: SocketOptions | None = None,
    ) -> Self:
        """Make a notifier from the variables FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN.

        The options are those of `FishjamNotifier`, with the same defaults.

        Raises:
            MissingFishjamIdError: FISHJAM_ID is not set.
            ConfigurationError: FISHJAM_MANAGEMENT_TOKEN is not set, or one of both cannot be used.
            ValueError: an option is out of range.
        """
        fishjam_id, token = from_environment(os.environ)
        return cls(
            fishjam_id,
            token,
            socket_options=_renamed(socket_options, socket),
            backoff=backoff,
            queue_size=queue_size,
            overflow=overflow,
            on_handler_error=on_handler_error,
        )

    @property
    def connected(self) -> bool:
        """Whether `connect` or `run` has a confirmed subscription right now."""
        return self._readiness.connected

    def on_server_notification(self, handler: H) -> H:
        """Set the one handler of all events, `def` or `async def`; the last one set counts."""
        self._handlers.set_main(handler)
        return handler

    def on(self, *types: type[Any]) -> Callable[[H], H]:
        """Add a handler for certain events; several may be added for the same event.

        Args:
            types: classes of `fishjam.events`.

        Raises:
            TypeError: something else was given.
        """
        return self._handlers.on(types)

    async def connect(self) -> None:
        """Connect, and call the handlers until the connection ends; does not reconnect.

        Returns when the server closed the connection in order.

        Raises:
            RuntimeError: there is no handler, or it is connected already; nothing was sent.
            NotifierAuthError: the server refused the management token.
            FishjamConnectionError: the connection could not be made, or it broke.
        """
        await self._serve(self._follower.follow_once)

    async def run(
        self,
        max_attempts: int | None = None,
        on_lost: OnLost | None = None,
        on_restored: OnRestored | None = None,
    ) -> None:
        """Connect, call the handlers, and come back after each loss, with growing waits.

        The server keeps no events for later: what happens while the connection is lost is not
        sent. Read the rooms again in `on_restored` to reconcile.

        Args:
            max_attempts: give up after so many failed tries in a row; None never gives up. A
                connection that ended within 10 s is a failed try too.
            on_lost: called after each loss, `def` or `async def`.
            on_restored: called after each return, before the events that follow it.

        Raises:
            RuntimeError: there is no handler, or it is connected already; nothing was sent.
            NotifierAuthError: the server refused the management token; it is not tried again.
            FishjamConnectionError: the last of `max_attempts` tries failed.
        """
        check_attempts("max_attempts", max_attempts)

        async def follow(queue: BoundedQueue[Item], readiness: Readiness) -> None:
            await self._follower.follow(
                queue, readiness, first_attempts=max_attempts, max_attempts=max_attempts
            )

        await self._serve(follow, on_lost, on_restored)

    async def wait_ready(self) -> None:
        """Return once the subscription is confirmed, at once if it is.

        It goes on waiting when `connect` ends or fails, so that a loop of yours may call `connect`
        again. When neither `connect` nor `run` is running for 5 seconds, it says so once in the
        log: start one of them in a task of its own before.

        Raises:
            NotifierAuthError: the server refused the management token.
        """
        while True:
            attempts = self._readiness.attempts
            with anyio.move_on_after(_PATIENCE):
                return await self._readiness.wait()
            if not self._serving and self._readiness.attempts == attempts:
                # No more than a warning: the program may be about to start one of them.
                _log.warning(_NOT_CONNECTING)
                return await self._readiness.wait()

    @overload
    def subscribe(
        self, *, markers: Literal[True] = True, first_attempts: int | None = 1
    ) -> _MarkedBlock[Notification]: ...

    @overload
    def subscribe(
        self, *, markers: Literal[False], first_attempts: int | None = 1
    ) -> _Block[Notification]: ...

    # Several types are spelled out, because mypy infers a common base where there is one `E`.

    @overload
    def subscribe(
        self,
        one: type[A],
        two: type[B],
        /,
        *,
        markers: Literal[True] = True,
        first_attempts: int | None = 1,
    ) -> _MarkedBlock[A | B]: ...

    @overload
    def subscribe(
        self,
        one: type[A],
        two: type[B],
        /,
        *,
        markers: Literal[False],
        first_attempts: int | None = 1,
    ) -> _Block[A | B]: ...

    @overload
    def subscribe(
        self,
        one: type[A],
        two: type[B],
        three: type[C],
        /,
        *,
        markers: Literal[True] = True,
        first_attempts: int | None = 1,
    ) -> _MarkedBlock[A | B | C]: ...

    @overload
    def subscribe(
        self,
        one: type[A],
        two: type[B],
        three: type[C],
        /,
        *,
        markers: Literal[False],
        first_attempts: int | None = 1,
    ) -> _Block[A | B | C]: ...

    @overload
    def subscribe(
        self,
        one: type[A],
        two: type[B],
        three: type[C],
        four: type[D],
        /,
        *,
        markers: Literal[True] = True,
        first_attempts: int | None = 1,
    ) -> _MarkedBlock[A | B | C | D]: ...

    @overload
    def subscribe(
        self,
        one: type[A],
        two: type[B],
        three: type[C],
        four: type[D],
        /,
        *,
        markers: Literal[False],
        first_attempts: int | None = 1,
    ) -> _Block[A | B | C | D]: ...

    @overload
    def subscribe(
        self, *types: type[E], markers: Literal[True] = True, first_attempts: int | None = 1
    ) -> _MarkedBlock[E]: ...

    @overload
    def subscribe(
        self, *types: type[E], markers: Literal[False], first_attempts: int | None = 1
    ) -> _Block[E]: ...

    @asynccontextmanager
    async def subscribe(
        self, *types: type[Any], markers: bool = True, first_attempts: int | None = 1
    ) -> AsyncIterator[Subscription[Any]]:
        """Give the events as an async iterator over a socket of its own, which reconnects.

        The subscription is confirmed when the block is entered. Neither `connect` nor a handler is
        needed, and several blocks may be open at once.

        Args:
            types: give only events of these classes; all events if there are none.
            markers: whether `ConnectionLost` and `ConnectionRestored` come among the events.
            first_attempts: how many tries to connect at first are made, by default one: its failure
                is raised. None goes on trying until the server can be reached, for a
                program that may be started before it.

        Raises:
            TypeError: something else than classes of events was given.
            ValueError: `first_attempts` is less than 1.
            NotifierAuthError: the server refused the management token; it is not tried again.
            FishjamConnectionError: the last of `first_attempts` tries to connect failed.

        Example:
            >>> async with notifier.subscribe(PeerConnected, PeerDisconnected) as events:
            ...     async for event in events:
            ...         print(event)
        """
        check_types(types)
        check_attempts("first_attempts", first_attempts)
        queue = self._queue()
        # Any failure ends the wait: it is told of one only when no further try will be made.
        readiness = Readiness(Exception)
        wanted = (types or SURFACED) + (_MARKERS if markers else ())

        async def follow() -> None:
            await self._follower.follow(
                queue, readiness, first_attempts=first_attempts, max_attempts=None
            )

        async with background(follow):
            try:
                await readiness.wait()
            except SocketOpenError as error:
                raise shortened(error) from error.__cause__
            try:
                yield Subscription(queue, wanted)
            finally:
                # Another task may still iterate when the block is left.
                queue.end()

    def _queue(self) -> BoundedQueue[Item]:
        return BoundedQueue(self._queue_size, self._overflow, _busy)

    async def _serve(
        self,
        follow: Callable[[BoundedQueue[Item], Readiness], Awaitable[None]],
        on_lost: OnLost | None = None,
        on_restored: OnRestored | None = None,
    ) -> None:
        # Without a handler all events would be read and thrown away, which no program wants.
        if not self._handlers:
            raise RuntimeError(
                "The notifier has no handler: add one with @notifier.on_server_notification or "
                "@notifier.on(...) before connecting."
            )
        if self._serving:
            raise RuntimeError("The notifier is connected already; make another one.")
        # Before the first wait, so that a second call cannot slip in between.
        self._serving = True
        self._readiness.begin()
        queue = self._queue()
        try:
            async with background(lambda: follow(queue, self._readiness)):
                while (item := await queue.take()) is not None:
                    await self._dispatch(item, on_lost, on_restored)
        except SocketOpenError as error:
            raise shortened(error) from error.__cause__
        finally:
            self._serving = False
            self._readiness.set(False)

    async def _dispatch(
        self, item: Item, on_lost: OnLost | None, on_restored: OnRestored | None
    ) -> None:
        if isinstance(item, ConnectionLost):
            if on_lost is not None:
                await call(on_lost, item)
        elif isinstance(item, ConnectionRestored):
            if on_restored is not None:
                await call(on_restored, item)
        else:
            await self._handlers.handle(item)
