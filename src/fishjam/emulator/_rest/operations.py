"""The operations of the Fishjam API, from checked requests to answers."""

from __future__ import annotations

from typing import Any

from fishjam.emulator._model.addresses import composition_id_of
from fishjam.emulator._model.composition import Composition
from fishjam.emulator._model.media import CONTENT_TYPE, recording_file
from fishjam.emulator._model.query import MetadataFilter
from fishjam.emulator._model.refusals import BadRequest, Conflict, NotFound
from fishjam.emulator._model.rooms import RoomConfig
from fishjam.emulator._model.state import State
from fishjam.emulator._rest.bodies import FORM, JSON
from fishjam.emulator._rest.operation_request import OperationRequest
from fishjam.emulator._rest.ranges import file_response
from fishjam.emulator._rest.responses import RestResponse, data_response, json_response
from fishjam.emulator._rest.routes import MEDIA_PATH

MOQ_ROOT = "emulator"
"""What MoQ paths begin with where the address of the request holds no Fishjam ID."""
MOQ_TTL = 3600
"""How long MoQ access is good unless it says otherwise, in seconds."""
MAX_MOQ_TTL = 604_800

_RESOLUTION = {"width": 1280, "height": 720}
_NO_CONTENT = RestResponse(204)

Json = dict[str, Any]


