"""A program written for the published Python SDK, which must run unchanged on both SDKs.

It uses only what that SDK promises. The arguments are the version that the SDK must have and the
scene that `scenes.py` has set, as JSON. It prints a line for each part, and its exit code is 1 if
one did not pass.
"""

from __future__ import annotations

import sys
import time
from enum import Enum
from typing import Any

from fishjam import (
    AgentOptions,
    AgentOutputOptions,
    FishjamClient,
    InvalidFishjamCredentialsError,
    MissingFishjamIdError,
    MoqAccess,
    Peer,
    PeerOptions,
    PeerOptionsVapi,
    Room,
    RoomOptions,
)
from fishjam.agent import Agent
from fishjam.errors import (
    BadRequestError,
    ConflictError,
    HTTPError,
    InternalServerError,
    NotFoundError,
    QuotaExceededError,
    ServiceUnavailableError,
    UnauthorizedError,
)
from fishjam.peer import PeerMetadata, PeerStatus, PeerType
from fishjam.room import RoomType, VideoCodec
from tests.outside import published_recordings
from tests.outside.published_tools import (
    Scene,
    assert_complete,
    claims_of,
    client_of,
    expect,
    run_parts,
    warnings_of,
)

COMPOSITION = "https://rtc.fishjam.io/api/composition/c1"
NOWHERE = "no such/thing?a=b#é"


def check_credentials(scene: Scene) -> None:
    client_of(scene).check_credentials()
    client = FishjamClient.create_and_verify(
        fishjam_id=scene["fishjam_id"], management_token=scene["management_token"]
    )
    assert isinstance(client.get_all_rooms(), list)


def check_bad_credentials(scene: Scene) -> None:
    client = FishjamClient(scene["fishjam_id"], "wrong")
    expect(InvalidFishjamCredentialsError, client.check_credentials)
    expect(
        InvalidFishjamCredentialsError,
        FishjamClient.create_and_verify,
        fishjam_id=scene["fishjam_id"],
        management_token="wrong",
    )
    error = expect(UnauthorizedError, client.get_all_rooms)
    assert "invalid token" in str(error)
    expect(UnauthorizedError, client.create_room)
    expect(UnauthorizedError, client.create_peer, "room")
    expect(UnauthorizedError, client.create_moq_access, publish_path="p")
    expect(MissingFishjamIdError, FishjamClient, "", "token")


def check_room_of_defaults(scene: Scene) -> None:
    room = client_of(scene).create_room()
    assert isinstance(room, Room)
    assert room.id
    assert room.peers == []
    assert room.composition_info is None
    assert room.config.max_peers == 0
    assert room.config.video_codec is VideoCodec.H264
    assert room.config.room_type is RoomType.CONFERENCE
    assert room.config.public is False
    assert room.config.webhook_url is None
    assert room.config.batch_webhook_notifications is False
    assert_complete(room)


def check_room_of_all_options(scene: Scene) -> None:
    client = client_of(scene)
    for room_type in RoomType:
        name: Any = room_type.value
        options = RoomOptions(
            max_peers=7,
            video_codec="vp8",
            webhook_url="https://example.com/hook",
            room_type=name,
            public=True,
            batch_webhook_notifications=True,
        )
        config = client.create_room(options).config
        assert config.max_peers == 7
        assert config.video_codec is VideoCodec.VP8
        assert config.webhook_url == "https://example.com/hook"
        assert config.room_type is room_type
        assert config.public is True
        assert config.batch_webhook_notifications is True


def check_rooms_are_found_and_deleted(scene: Scene) -> None:
    client = client_of(scene)
    room = client.create_room()
    assert client.get_room(room.id) == room
    assert room in client.get_all_rooms()
    client.delete_room(room.id)
    assert room not in client.get_all_rooms()
    error = expect(NotFoundError, client.get_room, room.id)
    assert room.id in str(error)
    expect(NotFoundError, client.delete_room, room.id)


def check_room_options_that_are_wrong(scene: Scene) -> None:
    client = client_of(scene)
    wrong: Any = RoomOptions
    expect(ValueError, client.create_room, wrong(video_codec="h420"))
    expect(ValueError, client.create_room, wrong(room_type="party"))
    error = expect(BadRequestError, client.create_room, wrong(max_peers="nan"))
    assert "maxPeers" in str(error)
    expect(BadRequestError, client.create_room, RoomOptions(max_peers=-1))
    expect(BadRequestError, client.create_room, RoomOptions(webhook_url="no url"))


