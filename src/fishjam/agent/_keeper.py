"""Keeping a session connected: one connection after another, until the session is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import anyio
from anyio.lowlevel import checkpoint

from fishjam._concurrency.background import background
from fishjam._core.backoff import Backoff
from fishjam._websocket._signals import SocketClosedError, SocketEndedError
from fishjam._websocket.connection import WebSocket
from fishjam._websocket.reconnecting import Attempts, ConnectionLost, ConnectionRestored
from fishjam.agent._connecting import Door, opened
from fishjam.agent._ending import CONNECTION_GONE, NORMAL, SessionEnd
from fishjam.agent._session import Core
from fishjam.errors import AgentAuthError, FishjamConnectionError, SocketBrokenError

News: TypeAlias = ConnectionLost | ConnectionRestored

PATIENCE = 60.0
"""Seconds in which the server may still take the agent's last connection for alive."""

_REFUSALS = frozenset({1003, 1007})
"""The codes of a server that will not take what it was sent: it would not take it again."""

_STILL_THERE = "peer already connected"

_log = logging.getLogger("fishjam")


class Keeper:
    """Connects a session, and comes back after each loss."""

    def __init__(
        self,
        core: Core,
        door: Door,
        backoff: Backoff,
        max_attempts: int | None,
        tell: Callable[[News], None],
    ) -> None:
        self._core = core
        self._door = door
        self._max_attempts = max_attempts
        self._attempts = Attempts(backoff, core.clock, max_attempts)
        self._tell = tell
        self._is_up = False
        self._refused_since: float | None = None
        self.begun = anyio.Event()
        """Set with the first connection, and when there will be none."""
        self.failure: Exception | None = None
        """Why there will be none."""

    async def keep(self) -> None:
        """Connect again and again; return when the session is over."""
        while self._core.link.end is None:
            self._attempts.number += 1
            try:
                async with opened(self._door) as socket:
                    await self._stay(socket)
            except Exception as error:
                if self._is_over(error):
                    if not self.begun.is_set():
                        self.failure = error
                    self._core.finish(SessionEnd.of(error))
                    self.begun.set()
                else:
                    await self._pause()

    async def _stay(self, socket: WebSocket) -> None:
        """Use a connection until it raises that it has ended."""
        self._refused_since = None
        try:
            async with background(partial(self._restore, socket)):
                # It goes first, also when all that there is to read has come already.
                await checkpoint()
                await self._core.read(socket)
        finally:
            self._core.link.detach()

    async def _restore(self, socket: WebSocket) -> None:
        try:
            await self._core.restore(socket)
        except CONNECTION_GONE:
            # Who reads is told so as well.
            return
        self._is_up = True
        self.begun.set()
        news = self._attempts.restored()
        if news is not None:
            self._tell(news)

    def _is_over(self, error: Exception) -> bool:
        if isinstance(error, SocketClosedError):
            return True
        if isinstance(error, SocketEndedError) and error.code == NORMAL:
            return True
        if isinstance(error, SocketBrokenError) and error.code in _REFUSALS:
            return True
        if self._is_up and isinstance(error, CONNECTION_GONE):
            self._note_loss(error)
            return False
        _log.warning("the agent cannot connect (try %d): %s", self._attempts.number, error)
        return self._attempts.exhausted or not self._is_temporary(error)

    def _note_loss(self, error: Exception) -> None:
        _log.info("the agent lost its connection: %s", error)
        self._is_up = False
        self._attempts.lost(self._max_attempts)
        self._tell(ConnectionLost.of(error))

    def _is_temporary(self, error: Exception) -> bool:
        if not (isinstance(error, AgentAuthError) and _STILL_THERE in error.reason):
            self._refused_since = None
            return isinstance(error, (FishjamConnectionError, SocketEndedError))
        now = self._core.clock.now()
        if self._refused_since is None:
            self._refused_since = now
        return now < self._refused_since + PATIENCE

    async def _pause(self) -> None:
        """Wait before the next try, unless the session ends meanwhile."""
        longest = None
        if self._refused_since is not None:
            # The last try should come when the patience ends, and not long after.
            longest = self._refused_since + PATIENCE - self._core.clock.now()
        with anyio.CancelScope() as scope:
            async with background(partial(self._cancel_at_the_end, scope)):
                await self._attempts.pause(longest)

    async def _cancel_at_the_end(self, scope: anyio.CancelScope) -> None:
        await self._core.link.ended.wait()
        scope.cancel()
