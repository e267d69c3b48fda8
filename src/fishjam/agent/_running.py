"""Running a handler with a session that outlives the loss of its connections."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeAlias, TypeVar

import anyio
from anyio.lowlevel import checkpoint
from attrs import evolve

from fishjam._concurrency.callbacks import call, failures_of
from fishjam._concurrency.loop import background
from fishjam._concurrency.queue import BoundedQueue
from fishjam._core.backoff import Backoff
from fishjam._core.seconds import is_finite
from fishjam._websocket._signals import SocketClosedError, SocketEndedError
from fishjam._websocket.connection import WebSocket
from fishjam._websocket.reconnecting import (
    ConnectionEvent,
    ConnectionLost,
    ConnectionRestored,
    Reconnector,
    Verdict,
    check_attempts,
)
from fishjam.agent._close import CLOSED_BY_US, CONNECTION_GONE, NORMAL, SessionEnd
from fishjam.agent._session import AgentAddress, SessionState
from fishjam.agent._tokens import TEMPORARY, RenewToken, is_expired, renewed
from fishjam.errors import (
    AgentAuthError,
    AgentConnectionError,
    AgentSessionClosedError,
    FishjamError,
    SocketBrokenError,
)

S = TypeVar("S")
T = TypeVar("T")

OnLost: TypeAlias = Callable[[ConnectionLost], Awaitable[None] | None]
OnRestored: TypeAlias = Callable[[ConnectionRestored], Awaitable[None] | None]
OnEnded: TypeAlias = Callable[[SessionEnd], Awaitable[None] | None]
Handler: TypeAlias = Callable[[S], Awaitable[T]]

GRACE = 5.0
"""Seconds that a handler has to return once the session has ended without its doing."""

_REFUSALS = frozenset({1003, 1007})
"""The codes of a server that will not take what it was sent: it would not take it again."""

# The server's own words; no code tells this refusal from one that is final.
_STILL_THERE = "peer already connected"

_WANTED = "pass a function that is written with async def and takes the session"


def check_run(handler: object, max_attempts: int | None, lost_after: float | None) -> None:
    """Raise `TypeError` or `ValueError` for what `Agent.run` cannot use."""
    if not callable(handler):
        raise TypeError(f"run: {handler!r} is not a handler: {_WANTED}")
    check_attempts("max_attempts", max_attempts)
    # Written so that NaN is refused too.
    if lost_after is not None and not (lost_after > 0 and is_finite(lost_after)):
        raise ValueError(f"lost_after={lost_after!r}: give seconds, more than 0, or None")


def judge(error: Exception, was_up: bool) -> Verdict:
    """Tell what an error means for a session that is to stay connected."""
    code = getattr(error, "code", None)
    # 1000 is a peer that was removed or a room that stopped: there is nothing to return to.
    ended_for_good = isinstance(error, SocketEndedError) and code == NORMAL
    refused_for_good = isinstance(error, SocketBrokenError) and code in _REFUSALS
    if isinstance(error, SocketClosedError) or ended_for_good or refused_for_good:
        return Verdict.OVER
    if was_up and isinstance(error, CONNECTION_GONE):
        return Verdict.LOST
    if isinstance(error, AgentAuthError):
        return Verdict.OCCUPIED if _STILL_THERE in error.reason else Verdict.OVER
    is_temporary = isinstance(error, (SocketEndedError, *TEMPORARY))
    return Verdict.AGAIN if is_temporary else Verdict.OVER


class Runner(Generic[S, T]):
    """Runs one handler with one session."""

    def __init__(
        self,
        state: SessionState,
        address: AgentAddress,
        *,
        backoff: Backoff,
        max_attempts: int | None,
        lost_after: float | None,
        renew_token: RenewToken | None,
        keep_token: Callable[[str], None],
        on_lost: OnLost | None,
        on_restored: OnRestored | None,
        on_ended: OnEnded | None,
    ) -> None:
        self._state = state
        self._address = address
        self._lost_after = lost_after
        self._renew_token = renew_token
        self._keep_token = keep_token
        self._on_lost = on_lost
        self._on_restored = on_restored
        self._on_ended = on_ended
        # The callbacks have a queue of their own: one that is slow must not hold up the audio.
        self._events: BoundedQueue[ConnectionEvent] = BoundedQueue(1, "wait", RuntimeError)
        self._reconnector = Reconnector(
            name="the agent",
            backoff=backoff,
            clock=state.clock,
            first_attempts=max_attempts,
            max_attempts=max_attempts,
            judge=judge,
            tell=self._note,
        )
        self._down_since: float | None = state.clock.now()
        """When there was last a connection; None while there is one."""
        self._went_down = anyio.Event()
        self._begun = anyio.Event()
        """Set with the first connection, and when there will be none."""
        self._failure: Exception | None = None
        """Why there will be none."""
        self._scope = anyio.CancelScope()
        self._callback_error: Exception | None = None
        self._result: T | None = None

    async def run(self, handler: Handler[S, T], session: S) -> T | None:
        """Connect, call the handler, and return what it returns; None if it was cut off in order.

        Raises what the handler or a callback raises, and what ended the session if the handler did
        not return by itself.
        """
        try:
            result = await self._run(handler, session)
        except Exception:
            await self._tell_end()
            raise
        await self._tell_end()
        return result

    async def _run(self, handler: Handler[S, T], session: S) -> T | None:
        async with (
            background(self._keep_connected),
            background(self._call_callbacks),
            background(self._limit_loss),
        ):
            try:
                await self._begun.wait()
                if self._failure is not None:
                    raise self._failure
                with self._scope:
                    async with background(self._watch_end):
                        await self._handle(handler, session)
            finally:
                # Other tasks may still wait for messages, or for a connection to send over.
                self._state.finish(CLOSED_BY_US)
        if self._callback_error is not None:
            # Only here: the scope that it cancelled has to be left before.
            raise self._callback_error
        end = self._state.end
        # A handler that returned by itself has done its work, whatever ended the session.
        if self._scope.cancelled_caught and end is not None and end.failure is not None:
            raise end.error()
        return self._result

    async def _keep_connected(self) -> None:
        error = await self._reconnector.keep(self._connect)
        if error is not None:
            if not self._begun.is_set():
                self._failure = error
            self._state.finish(SessionEnd.of(error))
        # After the failure is noted: `run` looks at it as soon as this is set.
        self._begun.set()
        self._events.end()

    async def _connect(self) -> None:
        """Make a connection, and use it until it raises that it has ended."""
        try:
            await self._use(self._address)
        except AgentAuthError as error:
            if self._renew_token is None or not is_expired(error):
                raise
            await self._use(await self._renewed(self._renew_token, error))

    async def _renewed(self, renew: RenewToken, refusal: AgentAuthError) -> AgentAddress:
        try:
            token = await renewed(renew, refusal)
        except FishjamError:
            raise
        except Exception as error:
            # An error of the user's own, which comes out as one of a callback does.
            self._callback_error = error
            self._scope.cancel()
            raise
        self._address = evolve(self._address, token=token)
        self._keep_token(token)
        return self._address

    async def _use(self, address: AgentAddress) -> None:
        async with address.open() as socket:
            try:
                async with background(partial(self._restore, socket)):
                    # It goes first, also when all that there is to read has come already.
                    await checkpoint()
                    await self._state.read(socket)
            finally:
                self._state.sender.detach()

    async def _restore(self, socket: WebSocket) -> None:
        try:
            await self._state.restore(socket)
        except CONNECTION_GONE:
            # The task that reads raises it too.
            return
        self._begun.set()
        self._down_since = None
        self._went_down = anyio.Event()
        self._reconnector.established()

    def _note(self, event: ConnectionEvent) -> None:
        if isinstance(event, ConnectionLost):
            self._down_since = self._state.clock.now()
            self._went_down.set()
        self._events.put_at_once(event)

    async def _limit_loss(self) -> None:
        """End the session when it has had no connection for too long."""
        if self._lost_after is None:
            return None
        clock = self._state.clock
        while True:
            since = self._down_since
            if since is None:
                await self._went_down.wait()
                continue
            await clock.sleep_until(since + self._lost_after)
            # It may have come back meanwhile, and even be lost another time.
            if self._down_since == since:
                return self._give_up(self._lost_after)

    def _give_up(self, seconds: float) -> None:
        error = AgentConnectionError(f"There was no connection for {seconds:g} s (lost_after).")
        if not self._begun.is_set():
            self._failure = error
        self._state.finish(SessionEnd.of(error))
        self._reconnector.stop()
        self._begun.set()

    async def _handle(self, handler: Handler[S, T], session: S) -> None:
        try:
            with failures_of(handler):
                self._result = await _awaitable(handler, handler(session))
        except AgentSessionClosedError:
            # It was speaking when the server ended the session, which is not its mistake.
            if self._state.end is None or not self._state.end.by_server:
                raise

    async def _watch_end(self) -> None:
        """End the tries to connect with the session, and cancel a handler that goes on for long."""
        await self._state.sender.ended.wait()
        self._reconnector.stop()
        if self._state.end is not None and not self._state.end.by_us:
            await self._state.clock.sleep_until(self._state.clock.now() + GRACE)
            self._scope.cancel()

    async def _tell_end(self) -> None:
        end = self._state.end
        if self._on_ended is not None and end is not None:
            await call(self._on_ended, end)

    async def _call_callbacks(self) -> None:
        """Call the callbacks, one after another, while the session goes on."""
        try:
            while (event := await self._events.take()) is not None:
                await self._call_callback(event)
        except Exception as error:
            self._callback_error = error
            self._scope.cancel()

    async def _call_callback(self, event: ConnectionEvent) -> None:
        if isinstance(event, ConnectionLost):
            if self._on_lost is not None:
                await call(self._on_lost, event)
        elif self._on_restored is not None:
            await call(self._on_restored, event)


def _awaitable(handler: Handler[S, T], returned: Awaitable[T]) -> Awaitable[T]:
    """Return what a handler returned; raises `TypeError` if it is written with a plain def."""
    if inspect.isawaitable(returned):
        return returned
    name = getattr(handler, "__qualname__", repr(handler))
    raise TypeError(
        f"run: the handler {name} returned {type(returned).__name__}, which cannot be awaited: "
        f"{_WANTED}"
    )
