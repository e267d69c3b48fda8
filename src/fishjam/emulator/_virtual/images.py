"""The images of virtual cameras: JPEGs from memory, from files, or from a function."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from fishjam.emulator._media.video_source import ImageProvider

_START = b"\xff\xd8\xff"
"""How every JPEG file begins."""

ImageSource = bytes | str | os.PathLike[str] | Callable[[], bytes]
"""A JPEG, the path of one, or a function that returns one whenever it is called."""


def image_provider(source: ImageSource | None) -> ImageProvider:
    """Return a function that provides the image; by default that of a test card.

    Raises:
        ValueError: if the bytes or the file are not a JPEG.
        OSError: if the file cannot be read.
        TypeError: if the source is of another type.
    """
    if source is None:
        return test_card
    if callable(source):
        # Checked with every call, because each may return something else.
        return lambda: _checked(source(), "the function for the picture returned something that is")
    if isinstance(source, bytes):
        return _still(_checked(source, "the picture is"))
    if isinstance(source, (str, os.PathLike)):
        return _still(_checked(Path(source).read_bytes(), f"{os.fspath(source)} is"))
    raise TypeError(
        "a picture is a JPEG as bytes, the path of one, or a function that returns one, "
        f"not {type(source).__name__}"
    )


@cache
def test_card() -> bytes:
    """Return the image of cameras that were given none."""
    return files(__name__.rpartition(".")[0]).joinpath("test_card.jpg").read_bytes()


def _still(picture: bytes) -> ImageProvider:
    return lambda: picture


def _checked(picture: bytes, what: str) -> bytes:
    if not (isinstance(picture, bytes) and picture.startswith(_START)):
        raise ValueError(f"{what} not a JPEG")
    return picture
