"""Livestreams from and for browsers: WHIP publishes, WHEP watches."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Literal

from attrs import define, field, frozen
from starlette.requests import Request
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
from fishjam.emulator._webrtc.outgoing import OutgoingSource, SenderTrack
from fishjam.emulator._webrtc.peer import REPORT_INTERVAL
from fishjam.emulator._webrtc.rtp import Demultiplexer, IncomingTrack
from fishjam.emulator._webrtc.sources import DecodedVideo
from fishjam.emulator._webrtc.transport import Transport

_RESOURCE = LIVE_PREFIX + "resource/"
_SDP, _TRICKLE = "application/sdp", "application/trickle-ice-sdpfrag"
# Streams are made without a codec, unlike rooms, whose default this is.
_VIDEO_CODEC = "h264"
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

Role = Literal["streamer", "viewer"]


class _MethodNotAllowed(RequestRefused):
    status = 405


class _WrongType(RequestRefused):
    status = 415


class _TooLarge(RequestRefused):
    status = 413


@frozen
class _Admission:
    """What a token lets somebody do.

    Attributes:
        stream_id: the livestream, or the room that is one.
        participant_id: the streamer or viewer.
        find_presence: finds where it is noted that they are connected; raises `NotFound` once they
            or the livestream are gone. The lock is held.
        takes_video: whether the livestream has video.
    """

    stream_id: str
    participant_id: str
    find_presence: Callable[[], LivestreamPresence]
    takes_video: bool


@define(eq=False)
class _Livestream:
    """The streamer and viewers of a livestream; without a streamer the viewers wait."""

    streamer: _Session | None = None
    viewers: list[_Session] = field(factory=list)


class LiveServer:
    """The WHIP and WHEP endpoints as an ASGI application; a service of the server's loop.

    Args:
        lock: the emulator's lock.
        state: the livestreams; what happens there is to be handed to `handle`.
        ice_addresses: the addresses at which browsers can reach this machine; None for all.
    """

    def __init__(
        self, lock: threading.RLock, state: State, ice_addresses: Sequence[str] | None
    ) -> None:
        self._lock = lock
        self._state = state
        self._ice_addresses = ice_addresses
        self._loop: asyncio.AbstractEventLoop | None = None
        self._livestreams: dict[str, _Livestream] = {}
        # None for those that have ended: a page ends the connection before the resource.
        self._resources: dict[str, _Session | None] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to work."""
        self._loop = asyncio.get_running_loop()

    async def aclose(self) -> None:
        """End all connections."""
        with self._lock:
            for session in list(self._resources.values()):
                self._end(session)
            self._loop = None
        await asyncio.gather(*self._closing)

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
        except RequestRefused as refusal:
            response = JSONResponse({"errors": str(refusal)}, refusal.status)
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
            raise _MethodNotAllowed(f"{path} takes POST, not {method}")
        offer = await _offer(request)
        if name == "whip":
            return await self._publish(self._admit(request, "streamer"), offer)
        admission = self._admit_all(stream_id) if stream_id else self._admit(request, "viewer")
        return await self._watch(admission, offer)

    async def _serve_resource(self, request: Request, resource_id: str) -> Response:
        if resource_id not in self._resources:
            raise NotFound("there is no such connection")
        session = self._resources[resource_id]
        if request.method == "DELETE":
            with self._lock:
                self._end(session)
            return Response(status_code=200)
        if request.method != "PATCH":
            raise _MethodNotAllowed("a connection takes PATCH and DELETE")
        if session is None:
            raise NotFound("this connection has ended")
        await session.add_candidates((await _body(request, _TRICKLE)).decode(errors="replace"))
        return Response(status_code=204)

    async def _publish(self, admission: _Admission, offer: sdp.Description) -> Response:
        livestream = self._livestreams.setdefault(admission.stream_id, _Livestream())
        if livestream.streamer is not None:
            raise Conflict("a streamer is connected already")
        session = _Session("streamer", admission, self._on_lost)
        # Before anything is awaited, so that a second streamer is refused meanwhile.
        livestream.streamer = session
        try:
            answer = await self._answer(session, session.receive(offer))
            response = self._created(session, answer)
        # A request that is cancelled has to free the place, too.
        except BaseException:
            livestream.streamer = None
            raise
        for viewer in livestream.viewers:
            viewer.watch(session)
        return response

    async def _watch(self, admission: _Admission, offer: sdp.Description) -> Response:
        livestream = self._livestreams.get(admission.stream_id)
        if livestream is None or livestream.streamer is None:
            raise NotFound(f"nobody sends to livestream {admission.stream_id}")
        session = _Session("viewer", admission, self._on_lost)
        answer = await self._answer(session, session.send(offer))
        response = self._created(session, answer)
        livestream.viewers.append(session)
        # Read again, because the streamer may have left while the answer was made.
        session.watch(livestream.streamer)
        return response

    async def _answer(self, session: _Session, negotiating: Any) -> sdp.Description:
        # aiortc gathers addresses while it answers, in this task, and the choice holds for one
        # task.
        addresses.choose(self._ice_addresses)
        try:
            answer: sdp.Description = await negotiating
        except sdp.SdpError as error:
            await session.aclose()
            raise BadRequest(str(error)) from error
        return answer

    def _created(self, session: _Session, answer: sdp.Description) -> Response:
        # PATCH and DELETE bear no token, so nobody may guess the address.
        resource_id = secrets.token_urlsafe(16)
        admission = session.admission
        with self._lock:
            try:
                # Found only now, because all may have been deleted while the answer was made.
                presence = admission.find_presence()
            except NotFound:
                self._close(session)
                raise
            self._resources[resource_id] = session
            presence.connect(session.role, admission.participant_id)
        headers = {"location": _RESOURCE + resource_id, "content-type": _SDP}
        return Response(str(answer), 201, headers)

    def _admit(self, request: Request, role: Role) -> _Admission:
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
            return _Admission(stream_id, participant_id, find, self._takes_video(stream_id))

    def _admit_all(self, stream_id: str) -> _Admission:
        """Let somebody without a token watch a public livestream."""
        with self._lock:
            is_public, find = self._public_presence(stream_id)
            if not is_public:
                raise Unauthorized(f"livestream {stream_id} is not public: it takes a token")
            viewer_id = self._state.new_id()
            return _Admission(stream_id, viewer_id, find, self._takes_video(stream_id))

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
        for session in self._resources.values():
            if session is not None and session.role == role:
                admission = session.admission
                if (admission.stream_id, admission.participant_id) == (stream_id, participant_id):
                    self._call(self._end, session)

    def _leave_all(self, stream_id: str) -> None:
        for session in self._resources.values():
            if session is not None and session.admission.stream_id == stream_id:
                self._call(self._end, session)

    def _call(self, act: Callable[..., object], *args: Any) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(act, *args)

    def _on_lost(self, session: _Session) -> None:
        with self._lock:
            self._end(session)

    def _end(self, session: _Session | None) -> None:
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
        # After a reset, a deletion or a crash there is nothing more to report.
        with self._lock, suppress(NotFound):
            admission.find_presence().disconnect(session.role, admission.participant_id)
        self._close(session)

    def _close(self, session: _Session) -> None:
        task = asyncio.get_running_loop().create_task(session.aclose())
        # The event loop has only weak references to its tasks.
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _forget(self) -> None:
        with self._lock:
            for session in list(self._resources.values()):
                self._end(session)
            self._resources.clear()
            self._livestreams.clear()


