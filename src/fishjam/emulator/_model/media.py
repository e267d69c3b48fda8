"""The file of every recording: one second of a test picture with a tone, as a small MP4."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

CONTENT_TYPE = "video/mp4"


@cache
def recording_file() -> bytes:
    """Return the bytes of the file: H.264 of 160 x 90 pixels, and AAC."""
    return files(__name__.rpartition(".")[0]).joinpath("recording.mp4").read_bytes()
