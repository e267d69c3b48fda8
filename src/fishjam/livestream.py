"""Livestreams as resources of their own: streams, their streamers and their viewers."""

from fishjam._generated.fishjam_api.models import Stream as Stream
from fishjam._generated.fishjam_api.models import Streamer as Streamer
from fishjam._generated.fishjam_api.models import StreamerStatus as StreamerStatus
from fishjam._generated.fishjam_api.models import Viewer as Viewer

__all__ = (
    "Stream",
    "Streamer",
    "StreamerStatus",
    "Viewer",
)
