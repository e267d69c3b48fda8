"""The file of a finished recording: a second of silence as a small MP4."""

from __future__ import annotations

import struct

_RATE = 8000
_SECOND = bytes([0xFF]) * _RATE  # Silence in G.711 mu-law is all ones.
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _box(kind: bytes, *content: bytes) -> bytes:
    payload = b"".join(content)
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def _full_box(kind: bytes, flags: int, *content: bytes) -> bytes:
    return _box(kind, struct.pack(">I", flags), *content)


def _movie_header() -> bytes:
    fields = struct.pack(">IIIIIHxxxxxxxxxx", 0, 0, _RATE, _RATE, 0x10000, 0x100)
    return _full_box(b"mvhd", 0, fields, _MATRIX, bytes(24), struct.pack(">I", 2))


def _track_header() -> bytes:
    fields = struct.pack(">IIIII8xHHHH", 0, 0, 1, 0, _RATE, 0, 0, 0x100, 0)
    return _full_box(b"tkhd", 3, fields, _MATRIX, struct.pack(">II", 0, 0))


def _sample_table(data_offset: int) -> bytes:
    entry = struct.pack(">6xH8xHHHHI", 1, 1, 16, 0, 0, _RATE << 16)
    return _box(
        b"stbl",
        _full_box(b"stsd", 0, struct.pack(">I", 1), _box(b"ulaw", entry)),
        _full_box(b"stts", 0, struct.pack(">III", 1, _RATE, 1)),
        _full_box(b"stsc", 0, struct.pack(">IIII", 1, 1, _RATE, 1)),
        _full_box(b"stsz", 0, struct.pack(">II", 1, _RATE)),
        _full_box(b"stco", 0, struct.pack(">II", 1, data_offset)),
    )


def _track(data_offset: int) -> bytes:
    media_header = struct.pack(">IIIIHH", 0, 0, _RATE, _RATE, 0x55C4, 0)  # Language "und".
    handler = struct.pack(">I4s12x", 0, b"soun") + b"\0"
    data_reference = _full_box(b"dref", 0, struct.pack(">I", 1), _full_box(b"url ", 1))
    media = _box(
        b"mdia",
        _full_box(b"mdhd", 0, media_header),
        _full_box(b"hdlr", 0, handler),
        _box(
            b"minf",
            _full_box(b"smhd", 0, bytes(4)),
            _box(b"dinf", data_reference),
            _sample_table(data_offset),
        ),
    )
    return _box(b"trak", _track_header(), media)


def _silence() -> bytes:
    brands = _box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isommp42")
    # The table of the data's place is in front of the data, so its size is measured first.
    size = len(_box(b"moov", _movie_header(), _track(0)))
    data_offset = len(brands) + size + 8
    return brands + _box(b"moov", _movie_header(), _track(data_offset)) + _box(b"mdat", _SECOND)


SILENCE = _silence()
"""The bytes of the file."""
