"""Recordings: what is recorded, how far it is, and the files that come of it."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

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
    "DownloadProgress",
    "Recording",
    "RecordingFile",
    "RecordingMetadata",
    "RecordingSource",
    "RecordingStatus",
    "TemplateSource",
    "TemplateSourceResolution",
)


@frozen
class DownloadProgress:
    """How far the download of a recording is.

    Attributes:
        path: where the present file will be when it is whole.
        number: which file of the recording it is, 1 for the first one.
        files: how many files the recording has.
        done: how many bytes of the present file have come.
        total: how many bytes it has; None where the server does not say.
    """

    path: Path
    """Where the present file will be when it is whole."""
    number: int
    """Which file of the recording it is, 1 for the first one."""
    files: int
    """How many files the recording has."""
    done: int
    """How many bytes of the present file have come."""
    total: int | None
    """How many bytes it has; None where the server does not say."""
