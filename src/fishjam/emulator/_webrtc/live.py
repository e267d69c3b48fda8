"""The endpoints by which browsers publish (WHIP) and watch (WHEP) livestreams."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from attrs import define, field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from fishjam import events
from fishjam.emulator._gate import LIVE_PREFIX
from fishjam.emulator._model.livestream_presence import LivestreamPresence
from fishjam.emulator._model.refusals import (
    BadRequest,
    Conflict,
    NotFound,
    RequestRefused,
    Unauthorized,
)
from fishjam.emulator._model.state import State
from fishjam.emulator._model.state_changes import StateChange
from fishjam.emulator._model.tokens import TokenError
from fishjam.emulator._webrtc import addresses, sdp
from fishjam.emulator._webrtc.live_session import Admission, LiveSession, Role
from fishjam.emulator._webrtc.tasks import TaskSet

_RESOURCE = LIVE_PREFIX + "resource/"
_SDP, _TRICKLE = "application/sdp", "application/trickle-ice-sdpfrag"
_CORS = {
    "access-control-allow-origin": "*",
    # A page cannot read `Location` without this, and the web client then gives up.
    "access-control-expose-headers": "location, link, etag",
}
_PREFLIGHT = {
    "access-control-allow-methods": "POST, PATCH, DELETE, OPTIONS",
    # Clients send If-Match with PATCH if the answer to POST had an ETag.
    "access-control-allow-headers": "authorization, content-type, if-match",
    "access-control-max-age": "600",
}


class _MethodNotAllowed(RequestRefused):
    status = 405


class _WrongType(RequestRefused):
    status = 415


class _TooLarge(RequestRefused):
    status = 413


@define(eq=False)
class _Livestream:
    """The streamer and viewers of a livestream; without a streamer the viewers wait."""

    streamer: LiveSession | None = None
    viewers: list[LiveSession] = field(factory=list)


class LiveServer:
    """The WHIP and WHEP endpoints as an ASGI application; a service of the server's loop.

    Args:
        lock: the emulator's lock.
        state: the livestreams; what happens there is to be handed to `handle`.
        ice_addresses: the addresses at which browsers can reach this machine; None for all.
        connect_timeout: seconds that a page has to connect after its answer.
    """

    def __init__(
        self,
        lock: threading.RLock,
        state: State,
        ice_addresses: Sequence[str] | None,
        connect_timeout: float = 30,
    ) -> None:
        self._lock = lock
        self._state = state
        self._ice_addresses = ice_addresses
        self._connect_timeout = connect_timeout
        self._loop: asyncio.AbstractEventLoop | None = None
        self._livestreams: dict[str, _Livestream] = {}
        # None for those that have ended: a page ends the connection before the resource.
        self._resources: dict[str, LiveSession | None] = {}
        self._closing = TaskSet()

    async def open(self) -> None:
        """Begin to work."""
        self._loop = asyncio.get_running_loop()

    async def aclose(self) -> None:
        """End all connections."""
        with self._lock:
            for session in list(self._resources.values()):
                self._end(session)
            self._loop = None
        await self._closing.wait()

    def reset(self) -> None:
        """End all connections and forget them, from any thread; the lock is held."""
        self._call(self._forget)

    def handle(self, change: StateChange) -> None:
        """End the connections of streamers and viewers that are gone; the lock is held."""
        match change.event:
            case events.StreamerDisconnected(stream_id=stream_id, streamer_id=participant_id):
                self._leave("streamer", stream_id, participant_id)
            case events.ViewerDisconnected(stream_id=stream_id, viewer_id=participant_id):
                self._leave("viewer", stream_id, participant_id)
            # A crash is the only event of its room: none says that the streamers are gone.
            case events.RoomCrashed(room_id=room_id):
                self._leave_all(room_id)
            case _:
                pass

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            response = await self._serve(request)
        except ClientDisconnect:
            return
        except RequestRefused as refusal:
            response = JSONResponse({"errors": str(refusal)}, refusal.status, refusal.headers)
        response.headers.update(_CORS)
        await response(scope, receive, send)

    async def _serve(self, request: Request) -> Response:
        path, method = request.url.path, request.method
        if method == "OPTIONS":
            return Response(status_code=204, headers=_PREFLIGHT)
        if path.startswith(_RESOURCE):
            return await self._serve_resource(request, path.removeprefix(_RESOURCE))
        name, _, stream_id = path.removeprefix(LIVE_PREFIX).partition("/")
        if name not in ("whip", "whep") or (stream_id and name == "whip"):
            raise NotFound(f"there is nothing at {path}")
        if method != "POST":
            raise _MethodNotAllowed(f"{path} takes POST, not {method}", {"allow": "POST, OPTIONS"})
        _check_type(request, _SDP)
        # Before the offer is read: what a stranger sends is of no interest.
        if name == "whip":
            admission = self._admit(request, "streamer")
            return await self._publish(request, admission, await _offer(request))
        admission = (
            self._admit_without_token(stream_id) if stream_id else self._admit(request, "viewer")
        )
        return await self._watch(request, admission, await _offer(request))

    async def _serve_resource(self, request: Request, resource_id: str) -> Response:
        if resource_id not in self._resources:
            raise NotFound("there is no such connection")
        session = self._resources[resource_id]
        if request.method == "DELETE":
            with self._lock:
                self._end(session)
            return Response(status_code=200)
        if request.method != "PATCH":
            allowed = {"allow": "PATCH, DELETE, OPTIONS"}
            raise _MethodNotAllowed("a connection takes PATCH and DELETE", allowed)
        if session is None:
            raise NotFound("this connection has ended")
        _check_type(request, _TRICKLE)
        await session.add_candidates((await _body(request)).decode(errors="replace"))
        return Response(status_code=204)

    async def _publish(
        self, request: Request, admission: Admission, offer: sdp.Description
    ) -> Response:
        livestream = self._livestreams.setdefault(admission.stream_id, _Livestream())
        if livestream.streamer is not None:
            raise Conflict("a streamer is connected already")
        session = LiveSession("streamer", admission, self._on_lost)
        # Before anything is awaited, so that a second streamer is refused meanwhile.
        livestream.streamer = session
        try:
            response = await self._answer(request, session, session.receive(offer))
        # A request that is cancelled has to free the place, too.
        except BaseException:
            livestream.streamer = None
            raise
        for viewer in livestream.viewers:
            viewer.watch(session)
        return response

    async def _watch(
        self, request: Request, admission: Admission, offer: sdp.Description
    ) -> Response:
        livestream = self._livestreams.get(admission.stream_id)
        if livestream is None or livestream.streamer is None:
            raise NotFound(f"livestream {admission.stream_id} has no streamer now")
        session = LiveSession("viewer", admission, self._on_lost)
        response = await self._answer(request, session, session.send(offer))
        livestream.viewers.append(session)
        # Read again, because the streamer may have left while the answer was made.
        session.watch(livestream.streamer)
        return response

    async def _answer(
        self, request: Request, session: LiveSession, negotiating: Awaitable[sdp.Description]
    ) -> Response:
        # aiortc gathers addresses while it answers, in this task, and the choice holds for one
        # task.
        addresses.choose(self._ice_addresses)
        try:
            answer = await negotiating
            # A page that is gone never learns of the connection, and so would not end it.
            if await request.is_disconnected() or self._loop is None:
                raise ClientDisconnect
            return self._created(session, answer)
        except sdp.SdpError as error:
            await session.aclose()
            raise BadRequest(str(error)) from error
        except BaseException:
            await session.aclose()
            raise

    def _created(self, session: LiveSession, answer: sdp.Description) -> Response:
        # PATCH and DELETE bear no token, so nobody may guess the address.
        resource_id = secrets.token_urlsafe(16)
        admission = session.admission
        with self._lock:
            # Found only now, because all may have been deleted while the answer was made.
            presence = admission.find_presence()
            presence.connect(session.role, admission.participant_id)
            self._resources[resource_id] = session
        session.expect_connection(self._connect_timeout)
        headers = {"location": _RESOURCE + resource_id, "content-type": _SDP}
        return Response(str(answer), 201, headers)

    def _admit(self, request: Request, role: Role) -> Admission:
        """Let the bearer of a token in."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            # RFC 9110 compares the names of schemes without regard to case.
            claims = self._state.tokens.verify(token if scheme.lower() == "bearer" else "")
        except TokenError as error:
            raise Unauthorized(str(error)) from error
        if claims.get("type") != role:
            raise Unauthorized(f"this is not the token of a {role}")
        # The streamers and viewers of rooms have no ids but that of their token.
        stream_id = claims.get("stream_id") or claims["room_id"]
        participant_id = claims.get(f"{role}_id") or claims["jti"]
        find = partial(self._state.presence, stream_id, role, participant_id)
        with self._lock:
            find()
            return Admission(stream_id, participant_id, find, self._takes_video(stream_id))

    def _admit_without_token(self, stream_id: str) -> Admission:
        """Let somebody without a token watch a public livestream."""
        with self._lock:
            is_public, find = self._public_presence(stream_id)
            if not is_public:
                raise Unauthorized(f"livestream {stream_id} is not public: it takes a token")
            viewer_id = self._state.new_id()
            return Admission(stream_id, viewer_id, find, self._takes_video(stream_id))

    def _public_presence(self, stream_id: str) -> tuple[bool, Callable[[], LivestreamPresence]]:
        rooms, streams = self._state.rooms, self._state.streams
        if rooms.has(stream_id):
            is_public = rooms.get_livestream(stream_id).config.public
            return is_public, lambda: self._state.rooms.get(stream_id).presence
        is_public = streams.get(stream_id).public
        return is_public, lambda: self._state.streams.get(stream_id).presence

    def _takes_video(self, stream_id: str) -> bool:
        if self._state.rooms.has(stream_id):
            return "audio_only" not in self._state.rooms.get(stream_id).config.room_type
        return not self._state.streams.get(stream_id).audio_only

    def _leave(self, role: Role, stream_id: str, participant_id: str) -> None:
        for session in self._sessions_of(role, stream_id, participant_id):
            self._call(self._end, session)

    def _sessions_of(self, role: Role, stream_id: str, participant_id: str) -> list[LiveSession]:
        """Return the connections of a participant: a viewer may watch in two tabs with one token.

        A page that is loaded again has two for a moment, too.
        """
        wanted = (role, stream_id, participant_id)
        return [
            session
            for session in self._resources.values()
            if session is not None
            and (session.role, session.admission.stream_id, session.admission.participant_id)
            == wanted
        ]

    def _leave_all(self, stream_id: str) -> None:
        for session in self._resources.values():
            if session is not None and session.admission.stream_id == stream_id:
                self._call(self._end, session)

    def _call(self, act: Callable[..., object], *args: Any) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(act, *args)

    def _on_lost(self, session: LiveSession) -> None:
        with self._lock:
            self._end(session)

    def _end(self, session: LiveSession | None) -> None:
        """End a connection inside the loop; once more changes nothing."""
        resource_id = next((key for key, it in self._resources.items() if it is session), None)
        if session is None or resource_id is None:
            return
        # First, because the event of the disconnection comes back here and must find nothing to
        # end.
        self._resources[resource_id] = None
        admission = session.admission
        livestream = self._livestreams[admission.stream_id]
        if livestream.streamer is session:
            livestream.streamer = None
        else:
            livestream.viewers.remove(session)
        participant = (session.role, admission.stream_id, admission.participant_id)
        # After a reset, a deletion or a crash there is nothing more to report.
        with self._lock, suppress(NotFound):
            if not self._sessions_of(*participant):
                admission.find_presence().disconnect(session.role, admission.participant_id)
        self._closing.start(session.aclose())

    def _forget(self) -> None:
        with self._lock:
            for session in list(self._resources.values()):
                self._end(session)
            self._resources.clear()
            self._livestreams.clear()


async def _offer(request: Request) -> sdp.Description:
    body = await _body(request)
    try:
        return sdp.parse(body.decode())
    except ValueError as error:
        raise BadRequest(f"the offer cannot be read: {error}") from error


def _check_type(request: Request, content_type: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != content_type:
        raise _WrongType(f"the content type must be {content_type}, not {given or 'none'}")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > sdp.MAX_SIZE:
            raise _TooLarge(f"a body has at most {sdp.MAX_SIZE} bytes")
    return bytes(body)