class _Session:
    """One streamer or viewer.

    Args:
        role: which of them.
        admission: what it may do.
        on_lost: is called when it is not reached any more.

    Attributes:
        role: which of them.
        admission: what it may do.
        tracks: what a streamer sends, by kind.
    """

    def __init__(self, role: Role, admission: _Admission, on_lost: Any) -> None:
        self.role: Role = role
        self.admission = admission
        self.tracks: dict[str, IncomingTrack] = {}
        self._decoded: DecodedVideo | None = None
        self._outgoing: list[tuple[SenderTrack, str]] = []
        self._demultiplexer = Demultiplexer()
        self._transport = Transport(self._demultiplexer.receive, lambda: on_lost(self))
        self._reporting: asyncio.Task[None] | None = None

    async def receive(self, offer: sdp.Description) -> sdp.Description:
        """Answer the offer of a streamer."""
        sections = [section for section in offer.sections if section.direction.startswith("send")]
        if any(section.kind == "video" for section in sections) and not self.admission.takes_video:
            raise sdp.SdpError("this livestream takes no video: it is for audio only")
        if not sections:
            raise sdp.SdpError("there is nothing in it that is sent")
        answer = await self._transport.answer(offer, _VIDEO_CODEC, {})
        codecs = {section.mid: section.codecs for section in answer.sections}
        tracks = {
            section.mid: IncomingTrack(section.kind, self._transport.send_rtcp)
            for section in sections
        }
        for mid, track in tracks.items():
            track.configure(codecs[mid])
            # A viewer receives one track of each kind.
            self.tracks.setdefault(track.kind, track)
        self._demultiplexer.configure(offer.extensions, offer.sections, tracks)
        self._reporting = asyncio.get_running_loop().create_task(self._report())
        return sdp.finish_answer(offer, answer, {})

    async def send(self, offer: sdp.Description) -> sdp.Description:
        """Answer the offer of a viewer."""
        tracks: dict[str, SenderTrack | None] = {
            section.mid: SenderTrack(section.kind)
            for section in offer.sections
            if section.direction == "recvonly" and section.kind in ("audio", "video")
        }
        if not tracks:
            raise sdp.SdpError("there is nothing in it that is received")
        answer = await self._transport.answer(offer, _VIDEO_CODEC, tracks)
        for section in answer.sections:
            track = tracks.get(section.mid)
            if track is not None:
                self._outgoing.append((track, section.codecs[0].name))
        streams = dict.fromkeys(tracks, self.admission.stream_id)
        return sdp.finish_answer(offer, answer, streams)

    def watch(self, streamer: _Session | None) -> None:
        """Send a viewer what a streamer sends; nothing if that has left in the meantime."""
        for track, codec in self._outgoing:
            track.attach(None if streamer is None else streamer.source(track.kind, codec))

    def source(self, kind: str, codec: str) -> OutgoingSource | None:
        """Return what gives the frames of a streamer, in a codec."""
        track = self.tracks.get(kind)
        if track is None or kind == "audio" or track.codec.lower() == codec.lower():
            return track
        self._decoded = self._decoded or DecodedVideo(track)
        return self._decoded

    async def add_candidates(self, fragment: str) -> None:
        """Take addresses of the browser.

        Raises:
            BadRequest: if they cannot be used.
        """
        mid = ""
        for line in fragment.splitlines():
            if line.startswith("a=mid:"):
                mid = line.removeprefix("a=mid:")
            elif line.startswith("a=candidate:"):
                try:
                    await self._transport.add_candidate(line.removeprefix("a="), mid, 0)
                except sdp.SdpError as error:
                    raise BadRequest(str(error)) from error

    async def aclose(self) -> None:
        """End the connection."""
        if self._reporting is not None:
            self._reporting.cancel()
        for track, _ in self._outgoing:
            track.attach(None)
        await self._transport.aclose()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_INTERVAL)
            for track in self.tracks.values():
                track.report()


async def _offer(request: Request) -> sdp.Description:
    body = await _body(request, _SDP)
    try:
        return sdp.parse(body.decode())
    except ValueError as error:
        raise BadRequest(f"the offer cannot be read: {error}") from error


async def _body(request: Request, content_type: str) -> bytes:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != content_type:
        raise _WrongType(f"the content type must be {content_type}, not {given or 'none'}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > sdp.MAX_SIZE:
            raise _TooLarge(f"a body has at most {sdp.MAX_SIZE} bytes")
    return bytes(body)
