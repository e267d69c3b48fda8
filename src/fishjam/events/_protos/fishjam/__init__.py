"""Older names of the events and of protobuf's messages, which warn: use `fishjam.events`."""

from enum import IntEnum
from importlib import import_module
from typing import Any

from fishjam import events
from fishjam._core.moved import moved
from fishjam._core.stack import warn_from
from fishjam._protocol.messages import message_class

_HOMES = {
    **dict.fromkeys(
        (name for name in events.__all__ if name.startswith("Server")), "fishjam.events"
    ),
    "AgentResponseTrackData": "fishjam.agent:IncomingTrackData",
    "AgentResponseTrackImage": "fishjam.agent:IncomingTrackImage",
}
# What users never see of the protocol, as classes of the protobuf library.
_MESSAGES = {
    **{outer: f"fishjam.{outer}" for outer in ("AgentRequest", "AgentResponse", "ServerMessage")},
    **{
        f"{outer}{name}": f"fishjam.{outer}.{name}"
        for outer, names in {
            "AgentRequest": (
                "AddTrack AuthRequest CaptureImage InterruptTrack RemoveTrack TrackData"
            ),
            "AgentResponse": "Authenticated",
            "ServerMessage": (
                "AuthRequest Authenticated NotificationBatch SubscribeRequest SubscribeResponse"
            ),
        }.items()
        for name in names.split()
    },
    "AgentRequestAddTrackCodecParameters": "fishjam.AgentRequest.AddTrack.CodecParameters",
}


class ServerMessageEventType(IntEnum):
    """The kinds of events that a backend can subscribe to."""

    EVENT_TYPE_UNSPECIFIED = 0
    EVENT_TYPE_SERVER_NOTIFICATION = 1


def __getattr__(name: str) -> Any:
    # Older code reads the submodule as an attribute, which nothing has imported yet.
    if name == "notifications":
        return import_module(f"{__name__}.{name}")
    if name not in _MESSAGES:
        return moved(__name__, name, _HOMES)
    warn_from(
        f"{__name__}.{name} is part of the protocol, which is private: use "
        "decode_server_notifications and encode_notification of fishjam.webhooks",
        DeprecationWarning,
    )
    return message_class(_MESSAGES[name])
