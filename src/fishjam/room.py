"""Rooms as the server describes them."""

# The generator reads these imports: a class names the public module that hands it on as its own.
from fishjam._generated.fishjam_api.models import CompositionInfo as CompositionInfo
from fishjam._generated.fishjam_api.models import Room as Room
from fishjam._generated.fishjam_api.models import RoomConfig as RoomConfig
from fishjam._generated.fishjam_api.models import RoomType as RoomType
from fishjam._generated.fishjam_api.models import TrackForwardingInfo as TrackForwardingInfo
from fishjam._generated.fishjam_api.models import VideoCodec as VideoCodec

__all__ = (
    "CompositionInfo",
    "Room",
    "RoomConfig",
    "RoomType",
    "TrackForwardingInfo",
    "VideoCodec",
)
