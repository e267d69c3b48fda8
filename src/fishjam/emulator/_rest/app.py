"""The REST APIs as an ASGI application, with faults on request."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fishjam.emulator._rest.bodies import MAX_BODY
from fishjam.emulator._rest.faults import Break, Failure, FaultPlan, Faults
from fishjam.emulator._rest.request_log import RECORDED, RequestLog
from fishjam.emulator._rest.responses import RestResponse, json_response
from fishjam.emulator._rest.routes import RouteMatch
from fishjam.emulator._rest.service import Received, RestService
from fishjam.emulator._server import ServerThread

MAX_BODY_ON_LOOP = 16 * 1024
"""The bytes of a body that is checked in the server's loop.

To hold a megabyte of JSON against the document takes seconds, in which sockets have to be served.
"""


class Application:
    """The emulator's REST side as an ASGI application.

    Args:
        service: answers the requests.
        faults: the faults to apply.
        request_log: records the requests.
        server: the server that runs the application.
        headers: headers for every answer; may be changed while it runs.
    """

    def __init__(
        self,
        service: RestService,
        faults: Faults,
        request_log: RequestLog,
        server: ServerThread,
        headers: dict[str, str],
    ) -> None:
        self._service = service
        self._faults = faults
        self._journal = request_log
        self._server = server
        self._headers = headers
        self._worker = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        scope[RECORDED] = True
        request = Request(scope, receive)
        try:
            received = await _read(request)
        except ClientDisconnect:
            return
        response = await self._serve(request, received)
        if response is None:
            await self._drop(request)
            return
        await self._response(response, received)(scope, receive, send)

    async def _serve(self, request: Request, received: Received) -> RestResponse | None:
        """Return the answer, or None to drop the connection."""
        # Before everything else, because faults and records go by the operation, also of what is
        # refused.
        begin = time.perf_counter()
        match = self._service.route(received)
        operation = match.operation.id if isinstance(match, RouteMatch) else None
        note = self._journal.record(
            received.method,
            received.path,
            operation,
            _headers(request),
            received.query,
            received.body or b"",
        )
        response = (
            match if isinstance(match, RestResponse) else await self._respond(received, match)
        )
        status = response.status if response else None
        self._journal.answer(note, status, time.perf_counter() - begin)
        return response

    async def _respond(self, received: Received, match: RouteMatch) -> RestResponse | None:
        plan = self._faults.take(match.operation.id)
        if plan.delay and not await self._server.pause(plan.delay):
            return None
        return await self._respond_or_fail(received, match, plan)

    async def _respond_or_fail(
        self, received: Received, match: RouteMatch, plan: FaultPlan
    ) -> RestResponse | None:
        fault = plan.fault
        if isinstance(fault, Failure):
            return _failure(fault, match)
        if isinstance(fault, Break) and not fault.after_effect:
            return None
        response = await self._carry_out(received, match)
        return None if fault else response

    async def _carry_out(self, received: Received, match: RouteMatch) -> RestResponse:
        if received.body is None or len(received.body) <= MAX_BODY_ON_LOOP:
            return self._service.respond(received, match)
        # One after another: each of them competes with the loop for the interpreter.
        async with self._worker:
            return await asyncio.to_thread(self._service.respond, received, match)

    async def _drop(self, request: Request) -> None:
        """Abort the connection, and return when the server has noticed."""
        self._server.drop(request.scope["client"])
        # uvicorn logs an error if an application returns without an answer, unless the client is
        # gone.
        while (await request.receive())["type"] != "http.disconnect":
            pass

    def _response(self, response: RestResponse, received: Received) -> Response:
        headers = {**self._headers, **response.headers}
        if received.body is None:
            # The rest of the body is not read, so the connection cannot be reused.
            headers["connection"] = "close"
        return Response(response.content, response.status, headers)


def _failure(fault: Failure, match: RouteMatch) -> RestResponse:
    if fault.content is not None:
        return RestResponse(fault.status, fault.headers, fault.content)
    error = match.operation.api.error(f"failure {fault.status} on request")
    return json_response(fault.status, error, fault.headers)


async def _read(request: Request) -> Received:
    headers: dict[str, str] = {}
    for name, value in _headers(request):
        headers.setdefault(name, value)
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return Received(request.method, path.decode(), query, headers, await _body(request))


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _headers(request: Request) -> list[tuple[str, str]]:
    raw = request.headers.raw
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