class Operations:
    """One method for each operation, named by its operationId.

    Args:
        state: what the operations work on.
        origin: the address that answers point to, such as `http://127.0.0.1:5002`.
        moq_relay_url: the relay that MoQ access is for.
    """

    def __init__(self, state: State, origin: str, moq_relay_url: str) -> None:
        self._state = state
        self._origin = origin
        self._moq_relay_url = moq_relay_url

    # Rooms

    def get_all_rooms(self, _call: OperationRequest) -> RestResponse:
        """List the rooms."""
        return data_response(200, [room.to_dict() for room in self._state.rooms.all()])

    def create_room(self, request: OperationRequest) -> RestResponse:
        """Create a room."""
        room = self._state.rooms.create(_room_config(request.body))
        return data_response(201, {"room": room.to_dict()})

    def get_room(self, request: OperationRequest) -> RestResponse:
        """Show a room."""
        return data_response(200, self._state.rooms.get(request.room).to_dict())

    def delete_room(self, request: OperationRequest) -> RestResponse:
        """Remove a room."""
        self._state.rooms.delete(request.room)
        return _NO_CONTENT

    def create_track_forwarding(self, request: OperationRequest) -> RestResponse:
        """Forward a room's tracks to a composition."""
        room, url = self._state.rooms.get(request.room), request.body["compositionURL"]
        self._check_composition(url)
        self._state.rooms.forward_tracks(room.id, url)
        return RestResponse(201)

    # Peers

    def add_peer(self, request: OperationRequest) -> RestResponse:
        """Add a peer and give its token."""
        peer = self._state.rooms.add_peer(
            request.room, request.body["type"], request.body["options"]
        )
        # This turns https into wss, too.
        websocket = "ws" + self._origin.removeprefix("http") + "/socket/peer/websocket"
        token = self._peer_token(request.room, peer.id)
        response = {"peer": peer.to_dict(), "token": token, "peer_websocket_url": websocket}
        return data_response(201, response)

    def delete_peer(self, request: OperationRequest) -> RestResponse:
        """Remove a peer."""
        self._state.rooms.delete_peer(request.room, request.peer)
        return _NO_CONTENT

    def refresh_token(self, request: OperationRequest) -> RestResponse:
        """Give a peer's new token; the older ones stay good until their time is over."""
        return data_response(201, {"token": self._peer_token(request.room, request.peer)})

    def subscribe_peer(self, request: OperationRequest) -> RestResponse:
        """Subscribe a peer to another one."""
        target = dict(request.query).get("peer_id")
        if target is None:
            raise BadRequest("query.peer_id: the peer to subscribe to is missing")
        self._state.rooms.subscribe_peer(request.room, request.peer, target)
        return RestResponse(200)

    def subscribe_tracks(self, request: OperationRequest) -> RestResponse:
        """Subscribe a peer to tracks."""
        self._state.rooms.subscribe_tracks(request.room, request.peer, request.body["track_ids"])
        return RestResponse(200)

    # Livestreams

    def generate_viewer_token(self, request: OperationRequest) -> RestResponse:
        """Give a token to watch a livestream room."""
        return self._livestream_token("viewer", request.room)

    def generate_streamer_token(self, request: OperationRequest) -> RestResponse:
        """Give a token to send to a livestream room."""
        return self._livestream_token("streamer", request.room)

    def get_all_streams(self, _call: OperationRequest) -> RestResponse:
        """List the streams."""
        return data_response(200, [stream.to_dict() for stream in self._state.streams.all()])

    def create_stream(self, request: OperationRequest) -> RestResponse:
        """Create a stream."""
        stream = self._state.streams.create(
            public=request.body.get("public", False),
            audio_only=request.body.get("audioOnly") or False,
            webhook_url=request.body.get("webhookUrl"),
            batch=request.body.get("batchWebhookNotifications", False),
        )
        return data_response(201, stream.to_dict())

    def get_stream(self, request: OperationRequest) -> RestResponse:
        """Show a stream."""
        return data_response(200, self._state.streams.get(request.stream).to_dict())

    def delete_stream(self, request: OperationRequest) -> RestResponse:
        """Remove a stream."""
        self._state.streams.delete(request.stream)
        return _NO_CONTENT

    def create_streamer(self, request: OperationRequest) -> RestResponse:
        """Add a streamer to a stream."""
        return data_response(201, self._state.streams.add_streamer(request.stream).to_dict())

    def delete_streamer(self, request: OperationRequest) -> RestResponse:
        """Remove a streamer."""
        self._state.streams.delete_streamer(request.stream, request.parameters["streamer_id"])
        return _NO_CONTENT

    def create_viewer(self, request: OperationRequest) -> RestResponse:
        """Add a viewer to a stream."""
        return data_response(201, self._state.streams.add_viewer(request.stream).to_dict())

    def delete_viewer(self, request: OperationRequest) -> RestResponse:
        """Remove a viewer."""
        self._state.streams.delete_viewer(request.stream, request.parameters["viewer_id"])
        return _NO_CONTENT

    # Media over QUIC

    def create_moq_access(self, request: OperationRequest) -> RestResponse:
        """Give access to the MoQ relay."""
        put, get = _paths(request.body, "publishPath"), _paths(request.body, "subscribePath")
        if not put and not get:
            raise BadRequest("body: publishPath or subscribePath must be given")
        root = request.fishjam_id or MOQ_ROOT
        token = self._state.tokens.issue_moq(root, put, get, _moq_ttl(request.body))
        return json_response(200, moq_access(self._moq_relay_url, root, token))

    # Recordings

    def list_recordings(self, request: OperationRequest) -> RestResponse:
        """List the recordings that match."""
        recordings = self._state.recordings.search(
            MetadataFilter.parse(request.query), dict(request.query).get("status")
        )
        return data_response(200, [recording.to_dict(self._file_url) for recording in recordings])

    def create_recording(self, request: OperationRequest) -> RestResponse:
        """Start a recording."""
        config, template = _recording_input(request)
        self._check_source(config["source"])
        recording = self._state.recordings.create(
            _with_defaults(config["source"]), config.get("metadata"), template
        )
        return data_response(201, recording.to_dict(self._file_url))

    def get_recording(self, request: OperationRequest) -> RestResponse:
        """Show a recording."""
        return data_response(
            200, self._state.recordings.look(request.recording).to_dict(self._file_url)
        )

    def stop_recording(self, request: OperationRequest) -> RestResponse:
        """Stop a recording."""
        return data_response(
            200, self._state.recordings.stop(request.recording).to_dict(self._file_url)
        )

    def delete_recording(self, request: OperationRequest) -> RestResponse:
        """Remove a recording."""
        self._state.recordings.delete(request.recording)
        return _NO_CONTENT

    # Others

    def validate_credentials(self, _call: OperationRequest) -> RestResponse:
        """Confirm the credentials, which were checked before."""
        return RestResponse(200)

    def download_media(self, request: OperationRequest) -> RestResponse:
        """Return the file of a recording, or a part of it."""
        recording = self._state.recordings.get(request.recording)
        if recording.status != "available":
            raise NotFound(f"recording {recording.id} has no file yet")
        return file_response(recording_file(), CONTENT_TYPE, request.headers)

    def _check_composition(self, url: str) -> Composition | None:
        """Return the composition with an address, or None if it belongs to another server.

        Raises:
            NotFound: if it belongs to this server, and the composition is unknown.
        """
        composition = self._state.compositions.at(url)
        # With the slash, or an address at port 50020 would count as one at port 5002.
        if composition is None and url.startswith(f"{self._origin}/"):
            raise NotFound.named("composition", composition_id_of(url) or url)
        return composition

    def _check_source(self, source: Json) -> None:
        """Check that the source of a recording exists, as far as this server can know.

        Raises:
            Conflict: if it does not exist; the API documents no 404 here.
        """
        try:
            composition = self._check_composition(source["compositionURL"])
            if composition is not None and "outputId" in source:
                composition.get_output(source["outputId"])
        except NotFound as refusal:
            raise Conflict(str(refusal)) from refusal

    def _file_url(self, recording_id: str) -> str:
        return recording_file_url(self._origin, recording_id)

    def _peer_token(self, room_id: str, peer_id: str) -> str:
        peer = self._state.rooms.get_peer(room_id, peer_id)
        return self._state.tokens.issue(peer.type, room_id=room_id, peer_id=peer.id)

    def _livestream_token(self, kind: str, room_id: str) -> RestResponse:
        room = self._state.rooms.get_livestream(room_id)
        return json_response(201, {"token": self._state.tokens.issue(kind, room_id=room.id)})


