"""Recordings: what is recorded, how far it is, and the files that come of it."""

from fishjam._generated.fishjam_api.models import CompositionSource as CompositionSource
from fishjam._generated.fishjam_api.models import Recording as Recording
from fishjam._generated.fishjam_api.models import RecordingFile as RecordingFile
from fishjam._generated.fishjam_api.models import RecordingMetadata as RecordingMetadata
from fishjam._generated.fishjam_api.models import RecordingSource as RecordingSource
from fishjam._generated.fishjam_api.models import RecordingStatus as RecordingStatus
from fishjam._generated.fishjam_api.models import TemplateSource as TemplateSource
from fishjam._generated.fishjam_api.models import (
    TemplateSourceResolution as TemplateSourceResolution,
)

__all__ = (
    "CompositionSource",
    "Recording",
    "RecordingFile",
    "RecordingMetadata",
    "RecordingSource",
    "RecordingStatus",
    "TemplateSource",
    "TemplateSourceResolution",
)
