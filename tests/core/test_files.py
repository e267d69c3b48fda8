"""Files for multipart bodies, given as bytes or as a path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from fishjam._core.request import FilePart
from fishjam._http.uploads import FileSource, aread_file, read_file

Reader = Callable[[FileSource, str], Awaitable[FilePart]]


async def in_thread(source: FileSource, name: str) -> FilePart:
    return read_file(source, name)


BOTH = pytest.mark.parametrize("read", [in_thread, aread_file])
pytestmark = pytest.mark.anyio


@BOTH
@pytest.mark.parametrize("content", [b"code", bytearray(b"code"), memoryview(b"code")])
async def test_bytes_get_the_usual_name(read: Reader, content: Any) -> None:
    part = await read(content, "template.js")
    assert part == FilePart(b"code", "template.js", "text/javascript")
    assert type(part.content) is bytes


@BOTH
@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("layout.js", "text/javascript"),
        ("layout.mjs", "text/javascript"),
        ("page.html", "text/html"),
        ("no-extension", "application/octet-stream"),
        ("odd.zzzz", "application/octet-stream"),
    ],
)
async def test_a_path_keeps_its_name(
    read: Reader, tmp_path: Path, name: str, content_type: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x00code\xff")
    for source in (path, str(path)):
        assert await read(source, "template.js") == FilePart(b"\x00code\xff", name, content_type)


@BOTH
async def test_a_file_that_is_not_there(read: Reader, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await read(tmp_path / "nothing.js", "template.js")
    with pytest.raises(OSError, match="irectory"):
        await read(tmp_path, "template.js")
