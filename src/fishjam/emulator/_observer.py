"""Notes the requests that no API records: those that are refused, the sandbox and livestreams."""

from __future__ import annotations

import time
from typing import Any

from fishjam.emulator._activity import ActivityLog
from fishjam.emulator._gate import CONTROL_PREFIX, AsgiApp
from fishjam.emulator._rest.request_log import RECORDED, RecordedRequest

_STARTS = frozenset({"http.response.start", "websocket.http.response.start"})


class Observer:
    """An ASGI application that notes how another one answers.

    Args:
        app: the application behind it.
        activity: where that is noted.
    """

    def __init__(self, app: AsgiApp, activity: ActivityLog) -> None:
        self._app = app
        self._activity = activity

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request or one WebSocket."""
        status: int | None = None

        async def note_and_send(message: Any) -> None:
            nonlocal status
            if message["type"] in _STARTS:
                status = message["status"]
            await send(message)

        begin = time.perf_counter()
        await self._app(scope, receive, note_and_send)
        # Preflights are the browser's business, and a WebSocket that was opened has no status.
        if status is None or RECORDED in scope or scope.get("method") == "OPTIONS":
            return
        if not scope["path"].startswith(CONTROL_PREFIX):
            self._activity.put("request", _record(scope, status, time.perf_counter() - begin))


def _record(scope: Any, status: int, duration: float) -> RecordedRequest:
    return RecordedRequest(
        method=scope.get("method", "GET"),
        path=scope["raw_path"].decode("latin-1"),
        operation=None,
        headers={},
        query={},
        body=b"",
        status=status,
        duration=duration,
    )
