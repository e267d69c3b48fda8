"""The file of a recording is a well-formed MP4, and parts of it can be fetched."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.emulator._model.media import recording_file
from tests.emulator.rest.test_recordings import record
from tests.support.plain_http import PLAIN

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl"}
SIZE = len(recording_file())


def boxes(data: bytes, above: str = "") -> Iterator[tuple[str, bytes]]:
    """Give the content of each box with its path."""
    place = 0
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        content = data[place + 8 : place + size]
        assert size >= 8
        assert len(content) == size - 8
        path = f"{above}{kind.decode()}"
        yield path, content
        if kind in CONTAINERS:
            yield from boxes(content, f"{path}/")
        place += size


def test_the_boxes_of_the_file_fit() -> None:
    found = list(boxes(recording_file()))
    assert found[0][0] == "ftyp"
    assert {"moov/mvhd", "moov/trak/mdia/minf/stbl/stsz", "mdat"} <= {path for path, _ in found}
    formats = [content[12:16] for path, content in found if path.endswith("/stsd")]
    assert formats == [b"avc1", b"mp4a"]
    (header,) = [content for path, content in found if path == "moov/mvhd"]
    scale, duration = struct.unpack_from(">12xII", header)
    assert duration == scale
    assert SIZE < 10_000


def test_the_samples_lie_inside_the_file() -> None:
    data = recording_file()
    for path, content in boxes(data):
        if path.endswith("/stco"):
            offsets = struct.unpack(f">8x{(len(content) - 8) // 4}I", content)
            assert all(data.index(b"mdat") < offset < SIZE for offset in offsets)


LONG = "9" * 5000


@pytest.fixture
def url(api: httpx.Client, emulator: Emulator) -> str:
    id_ = record(api)["id"]
    emulator.publish_recording(id_)
    (recording,) = emulator.recordings
    return str(recording["files"][0]["url"])


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-", 0, SIZE),
        ("bytes=10-19", 10, 20),
        ("bytes=10-10", 10, 11),
        ("bytes=4000-999999", 4000, SIZE),
        ("bytes=-100", SIZE - 100, SIZE),
        ("bytes=-999999", 0, SIZE),
        (f"bytes=0-{LONG}", 0, SIZE),
        (f"bytes=-{LONG}", 0, SIZE),
    ],
)
def test_a_part_of_the_file(url: str, wanted: str, start: int, end: int) -> None:
    answer = httpx.get(url, headers={"range": wanted}, **PLAIN)
    assert answer.status_code == 206
    assert answer.content == recording_file()[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.headers["content-type"] == "video/mp4"


@pytest.mark.parametrize(
    "wanted", ["bytes=", "bytes=-", "bytes=x-y", "bytes=20-10", "bytes=0-1,5-6", "lines=0-1"]
)
def test_a_range_that_makes_no_sense_is_ignored(url: str, wanted: str) -> None:
    answer = httpx.get(url, headers={"range": wanted}, **PLAIN)
    assert (answer.status_code, answer.content) == (200, recording_file())
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(SIZE)


@pytest.mark.parametrize(
    "wanted", [f"bytes={SIZE}-", "bytes=999999999-", f"bytes={LONG}-", "bytes=-0"]
)
def test_a_range_outside_the_file(url: str, wanted: str) -> None:
    answer = httpx.get(url, headers={"range": wanted}, **PLAIN)
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


def test_a_part_of_this_version_only(url: str) -> None:
    tag = httpx.get(url, **PLAIN).headers["etag"]
    for condition, status in ((tag, 206), ('"another"', 200)):
        headers = {"range": "bytes=5-", "if-range": condition}
        assert httpx.get(url, headers=headers, **PLAIN).status_code == status
