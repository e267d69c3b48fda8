# Generated from openapi/fishjam.yaml by `nox -s codegen`. Do not edit: change the source instead.
"""Endpoints of the Fishjam API: one function an operation, from arguments to a request value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fishjam._core.decode import json_answer, no_answer
from fishjam._core.request import (
    FilePart,
    Request,
    deep_query,
    file_part,
    json_part,
    plain_query,
    segment,
)
from fishjam._generated.fishjam_api import models


def get_all_streams() -> Request[models.StreamsListingResponse]:
    """List all streams.

    Lists every stream of this Fishjam, with its streamers and viewers.
    """
    return Request(
        operation="get_all_streams",
        method="GET",
        path="/livestream",
        read=json_answer(models.StreamsListingResponse.from_dict),
        statuses=(200,),
    )


def create_stream(
    *, body: models.StreamConfig | None = None
) -> Request[models.StreamDetailsResponse]:
    """Create a stream.

    Makes a stream that has neither streamers nor viewers yet. Add a streamer to publish to it
    and viewers to watch it; a public stream can be watched without a viewer token.

    Args:
        body: The settings of the stream. Without a body each has its default.
    """
    return Request(
        operation="create_stream",
        method="POST",
        path="/livestream",
        read=json_answer(models.StreamDetailsResponse.from_dict),
        statuses=(201,),
        body=None if body is None else body.to_dict(),
    )


def get_stream(stream_id: str) -> Request[models.StreamDetailsResponse]:
    """Get a stream.

    Reads one stream with its present streamers and viewers.

    Args:
        stream_id: The id of the stream.
    """
    return Request(
        operation="get_stream",
        method="GET",
        path=f"/livestream/{segment(stream_id, 'stream_id')}",
        read=json_answer(models.StreamDetailsResponse.from_dict),
        statuses=(200,),
    )


def delete_stream(stream_id: str) -> Request[None]:
    """Delete a stream.

    Ends the stream for its streamers and viewers and removes it. The API documents no 404 here:
    an id that is unknown or already deleted is not an error.

    Args:
        stream_id: The id of the stream.
    """
    return Request(
        operation="delete_stream",
        method="DELETE",
        path=f"/livestream/{segment(stream_id, 'stream_id')}",
        read=no_answer,
        statuses=(204,),
    )


def create_streamer(stream_id: str) -> Request[models.StreamerDetailsResponse]:
    """Add a streamer to a stream.

    Makes a streamer and the token with which it publishes over WHIP. The streamer is
    disconnected until it does.

    Args:
        stream_id: The id of the stream.
    """
    return Request(
        operation="create_streamer",
        method="POST",
        path=f"/livestream/{segment(stream_id, 'stream_id')}/streamer",
        read=json_answer(models.StreamerDetailsResponse.from_dict),
        statuses=(201,),
    )


def delete_streamer(stream_id: str, streamer_id: str) -> Request[None]:
    """Remove a streamer from a stream.

    Removes the streamer from the stream. The API documents no 404 here: an id that is unknown
    or already deleted is not an error.

    Args:
        stream_id: The id of the stream.
        streamer_id: The id of the streamer.
    """
    return Request(
        operation="delete_streamer",
        method="DELETE",
        path=f"/livestream/{segment(stream_id, 'stream_id')}/streamer/{segment(streamer_id, 'streamer_id')}",
        read=no_answer,
        statuses=(204,),
    )


def create_viewer(stream_id: str) -> Request[models.ViewerDetailsResponse]:
    """Add a viewer to a stream.

    Makes a viewer and the token with which it watches the stream over WHEP.

    Args:
        stream_id: The id of the stream.
    """
    return Request(
        operation="create_viewer",
        method="POST",
        path=f"/livestream/{segment(stream_id, 'stream_id')}/viewer",
        read=json_answer(models.ViewerDetailsResponse.from_dict),
        statuses=(201,),
    )


def delete_viewer(stream_id: str, viewer_id: str) -> Request[None]:
    """Remove a viewer from a stream.

    Removes the viewer from the stream. The API documents no 404 here: an id that is unknown or
    already deleted is not an error.

    Args:
        stream_id: The id of the stream.
        viewer_id: The id of the viewer.
    """
    return Request(
        operation="delete_viewer",
        method="DELETE",
        path=f"/livestream/{segment(stream_id, 'stream_id')}/viewer/{segment(viewer_id, 'viewer_id')}",
        read=no_answer,
        statuses=(204,),
    )


def create_moq_access(*, body: models.MoqAccessConfig | None = None) -> Request[models.MoqAccess]:
    """Create access to the MoQ relay.

    Signs a token for the Media over QUIC relay that allows publishing under one path,
    subscribing to one path, or both. At least one of the two must be given: without either the
    answer is 400. The token lasts for the given number of seconds, 3600 when none is given and
    604800 (seven days) at most.

    Args:
        body: What the token shall allow, and for how long.
    """
    return Request(
        operation="create_moq_access",
        method="POST",
        path="/moq/access",
        read=json_answer(models.MoqAccess.from_dict),
        statuses=(200,),
        body=None if body is None else body.to_dict(),
    )


def list_recordings(
    *, metadata: Mapping[str, Any] | None = None, status: models.RecordingStatus | str | None = None
) -> Request[models.RecordingListResponse]:
    """List recordings.

    Lists the recordings of this Fishjam, active ones included. Both filters are optional;
    without them all recordings are listed.

    Args:
        metadata: List only recordings whose metadata hold these values. On the wire a filter is
            `metadata[key]=value`, a nested one `metadata[key][inner]=value`. Values are
            compared as text, so a stored value that is not a string cannot be matched.
        status: List only recordings in this state.
    """
    return Request(
        operation="list_recordings",
        method="GET",
        path="/recordings",
        read=json_answer(models.RecordingListResponse.from_dict),
        statuses=(200,),
        query=deep_query("metadata", metadata) + plain_query("status", status),
    )


def create_recording(*, body: models.RecordingConfig) -> Request[models.RecordingDetailsResponse]:
    """Start a recording of a composition.

    Starts to record and answers at once; the new recording is active. A recording of an
    existing output of a composition is asked for with a JSON body. A recording with a template
    of its own takes a multipart body, with the settings in the part `config` and the template
    in the part `template`.

    Args:
        body: What to record: JSON for an output of a composition, multipart for a template.
    """
    return Request(
        operation="create_recording",
        method="POST",
        path="/recordings",
        read=json_answer(models.RecordingDetailsResponse.from_dict),
        statuses=(201,),
        body=body.to_dict(),
    )


def create_recording_multipart(
    *, config: models.RecordingConfig, template: FilePart
) -> Request[models.RecordingDetailsResponse]:
    """Start a recording of a composition.

    Starts to record and answers at once; the new recording is active. A recording of an
    existing output of a composition is asked for with a JSON body. A recording with a template
    of its own takes a multipart body, with the settings in the part `config` and the template
    in the part `template`.

    Args:
        config: The source and the metadata of a recording to start.
        template: The JavaScript of the template that lays the recording out, as a file of at
            most 1 MiB (1048576 bytes).
    """
    return Request(
        operation="create_recording",
        method="POST",
        path="/recordings",
        read=json_answer(models.RecordingDetailsResponse.from_dict),
        statuses=(201,),
        parts=(
            json_part("config", config),
            file_part("template", template),
        ),
    )


def get_recording(recording_id: str) -> Request[models.RecordingDetailsResponse]:
    """Get a recording.

    Reads one recording. Its files are listed from the moment it is available; before that the
    list is empty.

    Args:
        recording_id: The id of the recording.
    """
    return Request(
        operation="get_recording",
        method="GET",
        path=f"/recordings/{segment(recording_id, 'recording_id')}",
        read=json_answer(models.RecordingDetailsResponse.from_dict),
        statuses=(200,),
    )


def delete_recording(recording_id: str) -> Request[None]:
    """Delete a recording and its files.

    Removes a recording that is no longer active; its media files follow asynchronously. An
    active recording is refused with 409: stop it first and wait until it has finished. The API
    documents no 404 here: an id that is unknown or already deleted is not an error.

    Args:
        recording_id: The id of the recording.
    """
    return Request(
        operation="delete_recording",
        method="DELETE",
        path=f"/recordings/{segment(recording_id, 'recording_id')}",
        read=no_answer,
        statuses=(204,),
    )


def stop_recording(recording_id: str) -> Request[models.RecordingDetailsResponse]:
    """Ask a recording to stop.

    Stops a recording asynchronously: it stays active until the recorder has finalized it, and
    is finished then. The call does nothing when the recording is no longer active, when its
    composition is gone, or when the recorder has already ended.

    Args:
        recording_id: The id of the recording.
    """
    return Request(
        operation="stop_recording",
        method="POST",
        path=f"/recordings/{segment(recording_id, 'recording_id')}/stop",
        read=json_answer(models.RecordingDetailsResponse.from_dict),
        statuses=(200,),
    )


def get_all_rooms() -> Request[models.RoomsListingResponse]:
    """List all rooms.

    Lists every room of this Fishjam, each with its settings and its peers.
    """
    return Request(
        operation="get_all_rooms",
        method="GET",
        path="/room",
        read=json_answer(models.RoomsListingResponse.from_dict),
        statuses=(200,),
    )


def create_room(
    *, body: models.RoomConfig | None = None
) -> Request[models.RoomCreateDetailsResponse]:
    """Create a room.

    Makes an empty room. Its settings are fixed at creation: there is no operation that changes
    them later.

    Args:
        body: The settings of the room. Without a body each has its default.
    """
    return Request(
        operation="create_room",
        method="POST",
        path="/room",
        read=json_answer(models.RoomCreateDetailsResponse.from_dict),
        statuses=(201,),
        body=None if body is None else body.to_dict(),
    )


def get_room(room_id: str) -> Request[models.RoomDetailsResponse]:
    """Get a room.

    Reads one room with its settings, its peers and their tracks.

    Args:
        room_id: The id of the room.
    """
    return Request(
        operation="get_room",
        method="GET",
        path=f"/room/{segment(room_id, 'room_id')}",
        read=json_answer(models.RoomDetailsResponse.from_dict),
        statuses=(200,),
    )


def delete_room(room_id: str) -> Request[None]:
    """Delete a room.

    Stops the room and removes it with all its peers. The server closes the sockets of those
    peers with code 1000 and the reason `Room stopped`.

    Args:
        room_id: The id of the room.
    """
    return Request(
        operation="delete_room",
        method="DELETE",
        path=f"/room/{segment(room_id, 'room_id')}",
        read=no_answer,
        statuses=(204,),
    )


def add_peer(
    room_id: str, *, body: models.PeerConfig | None = None
) -> Request[models.PeerDetailsResponse]:
    """Add a peer to a room.

    Makes a WebRTC peer, an agent or a VAPI agent in the room, and the token with which it
    connects. The token lasts 24 hours. The peer is disconnected and has no tracks until it
    connects. A room that already holds as many peers as it allows is refused with 409.

    Args:
        room_id: The id of the room.
        body: The kind of the peer and its options.
    """
    return Request(
        operation="add_peer",
        method="POST",
        path=f"/room/{segment(room_id, 'room_id')}/peer",
        read=json_answer(models.PeerDetailsResponse.from_dict),
        statuses=(201,),
        body=None if body is None else body.to_dict(),
    )


def delete_peer(room_id: str, peer_id: str) -> Request[None]:
    """Remove a peer from a room.

    Disconnects the peer and removes it with its tracks. The server closes the peer's socket
    with code 1000 and the reason `Peer removed`.

    Args:
        room_id: The id of the room.
        peer_id: The id of the peer.
    """
    return Request(
        operation="delete_peer",
        method="DELETE",
        path=f"/room/{segment(room_id, 'room_id')}/peer/{segment(peer_id, 'peer_id')}",
        read=no_answer,
        statuses=(204,),
    )


def refresh_token(room_id: str, peer_id: str) -> Request[models.PeerRefreshTokenResponse]:
    """Issue a new token for a peer.

    Signs another token for a peer of the room. Like the first it lasts 24 hours, counted from
    this call.

    Args:
        room_id: The id of the room.
        peer_id: The id of the peer.
    """
    return Request(
        operation="refresh_token",
        method="POST",
        path=f"/room/{segment(room_id, 'room_id')}/peer/{segment(peer_id, 'peer_id')}/refresh_token",
        read=json_answer(models.PeerRefreshTokenResponse.from_dict),
        statuses=(201,),
    )


def subscribe_peer(
    room_id: str, peer_id: str, *, target_peer_id: str | None = None
) -> Request[None]:
    """Subscribe a peer to another peer.

    Lets a peer receive the tracks of another peer in the same room. It is meant for peers in
    manual subscribe mode, which receive nothing else. There is no way to unsubscribe.

    Args:
        room_id: The id of the room.
        peer_id: The id of the peer.
        target_peer_id: The id of the peer to receive tracks from. The API marks it as optional;
            always send it.
    """
    return Request(
        operation="subscribe_peer",
        method="POST",
        path=f"/room/{segment(room_id, 'room_id')}/peer/{segment(peer_id, 'peer_id')}/subscribe_peer",
        read=no_answer,
        statuses=(200,),
        query=plain_query("peer_id", target_peer_id),
    )


def subscribe_tracks(
    room_id: str, peer_id: str, *, body: models.SubscribeTracksRequest | None = None
) -> Request[None]:
    """Subscribe a peer to single tracks.

    Lets a peer receive the given tracks of other peers in the same room. It is meant for peers
    in manual subscribe mode, which receive nothing else. There is no way to unsubscribe.

    Args:
        room_id: The id of the room.
        peer_id: The id of the peer.
        body: The tracks. The API marks the body as optional; always send it.
    """
    return Request(
        operation="subscribe_tracks",
        method="POST",
        path=f"/room/{segment(room_id, 'room_id')}/peer/{segment(peer_id, 'peer_id')}/subscribe_tracks",
        read=no_answer,
        statuses=(200,),
        body=None if body is None else body.to_dict(),
    )


def generate_streamer_token(room_id: str) -> Request[models.StreamerToken]:
    """Create a streamer token for a livestream room.

    Signs a token with which one streamer publishes to the room over WHIP. Only livestream rooms
    have streamers: any other room is answered with 404.

    Args:
        room_id: The id of the room.
    """
    return Request(
        operation="generate_streamer_token",
        method="POST",
        path=f"/room/{segment(room_id, 'room_id')}/streamer",
        read=json_answer(models.StreamerToken.from_dict),
        statuses=(201,),
    )


def create_track_forwarding(room_id: str, *, body: models.TrackForwarding) -> Request[None]:
    """Forward the tracks of a room to a composition.

    Passes the audio and video tracks of the peers in the room on to a composition, where they
    become its inputs. The room then lists the forwarded tracks in its composition info. There
    is no operation that ends a forwarding.

    Args:
        room_id: The id of the room.
        body: Where to forward the tracks.
    """
    return Request(
        operation="create_track_forwarding",
        method="POST",
        path=f"/room/{segment(room_id, 'room_id')}/track_forwardings",
        read=no_answer,
        statuses=(201,),
        body=body.to_dict(),
    )


def generate_viewer_token(room_id: str) -> Request[models.ViewerToken]:
    """Create a viewer token for a livestream room.

    Signs a token with which one viewer watches the room over WHEP. Only livestream rooms have
    viewers: any other room is answered with 404. A public livestream can be watched without a
    token.

    Args:
        room_id: The id of the room.
    """
    return Request(
        operation="generate_viewer_token",
        method="POST",
        path=f"/room/{segment(room_id, 'room_id')}/viewer",
        read=json_answer(models.ViewerToken.from_dict),
        statuses=(201,),
    )


def validate_credentials() -> Request[None]:
    """Check the Fishjam ID and the management token.

    Tells by its status whether the credentials are good; neither answer has a body. Unlike
    every other operation this one answers bad or missing credentials with 404.
    """
    return Request(
        operation="validate_credentials",
        method="GET",
        path="/validate",
        read=no_answer,
        statuses=(200,),
    )
