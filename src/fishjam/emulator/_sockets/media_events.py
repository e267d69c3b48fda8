"""Messages of the peer socket, encoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fishjam._protocol.messages import message_class
from fishjam.emulator._model.peers import Peer
from fishjam.emulator._model.state_changes import metadata_text
from fishjam.emulator._model.tracks import Track

PEER_MESSAGE = message_class("fishjam.PeerMessage")
_EVENT = message_class("fishjam.media_events.server.MediaEvent")
_ENDPOINT = message_class("fishjam.media_events.server.MediaEvent.Endpoint")
_TRACK = message_class("fishjam.media_events.server.MediaEvent.Track")

# The peer protocol has three types for the six of the REST API.
_ROOM_TYPES = {
    "conference": 1,
    "full_feature": 1,
    "audio_only": 2,
    "livestream": 3,
    "broadcaster": 3,
    "audio_only_livestream": 3,
}


def authenticated(room_type: str) -> bytes:
    """Return the answer to a valid token."""
    return _bytes(PEER_MESSAGE(authenticated={"room_type": _ROOM_TYPES[room_type]}))


def connected(endpoint_id: str, endpoints: Iterable[Peer]) -> bytes:
    """Return the answer to a peer that joins: its id, and all peers of the room with it."""
    entries = {peer.id: _endpoint(peer) for peer in endpoints}
    # No `ice_servers`: the addresses of the emulator are reached without STUN and TURN.
    return _event(connected={"endpoint_id": endpoint_id, "endpoint_id_to_endpoint": entries})


def endpoint_added(peer: Peer) -> bytes:
    """Return the message that a peer joined."""
    return _event(endpoint_added={"endpoint_id": peer.id, "metadata_json": _metadata(peer)})


def endpoint_updated(peer: Peer) -> bytes:
    """Return the message that the metadata of a peer changed."""
    return _event(endpoint_updated={"endpoint_id": peer.id, "metadata_json": _metadata(peer)})


def endpoint_removed(peer_id: str) -> bytes:
    """Return the message that a peer left."""
    return _event(endpoint_removed={"endpoint_id": peer_id})


def tracks_added(peer: Peer, tracks: Iterable[Track]) -> bytes:
    """Return the message that a peer has new tracks."""
    entries = {track.id: _track(track) for track in tracks}
    return _event(tracks_added={"endpoint_id": peer.id, "track_id_to_track": entries})


def track_updated(peer_id: str, track_id: str, metadata: str) -> bytes:
    """Return the message that the metadata of a track changed; they come as text."""
    return _event(
        track_updated={"endpoint_id": peer_id, "track_id": track_id, "metadata_json": metadata}
    )


def tracks_removed(peer_id: str, track_id: str) -> bytes:
    """Return the message that a track was removed."""
    return _event(tracks_removed={"endpoint_id": peer_id, "track_ids": [track_id]})


def offer_data(audio: int, video: int) -> bytes:
    """Return the request for an offer in which so many tracks can be received."""
    return _event(offer_data={"tracks_types": {"audio": audio, "video": video}})


def sdp_answer(sdp: str, mid_to_track_id: Mapping[str, str]) -> bytes:
    """Return the answer to an offer, with the tracks that its sections carry."""
    return _event(sdp_answer={"sdp": sdp, "mid_to_track_id": mid_to_track_id})


def vad_notification(track_id: str, is_speech: bool) -> bytes:
    """Return the message that speech on a track began or ended."""
    status = 2 if is_speech else 1
    return _event(vad_notification={"track_id": track_id, "status": status})


def error(text: str) -> bytes:
    """Return the answer to a media event that cannot be carried out."""
    return _event(error={"message": text})


def _endpoint(peer: Peer) -> Any:
    return _ENDPOINT(
        endpoint_type=peer.type,
        metadata_json=_metadata(peer),
        track_id_to_track={track.id: _track(track) for track in peer.tracks.values()},
    )


def _track(track: Track) -> Any:
    # No `simulcast_config`: only one layer is taken, so that clients must not choose among several.
    return _TRACK(metadata_json=metadata_text(track.metadata))


def _metadata(peer: Peer) -> str:
    return metadata_text(peer.metadata)


def _event(**content: Any) -> bytes:
    return _bytes(PEER_MESSAGE(server_media_event=_EVENT(**content)))


def _bytes(message: Any) -> bytes:
    return bytes(message.SerializeToString())
