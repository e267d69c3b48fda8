"""What each operation of the Fishjam API does: from a checked request to an answer."""

from __future__ import annotations

from typing import Any

from fishjam.emulator._model.addresses import composition_id_of
from fishjam.emulator._model.composition import Composition
from fishjam.emulator._model.media import CONTENT_TYPE, recording_file
from fishjam.emulator._model.query import MetadataFilter
from fishjam.emulator._model.refusals import BadRequest, Conflict, NotFound
from fishjam.emulator._model.rooms import RoomConfig
from fishjam.emulator._model.state import State
from fishjam.emulator._rest.answers import Answer, data_answer, json_answer
from fishjam.emulator._rest.bodies import FORM, JSON
from fishjam.emulator._rest.call import Call
from fishjam.emulator._rest.ranges import file_answer
from fishjam.emulator._rest.routes import MEDIA_PATH

MOQ_TTL = 3600
"""How long MoQ access is good unless it says otherwise, in seconds."""
MAX_MOQ_TTL = 604_800

_RESOLUTION = {"width": 1280, "height": 720}
_NO_CONTENT = Answer(204)

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

    def get_all_rooms(self, _call: Call) -> Answer:
        """List the rooms."""
        return data_answer(200, [room.to_json() for room in self._state.rooms.all()])

    def create_room(self, call: Call) -> Answer:
        """Make a room."""
        room = self._state.rooms.create(_room_config(call.body))
        return data_answer(201, {"room": room.to_json()})

    def get_room(self, call: Call) -> Answer:
        """Show a room."""
        return data_answer(200, self._state.rooms.get(call.room).to_json())

    def delete_room(self, call: Call) -> Answer:
        """Remove a room."""
        self._state.rooms.delete(call.room)
        return _NO_CONTENT

    def create_track_forwarding(self, call: Call) -> Answer:
        """Forward a room's tracks to a composition."""
        room, url = self._state.rooms.get(call.room), call.body["compositionURL"]
        self._check_composition(url)
        self._state.rooms.forward_tracks(room.id, url)
        return Answer(201)

    # Peers

    def add_peer(self, call: Call) -> Answer:
        """Add a peer and give its token."""
        peer = self._state.rooms.add_peer(call.room, call.body["type"], call.body["options"])
        websocket = "ws" + self._origin.removeprefix("http") + "/socket/peer/websocket"
        token = self._peer_token(call.room, peer.id)
        answer = {"peer": peer.to_json(), "token": token, "peer_websocket_url": websocket}
        return data_answer(201, answer)

    def delete_peer(self, call: Call) -> Answer:
        """Remove a peer."""
        self._state.rooms.delete_peer(call.room, call.peer)
        return _NO_CONTENT

    def refresh_token(self, call: Call) -> Answer:
        """Give a peer's new token; the older ones stay good until their time is over."""
        return data_answer(201, {"token": self._peer_token(call.room, call.peer)})

    def subscribe_peer(self, call: Call) -> Answer:
        """Subscribe a peer to another one."""
        target = dict(call.query).get("peer_id")
        if target is None:
            raise BadRequest("query.peer_id: the peer to subscribe to is missing")
        self._state.rooms.subscribe_peer(call.room, call.peer, target)
        return Answer(200)

    def subscribe_tracks(self, call: Call) -> Answer:
        """Subscribe a peer to tracks."""
        self._state.rooms.subscribe_tracks(call.room, call.peer, call.body["track_ids"])
        return Answer(200)

    # Livestreams

    def generate_viewer_token(self, call: Call) -> Answer:
        """Give a token to watch a livestream room."""
        return self._livestream_token("viewer", call.room)

    def generate_streamer_token(self, call: Call) -> Answer:
        """Give a token to send to a livestream room."""
        return self._livestream_token("streamer", call.room)

    def get_all_streams(self, _call: Call) -> Answer:
        """List the streams."""
        return data_answer(200, [stream.to_json() for stream in self._state.streams.all()])

    def create_stream(self, call: Call) -> Answer:
        """Make a stream."""
        stream = self._state.streams.create(
            public=call.body.get("public", False),
            audio_only=call.body.get("audioOnly") or False,
            webhook_url=call.body.get("webhookUrl"),
            batch=call.body.get("batchWebhookNotifications", False),
        )
        return data_answer(201, stream.to_json())

    def get_stream(self, call: Call) -> Answer:
        """Show a stream."""
        return data_answer(200, self._state.streams.get(call.stream).to_json())

    def delete_stream(self, call: Call) -> Answer:
        """Remove a stream."""
        self._state.streams.delete(call.stream)
        return _NO_CONTENT

    def create_streamer(self, call: Call) -> Answer:
        """Let one more send to a stream."""
        return data_answer(201, self._state.streams.add_streamer(call.stream).to_json())

    def delete_streamer(self, call: Call) -> Answer:
        """Remove a streamer."""
        self._state.streams.delete_streamer(call.stream, call.parameters["streamer_id"])
        return _NO_CONTENT

    def create_viewer(self, call: Call) -> Answer:
        """Let one more watch a stream."""
        return data_answer(201, self._state.streams.add_viewer(call.stream).to_json())

    def delete_viewer(self, call: Call) -> Answer:
        """Remove a viewer."""
        self._state.streams.delete_viewer(call.stream, call.parameters["viewer_id"])
        return _NO_CONTENT

    # Media over QUIC

    def create_moq_access(self, call: Call) -> Answer:
        """Give access to the MoQ relay."""
        put, get = _paths(call.body, "publishPath"), _paths(call.body, "subscribePath")
        if not put and not get:
            raise BadRequest("body: publishPath or subscribePath must be given")
        root = call.fishjam_id or "emulator"
        token = self._state.tokens.issue_moq(root, put, get, _moq_ttl(call.body))
        url = f"{self._moq_relay_url}/{root}?jwt={token}"
        return json_answer(200, {"connection_url": url, "token": token})

    # Recordings

    def list_recordings(self, call: Call) -> Answer:
        """List the recordings that match."""
        recordings = self._state.recordings.search(
            MetadataFilter.parse(call.query), dict(call.query).get("status")
        )
        return data_answer(200, [one.to_json(self._file_url) for one in recordings])

    def create_recording(self, call: Call) -> Answer:
        """Start to record."""
        config, template = _recording_input(call)
        self._check_source(config["source"])
        recording = self._state.recordings.create(
            _with_defaults(config["source"]), config.get("metadata"), template
        )
        return data_answer(201, recording.to_json(self._file_url))

    def get_recording(self, call: Call) -> Answer:
        """Show a recording."""
        return data_answer(200, self._state.recordings.look(call.recording).to_json(self._file_url))

    def stop_recording(self, call: Call) -> Answer:
        """Ask a recording to stop."""
        return data_answer(200, self._state.recordings.stop(call.recording).to_json(self._file_url))

    def delete_recording(self, call: Call) -> Answer:
        """Remove a recording."""
        self._state.recordings.delete(call.recording)
        return _NO_CONTENT

    # Others

    def validate_credentials(self, _call: Call) -> Answer:
        """Say that the credentials are good; otherwise this is not reached."""
        return Answer(200)

    def download_media(self, call: Call) -> Answer:
        """Give the file of a recording, or a part of it."""
        recording = self._state.recordings.get(call.recording)
        if recording.status != "available":
            raise NotFound(f"recording {recording.id} has no file yet")
        return file_answer(recording_file(), CONTENT_TYPE, call.headers)

    def _check_composition(self, url: str) -> Composition | None:
        """Return the composition with an address, or None if it belongs to another server.

        Raises:
            NotFound: if it belongs to this one, and there is no such composition.
        """
        composition = self._state.compositions.at(url)
        if composition is None and url.startswith(f"{self._origin}/"):
            raise NotFound.named("composition", composition_id_of(url) or url)
        return composition

    def _check_source(self, source: Json) -> None:
        """Check that what is to be recorded exists, as far as this server can know.

        Raises:
            Conflict: if it does not. No 404 is documented here.
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

    def _livestream_token(self, kind: str, room_id: str) -> Answer:
        room = self._state.rooms.get_livestream(room_id)
        return json_answer(201, {"token": self._state.tokens.issue(kind, room_id=room.id)})


def recording_file_url(origin: str, recording_id: str) -> str:
    """Return the address of a recording's file."""
    return origin + MEDIA_PATH.format(recording_id=recording_id)


def _room_config(body: Json) -> RoomConfig:
    return RoomConfig(
        room_type=body.get("roomType", "conference"),
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
    if not 1 <= ttl <= MAX_MOQ_TTL:
        raise BadRequest(f"body.ttl: {ttl} is not from 1 to {MAX_MOQ_TTL} seconds")
    return int(ttl)


def _recording_input(call: Call) -> tuple[Json, bytes | None]:
    """Return the configuration and, if one came along, the template."""
    if call.media_type == FORM:
        config, template = call.body["config"], call.body["template"]
        if "outputId" in config["source"]:
            raise BadRequest(
                f"body.config.source: a composition's output goes in a JSON body, {JSON}"
            )
        return config, template
    if "outputId" not in call.body["source"]:
        raise BadRequest(
            f"body.source: a template source goes in a form, {FORM}, with the template"
        )
    return call.body, None


def _with_defaults(source: Json) -> Json:
    if "outputId" in source:
        return {"scaleRatio": 1.0, **source}
    return {"audio": True, "resolution": _RESOLUTION, **source}
