"""Older names of the REST client, its options and its models, which warn: use `fishjam`."""

from typing import Any

from fishjam._core.moved import homes_of, moved

_HOMES = {
    **homes_of(
        {
            "fishjam": (
                "AgentOptions AgentOutputOptions FishjamClient InvalidFishjamCredentialsError "
                "MoqAccess Peer PeerOptions PeerOptionsVapi Recording Room RoomOptions"
            ),
            "fishjam.agent": "Agent",
            "fishjam.composition": "FileSource",
            "fishjam.peer": "SubscribeMode",
            "fishjam.recording": "CompositionSource TemplateSource",
            "fishjam.room": "CompositionInfo RoomConfig RoomType VideoCodec",
            "fishjam.utils": "get_livestream_whep_url get_livestream_whip_url",
            # What only goes over the wire has no public home; it is the same data all the same.
            "fishjam._generated.fishjam_api.models": (
                "AgentOutput AudioFormat AudioSampleRate MoqAccessConfig PeerConfigAgent "
                "PeerConfigAgentType PeerConfigVAPI PeerConfigVAPIType PeerConfigWebRTC "
                "PeerConfigWebRTCType PeerDetailsResponse PeerOptionsAgent PeerOptionsWebRTC "
                "PeerRefreshTokenResponse RecordingConfig RecordingDetailsResponse "
                "RecordingListResponse RoomCreateDetailsResponse RoomDetailsResponse "
                "RoomsListingResponse StreamerToken TrackForwarding ViewerToken WebRTCMetadata"
            ),
        }
    ),
    "ListRecordingsMetadata": "fishjam.recording:RecordingMetadata",
    "RecordingConfigMetadataType0": (
        "fishjam._generated.fishjam_api.models:RecordingConfigMetadata"
    ),
    "SubscribeTracksBody": "fishjam._generated.fishjam_api.models:SubscribeTracksRequest",
}


def __getattr__(name: str) -> Any:
    return moved(__name__, name, _HOMES)
