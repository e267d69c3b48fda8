"""Files that users hand over as bytes or as a path, made into parts of a multipart body."""

from __future__ import annotations

import mimetypes
from os import PathLike
from pathlib import Path

import anyio

from fishjam._core.request import FilePart

FileSource = bytes | str | Path | PathLike[str]
"""Where an upload comes from: its bytes, or the path of a file. Never take a path from outside."""


def read_file(source: FileSource, default_name: str) -> FilePart:
    """Return a file part; bytes get `default_name`, a path is read and keeps its base name."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _part(bytes(source), default_name)
    path = Path(source)
    return _part(path.read_bytes(), path.name)


async def aread_file(source: FileSource, default_name: str) -> FilePart:
    """Do the same without blocking the event loop."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _part(bytes(source), default_name)
    path = anyio.Path(source)
    return _part(await path.read_bytes(), path.name)


def _part(content: bytes, filename: str) -> FilePart:
    return FilePart(content, filename, _content_type(filename))


def _content_type(filename: str) -> str:
    # Said here and not left to the machine's tables, which disagree about JavaScript.
    if filename.endswith((".js", ".mjs")):
        return "text/javascript"
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"
