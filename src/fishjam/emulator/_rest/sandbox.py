"""The sandbox API: tokens by the names of rooms and people, for front ends without a backend."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse

from fishjam.emulator._model.refusals import BadRequest, MethodNotAllowed, NotFound, RequestRefused
from fishjam.emulator._model.rooms import ROOM_TYPES, Room, RoomConfig
from fishjam.emulator._model.state import State
from fishjam.emulator._rest.operations import MOQ_ROOT, MOQ_TTL, moq_access
from fishjam.emulator._rest.routes import split_path

_SEGMENT = "room-manager"

Json = dict[str, Any]


class _CrossSite(RequestRefused):
    status = 403


class Sandbox:
    """Hands out tokens to any page that the emulator serves; an ASGI application.

    A room is made when its name is first asked for, and a peer of it likewise. The same names get
    tokens for the same room and peer, as long as these are there.

    Args:
        state: the rooms and tokens.
        lock: the emulator's lock.
        origin: the address of the emulator.
        moq_relay_url: the relay that MoQ access is given for.
    """

    def __init__(
        self, state: State, lock: threading.RLock, origin: str, moq_relay_url: str
    ) -> None:
        self._state = state
        self._lock = lock
        self._origin = origin
        self._moq_relay_url = moq_relay_url
        self._room_ids: dict[str, str] = {}
        # By the id of the room and the name of the peer.
        self._peer_ids: dict[tuple[str, str], str] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        try:
            response = JSONResponse(self._serve(Request(scope)))
        except RequestRefused as refusal:
            response = JSONResponse({"errors": str(refusal)}, refusal.status, refusal.headers)
        await response(scope, receive, send)

    def _serve(self, request: Request) -> Json:
        if request.method != "GET":
            raise MethodNotAllowed("the sandbox API takes GET only", {"allow": "GET"})
        # A picture in a page from anywhere makes such a request, which has no Origin.
        if _is_embedded(request.headers):
            raise _CrossSite("other sites may not embed the sandbox API")
        query = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), errors="replace"))
        _, *segments = split_path(request.scope["raw_path"].decode("latin-1"))[0]
        with self._lock:
            return self._answer(segments, query)

    def _answer(self, segments: list[str], query: Mapping[str, str]) -> Json:
        match segments:
            case []:
                return self._join(query)
            case ["livestream"]:
                return self._stream(query)
            case ["moq", *stream_name, ("publisher" | "subscriber") as role] if stream_name:
                return self._moq("/".join(stream_name), role)
            case [*room_name, "livestream-viewer-token"] if room_name:
                return self._watch("/".join(room_name))
            case _:
                raise NotFound("the sandbox API has no such path")

    def _join(self, query: Mapping[str, str]) -> Json:
        room_name, peer_name = _required(query, "roomName"), _required(query, "peerName")
        room = self._room(room_name, query.get("roomType", "conference"))
        peer_id = self._peer_ids.get((room.id, peer_name))
        if peer_id not in room.peers:
            options = {"metadata": {"name": peer_name}}
            peer_id = self._state.rooms.add_peer(room.id, "webrtc", options).id
            self._peer_ids[room.id, peer_name] = peer_id
        return {
            "peerToken": self._state.tokens.issue("webrtc", room_id=room.id, peer_id=peer_id),
            "url": "ws" + self._origin.removeprefix("http"),
            "room": {"id": room.id, "name": room_name},
            "peer": {"id": peer_id, "name": peer_name},
        }

    def _stream(self, query: Mapping[str, str]) -> Json:
        room_name = _required(query, "roomName")
        room = self._room(room_name, "livestream", query.get("public", "").lower() == "true")
        token = self._state.tokens.issue("streamer", room_id=room.id)
        return {"streamerToken": token, "room": {"id": room.id, "name": room_name}}

    def _watch(self, room_name: str) -> Json:
        room_id = self._room_ids.get(room_name, "")
        if not self._state.rooms.has(room_id):
            raise NotFound.named("room", room_name)
        room = self._state.rooms.get_livestream(room_id)
        return {"token": self._state.tokens.issue("viewer", room_id=room.id)}

    def _moq(self, stream_name: str, role: str) -> Json:
        put, get = ([stream_name], []) if role == "publisher" else ([], [stream_name])
        token = self._state.tokens.issue_moq(MOQ_ROOT, put, get, MOQ_TTL)
        return moq_access(self._moq_relay_url, MOQ_ROOT, token)

    def _room(self, name: str, room_type: str, public: bool = False) -> Room:
        room_id = self._room_ids.get(name, "")
        if self._state.rooms.has(room_id):
            return self._state.rooms.get(room_id)
        if room_type not in ROOM_TYPES:
            raise BadRequest(f"query.roomType: {room_type!r} is not one of {', '.join(ROOM_TYPES)}")
        room = self._state.rooms.create(RoomConfig(room_type=room_type, public=public))
        self._room_ids[name] = room.id
        return room


def is_sandbox(scope: Any) -> bool:
    """Tell whether a request is for the sandbox API, under the base URL of any Fishjam."""
    segments = split_path(scope["raw_path"].decode("latin-1"))[0]
    return scope["type"] == "http" and segments[:1] == [_SEGMENT]


def _required(query: Mapping[str, str], name: str) -> str:
    if not query.get(name):
        raise BadRequest(f"query.{name}: missing")
    return query[name]


def _is_embedded(headers: Mapping[str, str]) -> bool:
    return "origin" not in headers and headers.get("sec-fetch-site") == "cross-site"
