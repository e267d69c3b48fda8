"""The fast path to the common kind of message: past its envelope, straight to what is inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from fishjam._core.event import Entry
from fishjam._protocol.messages import message_class

_TOO_LONG = 0x4000
"""Lengths from here on take more than two bytes."""


class _Reader(NamedTuple):
    parse: Callable[[bytes], Any]
    read: Callable[[Any], Any]


def fast_decoder(entries: Iterable[Entry]) -> Callable[[bytes], Any]:
    """Return a function that decodes the common kind of message, and returns None for any other.

    One field fills the envelope: a tag and a length, each of one or two bytes, and then the rest.
    The function raises one of `DECODE_ERRORS` when what is inside cannot be read.
    """
    # An agent gets 50 frames of audio a second from each peer, and parsing the envelope takes about
    # as long as parsing what is inside. So its varints are read by hand, and only then protobuf
    # comes in, for the inner message.
    readers: Mapping[int, _Reader] = {
        _tag(entry.number): _Reader(message_class(entry.full_name).FromString, entry.read)
        for entry in entries
        if entry.surfaced
    }

    def decode(data: bytes) -> Any:
        size = len(data)
        # Tag and length take up to four bytes, so no index below is out of range.
        if not 4 <= size < _TOO_LONG:
            return None
        key, start = data[0], 1
        if key >= 0x80:
            key, start = key | data[1] << 8, 2
        length = data[start]
        start += 1
        if length >= 0x80:
            length += data[start] - 1 << 7
            start += 1
        # With more than one field the last one of the `oneof` counts: protobuf sorts that out.
        if length != size - start or (reader := readers.get(key)) is None:
            return None
        parse, read = reader
        return read(parse(data[start:]))

    return decode


def _tag(number: int) -> int:
    """Return the key of a message field as it lies on the wire, the low byte first."""
    key = number << 3 | 2
    return key if key < 0x80 else key & 0x7F | 0x80 | key >> 7 << 8