def check_ids_stay_in_their_place(scene: Scene) -> None:
    client = client_of(scene)
    room = client.create_room()
    error = expect(NotFoundError, client.get_room, NOWHERE)
    assert NOWHERE in str(error)
    expect(NotFoundError, client.create_peer, NOWHERE)
    expect(NotFoundError, client.delete_peer, room.id, NOWHERE)
    expect(NotFoundError, client.refresh_peer_token, room.id, NOWHERE)
    expect(NotFoundError, client.get_recording, NOWHERE)
    expect(NotFoundError, client.stop_recording, NOWHERE)


def check_peer(scene: Scene) -> None:
    client = client_of(scene)
    room = client.create_room()
    peer, token = client.create_peer(room.id)
    assert isinstance(peer, Peer)
    assert peer.type_ is PeerType.WEBRTC
    assert peer.status is PeerStatus.DISCONNECTED
    assert peer.tracks == []
    assert peer.subscribe_mode.value == "auto"
    assert peer.subscriptions.peers == []
    assert peer.subscriptions.tracks == []
    assert_complete(peer)
    assert claims_of(token)["exp"] > time.time()
    assert client.get_room(room.id).peers == [peer]
    assert client.refresh_peer_token(room.id, peer.id)
    client.delete_peer(room.id, peer.id)
    assert client.get_room(room.id).peers == []
    expect(NotFoundError, client.delete_peer, room.id, peer.id)


def check_peer_metadata(scene: Scene) -> None:
    client = client_of(scene)
    given = {"name": "Zoë", "tags": ["a", None, 1.5], "deep": {"er": {"yes": True}}, "none": None}
    options = PeerOptions(metadata=given, subscribe_mode="manual")
    peer, _ = client.create_peer(client.create_room().id, options)
    assert peer.subscribe_mode.value == "manual"
    metadata = peer.metadata
    assert isinstance(metadata, PeerMetadata)
    assert metadata["server"] == given
    assert metadata.to_dict() == {"peer": {}, "server": given}
    assert metadata.additional_properties == {"peer": {}, "server": given}
    assert PeerMetadata.from_dict({"peer": {}, "server": given}) == metadata
    wrong: Any = PeerOptions
    expect(ValueError, client.create_peer, "room", wrong(subscribe_mode="some"))


def check_full_room(scene: Scene) -> None:
    client = client_of(scene)
    room = client.create_room(RoomOptions(max_peers=1))
    client.create_peer(room.id)
    error = expect(ConflictError, client.create_peer, room.id)
    assert "full" in str(error)


def check_agent(scene: Scene) -> None:
    client = client_of(scene)
    room = client.create_room()
    options = AgentOptions(
        output=AgentOutputOptions(audio_format="pcm16", audio_sample_rate=24000),
        subscribe_mode="manual",
    )
    agents = [client.create_agent(room.id), client.create_agent(room.id, options)]
    assert all(isinstance(agent, Agent) for agent in agents)
    assert [agent.room_id for agent in agents] == [room.id, room.id]
    peers = client.get_room(room.id).peers
    assert [peer.id for peer in peers] == [agent.id for agent in agents]
    assert [peer.type_ for peer in peers] == [PeerType.AGENT, PeerType.AGENT]
    assert [peer.subscribe_mode.value for peer in peers] == ["auto", "manual"]
    wrong: Any = AgentOutputOptions
    for output in (wrong(audio_format="mp3"), wrong(audio_sample_rate=8000)):
        expect(ValueError, client.create_agent, "room", AgentOptions(output=output))


def check_vapi_agent(scene: Scene) -> None:
    client = client_of(scene)
    room = client.create_room()
    for options in (
        PeerOptionsVapi(api_key="key", call_id="call-1"),
        PeerOptionsVapi(api_key="key", call_id="call-2", auto_close=True),
    ):
        peer = client.create_vapi_agent(room.id, options)
        assert peer.type_ is PeerType.VAPI
        assert peer in client.get_room(room.id).peers
        assert_complete(peer)
    wrong = PeerOptionsVapi(api_key="key", call_id="not/a/call")
    expect(BadRequestError, client.create_vapi_agent, room.id, wrong)


