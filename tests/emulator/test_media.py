"""The file of a recording is a well-formed MP4."""

from __future__ import annotations

import struct

from fishjam.emulator._model.media import SILENCE

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl"}


def boxes(data: bytes, start: int = 0) -> dict[str, tuple[int, bytes]]:
    """Return the place and the content of each box by its path."""
    found: dict[str, tuple[int, bytes]] = {}
    place = 0
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        content = data[place + 8 : place + size]
        assert size >= 8
        assert len(content) == size - 8
        found[kind.decode()] = (start + place + 8, content)
        if kind in CONTAINERS:
            inner = boxes(content, start + place + 8)
            found.update({f"{kind.decode()}/{path}": one for path, one in inner.items()})
        place += size
    return found


def test_the_boxes_of_the_file_fit() -> None:
    found = boxes(SILENCE)
    table = "moov/trak/mdia/minf/stbl"
    assert {"ftyp", "moov/mvhd", "moov/trak/tkhd", f"{table}/stsd", "mdat"} <= set(found)
    assert len(found["moov/mvhd"][1]) == 100
    assert len(found["moov/trak/tkhd"][1]) == 84
    place, data = found["mdat"]
    assert struct.unpack(">4xII", found[f"{table}/stco"][1]) == (1, place)
    size, count = struct.unpack(">4xII", found[f"{table}/stsz"][1])
    assert size * count == len(data)
    assert set(data) == {0xFF}
    assert len(SILENCE) < 10_000
