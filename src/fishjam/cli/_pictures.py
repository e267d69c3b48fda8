"""The pictures of a file as JPEG, one for each moment at which they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from fishjam.errors import MissingExtraError

RATE = 5
"""Pictures a second."""
_JPEG_START = b"\xff\xd8\xff"


def pictures(path: Path) -> Iterator[bytes]:
    """Give a JPEG file as it is, or the pictures of a video, five a second and once.

    Raises:
        ValueError: the file has no pictures.
        MissingExtraError: it is a video, and the package that reads videos is missing.
    """
    with path.open("rb") as file:
        is_jpeg = file.read(len(_JPEG_START)) == _JPEG_START
    images = iter([path.read_bytes()]) if is_jpeg else _of_video(path)
    # The first one tells whether there are any, before anything is done with the others.
    return chain([next(images)], images)


def _of_video(path: Path) -> Iterator[bytes]:
    try:
        import av
        from av.error import FFmpegError

        from fishjam.emulator._webrtc.codecs import encode_jpeg
    except ImportError:
        install = 'pip install "fishjam-server-sdk[emulator]"'
        raise MissingExtraError(f"showing a video needs more packages: {install}") from None
    due = 0.0
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                if frame.time is None or frame.time >= due:
                    due += 1 / RATE
                    yield encode_jpeg(frame)
    except (FFmpegError, IndexError):
        pass
    if not due:
        raise ValueError(f"{path} is neither a JPEG nor a video that can be read")
