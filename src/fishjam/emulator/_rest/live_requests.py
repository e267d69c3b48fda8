"""The WHIP and WHEP requests of pages: recorded, and disturbed on request, as those of REST."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.responses import JSONResponse, Response

from fishjam.emulator._gate import LIVE_PREFIX, AsgiApp
from fishjam.emulator._rest.bodies import MAX_BODY
from fishjam.emulator._rest.faults import Break, Failure, Faults
from fishjam.emulator._rest.request_log import RECORDED, RecordedRequest, RequestLog
from fishjam.emulator._server import ServerThread

WHIP, WHEP, LIVE_CONNECTION = "whip", "whep", "live_connection"
LIVE_OPERATIONS = (WHIP, WHEP, LIVE_CONNECTION)
"""To publish, to watch, and what a page says later about a connection that it has."""

# Without it a page cannot read the status of an answer.
_CORS = {"access-control-allow-origin": "*"}


class LiveRequests:
    """Stands before the endpoints for livestreams.

    Args:
        endpoints: what answers.
        faults: the faults to apply.
        request_log: records the requests.
        server: the server that runs the application.
    """

    def __init__(
        self, endpoints: AsgiApp, faults: Faults, request_log: RequestLog, server: ServerThread
    ) -> None:
        self._endpoints = endpoints
        self._faults = faults
        self._log = request_log
        self._server = server

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        # It is the browser's own question whether the page may ask at all.
        if scope["method"] == "OPTIONS":
            await self._endpoints(scope, receive, send)
            return
        scope[RECORDED] = True
        operation = _operation(scope["path"])
        begin = time.perf_counter()
        note = self._record(scope, operation)

        def note_answer(status: int | None) -> None:
            self._log.answer(note, status, time.perf_counter() - begin)

        receive = _recorded_body(note, receive)
        plan = self._faults.take(operation)
        fault = plan.fault
        if plan.delay and not await self._server.pause(plan.delay):
            fault = Break(times=1, operation=operation, after_effect=False)
        if isinstance(fault, Break):
            if fault.after_effect:
                await self._endpoints(scope, receive, _ignore)
            note_answer(None)
            await self._drop(scope, receive)
            return
        answer = self._endpoints if fault is None else partial(_fail, fault)
        await answer(scope, receive, _noted(note_answer, send))
        if note.duration is None:
            # The page has gone before its answer was made.
            note_answer(None)

    def _record(self, scope: Any, operation: str) -> RecordedRequest:
        headers = (
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        )
        path = scope["raw_path"].decode("latin-1")
        return self._log.record(
            scope["method"], path, operation, headers, scope["query_string"], b""
        )

    async def _drop(self, scope: Any, receive: Any) -> None:
        self._server.drop(scope["client"])
        # uvicorn logs an error if an application returns without an answer, unless the client is
        # gone.
        while (await receive())["type"] != "http.disconnect":
            pass


def _operation(path: str) -> str:
    name = path.removeprefix(LIVE_PREFIX).partition("/")[0]
    return name if name in (WHIP, WHEP) else LIVE_CONNECTION


async def _fail(fault: Failure, scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    headers = {**fault.headers, **_CORS}
    if fault.content is None:
        error = {"errors": f"failure {fault.status} on request"}
        response: Response = JSONResponse(error, fault.status, headers)
    else:
        response = Response(fault.content, fault.status, headers)
    await response(scope, receive, send)


def _recorded_body(
    note: RecordedRequest, receive: Callable[[], Awaitable[Any]]
) -> Callable[[], Awaitable[Any]]:
    async def receive_and_record() -> Any:
        message = await receive()
        # What is longer is nothing that anybody wants to look at.
        if len(note.body) < MAX_BODY:
            note.body += message.get("body", b"")
        return message

    return receive_and_record


def _noted(
    note_answer: Callable[[int], object], send: Callable[[Any], Awaitable[None]]
) -> Callable[[Any], Awaitable[None]]:
    async def note_and_send(message: Any) -> None:
        # First, so that the record is complete when the page has its answer.
        if message["type"] == "http.response.start":
            note_answer(message["status"])
        await send(message)

    return note_and_send


async def _ignore(_message: Any) -> None:
    """Send nothing: the connection breaks after this."""