def recording_file_url(origin: str, recording_id: str) -> str:
    """Return the address of a recording's file."""
    return origin + MEDIA_PATH.format(recording_id=recording_id)


def moq_access(relay_url: str, root: str, token: str) -> Json:
    """Return access to the MoQ relay as the API shows it."""
    return {"connection_url": f"{relay_url}/{root}?jwt={token}", "token": token}


def _room_config(body: Json) -> RoomConfig:
    return RoomConfig(
        room_type=body.get("roomType", "conference"),
        # Clients send null for no limit, and answers have 0 for it.
        max_peers=body.get("maxPeers") or 0,
        public=body.get("public", False),
        video_codec=body.get("videoCodec", "h264"),
        webhook_url=body.get("webhookUrl"),
        batch_webhook_notifications=body.get("batchWebhookNotifications", False),
    )


def _paths(body: Json, name: str) -> list[str]:
    path = body.get(name)
    return [] if path is None else [path]


def _moq_ttl(body: Json) -> int:
    ttl = body.get("ttl")
    if ttl is None:
        return MOQ_TTL
    # The document states this limit in prose only, so that the check before does not know it.
    if not 1 <= ttl <= MAX_MOQ_TTL:
        raise BadRequest(f"body.ttl: {ttl} is not from 1 to {MAX_MOQ_TTL} seconds")
    # JSON Schema takes 60.0 for an integer, too.
    return int(ttl)


def _recording_input(request: OperationRequest) -> tuple[Json, bytes | None]:
    """Return the configuration and, if one came along, the template."""
    if request.media_type == FORM:
        config, template = request.body["config"], request.body["template"]
        # Both sources fit both kinds of body; only the prose of the document pairs them.
        if "outputId" in config["source"]:
            raise BadRequest(
                f"body.config.source: a composition's output goes in a JSON body, {JSON}"
            )
        return config, template
    if "outputId" not in request.body["source"]:
        raise BadRequest(
            f"body.source: a template source goes in a form, {FORM}, with the template"
        )
    return request.body, None


def _with_defaults(source: Json) -> Json:
    if "outputId" in source:
        return {"scaleRatio": 1.0, **source}
    return {"audio": True, "resolution": _RESOLUTION, **source}