def check_subscriptions(scene: Scene) -> None:
    client = client_of(scene)
    room, sender = scene["track"]["room_id"], scene["track"]["peer_id"]
    track = scene["track"]["track_id"]
    listener, _ = client.create_peer(room, PeerOptions(subscribe_mode="manual"))
    client.subscribe_peer(room, listener.id, sender)
    client.subscribe_tracks(room, listener.id, [track])
    client.subscribe_tracks(room, listener.id, [])
    found = {peer.id: peer for peer in client.get_room(room).peers}
    assert found[listener.id].subscriptions.peers == [sender]
    assert found[listener.id].subscriptions.tracks == [track]
    assert [one.id for one in found[sender].tracks] == [track]
    kind = found[sender].tracks[0].type_
    assert isinstance(kind, Enum)
    assert kind.value == "audio"
    assert_complete(found)
    expect(NotFoundError, client.subscribe_peer, room, listener.id, NOWHERE)
    expect(NotFoundError, client.subscribe_tracks, room, listener.id, [NOWHERE])


def check_track_forwarding(scene: Scene) -> None:
    client = client_of(scene)
    room = client.create_room()
    client.forward_room_tracks(room.id, COMPOSITION)
    client.forward_room_tracks(room.id, COMPOSITION)
    info = client.get_room(room.id).composition_info
    assert info is not None
    assert info.composition_url == COMPOSITION
    assert info.forwardings == []
    other = COMPOSITION + "-other"
    expect(ConflictError, client.forward_room_tracks, room.id, other)
    expect(BadRequestError, client.forward_room_tracks, room.id, "no url")
    expect(NotFoundError, client.forward_room_tracks, NOWHERE, COMPOSITION)


def check_livestream_tokens(scene: Scene) -> None:
    client = client_of(scene)
    room = client.create_room(RoomOptions(room_type="livestream", public=True))
    for make in (client.create_livestream_viewer_token, client.create_livestream_streamer_token):
        assert claims_of(make(room.id))["exp"] > time.time()
        conference = client.create_room()
        expect(NotFoundError, make, conference.id)
        expect(NotFoundError, make, NOWHERE)
    origin = scene["fishjam_id"]
    assert client.livestream_whip_url() == f"{origin}/api/v1/live/api/whip"
    assert client.livestream_whep_url() == f"{origin}/api/v1/live/api/whep"


def check_moq_access(scene: Scene) -> None:
    client = client_of(scene)
    access = client.create_moq_access("stage", "audience/1", 60)
    assert isinstance(access, MoqAccess)
    assert access.connection_url.endswith(f"?jwt={access.token}")
    claims = claims_of(access.token)
    assert claims["put"] == ["stage"]
    assert claims["get"] == ["audience/1"]
    assert claims["exp"] - claims["iat"] == 60
    claims = claims_of(client.create_moq_access(subscribe_path="s").token)
    assert claims["put"] == []
    assert claims["exp"] - claims["iat"] == 3600
    expect(BadRequestError, client.create_moq_access)
    expect(BadRequestError, client.create_moq_access, publish_path="p", ttl=604_801)


def check_server_failures(scene: Scene) -> None:
    client = FishjamClient(scene["failing_id"], scene["management_token"])
    error = expect(QuotaExceededError, client.create_room)
    assert "402" in str(error)
    expect(ServiceUnavailableError, client.create_moq_access, publish_path="p")
    error = expect(InternalServerError, client.create_peer, "room")
    # The published SDK gives the page, this one the phrase of the status.
    assert "bad gateway" in str(error).lower()
    assert isinstance(error, HTTPError)


def check_deprecation_warnings(scene: Scene) -> None:
    for name, category in (("deprecated_id", DeprecationWarning), ("unsupported_id", UserWarning)):
        client = FishjamClient(scene[name], scene["management_token"])
        caught = warnings_of(client.get_all_rooms)
        assert warnings_of(client.get_all_rooms) == []
        assert [warning.category for warning in caught] == [category]
        assert "update the SDK" in str(caught[0].message)


if __name__ == "__main__":
    sys.exit(run_parts(globals(), vars(published_recordings)))
