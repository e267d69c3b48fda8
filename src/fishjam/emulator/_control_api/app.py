"""The control API as an ASGI application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route, Router

from fishjam._version import __version__
from fishjam.emulator._activity import ActivityLog
from fishjam.emulator._control_api import shapes
from fishjam.emulator._control_api.connections import Connections
from fishjam.emulator._control_api.reading import event_of, flag_of, number_of, object_of
from fishjam.emulator._control_api.responses import Data, Failed
from fishjam.emulator._control_api.speech import speech_wav
from fishjam.emulator._control_api.virtual_peers import VirtualPeers
from fishjam.emulator._controls.controls import Controls
from fishjam.emulator._errors import EmulatorError
from fishjam.emulator._gate import CONTROL_PREFIX
from fishjam.emulator._model.refusals import BadRequest, RequestRefused
from fishjam.emulator._rest.authorization import ManagementToken

ROOT = f"{CONTROL_PREFIX}v1"
HEARTBEAT = 10.0
"""Seconds after which an empty line tells that the connection is alive."""


class ControlApi:
    """Serves the control API; every request has to bear the management token.

    Args:
        controls: the emulator.
    """

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._engine = controls._engine
        self._token = ManagementToken(self._engine.management_token)
        self._virtual_peers = VirtualPeers(controls, self._engine.clock.now)
        self._engine.activity.watch(self._virtual_peers.note)
        routes = [
            Route("/info", self._info, methods=["GET"]),
            Route("/state", self._state, methods=["GET"]),
            Route("/activity", self._activity, methods=["GET"]),
            Route("/events", self._trigger, methods=["POST"]),
            Route("/speech/{utterance_id:int}", self._speech, methods=["GET"]),
            *Connections(controls).routes(),
            *self._virtual_peers.routes(),
        ]
        self._app = Starlette(
            # An address with a slash too many is one that there is not.
            routes=[Mount(ROOT, app=Router(routes, redirect_slashes=False))],
            exception_handlers={
                RequestRefused: _refused,
                HTTPException: _not_routed,
                ValueError: _failure(400),
                LookupError: _failure(404),
                EmulatorError: _failure(409),
            },
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        request = Request(scope)
        try:
            self._token.check(request.headers.get("authorization", ""))
        except RequestRefused as refusal:
            headers = {**refusal.headers, "connection": "close"}
            await Failed(refusal.status, str(refusal), headers)(scope, receive, send)
            return
        # A client that hangs up before its body is complete waits for no answer.
        with suppress(ClientDisconnect):
            await self._app(scope, receive, send)

    async def _info(self, request: Request) -> Response:
        info = {
            "version": __version__,
            "fishjamId": self._engine.origin,
            "webrtc": self._engine.has_media,
            "sandbox": self._engine.has_sandbox,
        }
        return Data(info)

    async def _state(self, request: Request) -> Response:
        # In one go, so that what the activity goes on with fits to it.
        with self._engine.lock:
            state = {
                "position": self._engine.activity.position,
                "rooms": self._controls.rooms,
                "streams": self._controls.streams,
                "recordings": self._controls.recordings,
                "compositions": [
                    {"id": composition["id"], "status": composition["status"]}
                    for composition in self._controls.compositions
                ],
                "virtualPeers": [shapes.virtual_peer(user) for user in self._virtual_peers.all()],
            }
        return Data(state)

    async def _activity(self, request: Request) -> Response:
        position = int(number_of(request, "after") or 0)
        kinds = frozenset(request.query_params.getlist("type")) or shapes.KINDS
        if not kinds <= shapes.KINDS:
            raise BadRequest(f"query.type: there are {', '.join(sorted(shapes.KINDS))}")
        follow = flag_of(request, "follow", default=True)
        lines = _lines(self._engine.activity, position, kinds, follow)
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)

    async def _trigger(self, request: Request) -> Response:
        event = event_of(await object_of(request))
        self._controls.trigger(event)
        return Data(shapes.event(event), 201)

    async def _speech(self, request: Request) -> Response:
        with self._engine.lock:
            utterance = self._engine.speech.get(request.path_params["utterance_id"])
            frames = list(utterance.frames)
        # In a thread, because Opus has to be decoded.
        content = await asyncio.to_thread(speech_wav, frames, utterance.format)
        return Response(content, media_type="audio/wav", headers={"cache-control": "no-store"})


async def _lines(
    log: ActivityLog, position: int, kinds: frozenset[str], follow: bool
) -> AsyncIterator[bytes]:
    """Give what happened and what happens as lines of JSON."""
    while True:
        items = log.after(position)
        wanted = [shapes.activity(item) for item in items if item.kind in kinds]
        if wanted:
            yield b"".join(json.dumps(item).encode() + b"\n" for item in wanted)
        if items:
            position = items[-1].id
        if not follow:
            return
        if not await log.wait(position, HEARTBEAT):
            yield b"\n"


def _failure(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers errors that the control interface promises."""

    async def answer(_request: Request, error: Exception) -> Response:
        return Failed(status, str(error))

    return answer


async def _refused(_request: Request, error: Any) -> Response:
    refusal: RequestRefused = error
    return Failed(refusal.status, str(refusal), refusal.headers)


async def _not_routed(request: Request, error: Any) -> Response:
    problem: HTTPException = error
    path = request.url.path
    text = (
        f"the control API has no path {path}"
        if problem.status_code == 404
        else f"method {request.method} is not allowed at {path}"
    )
    return Failed(problem.status_code, text, dict(problem.headers or {}))
