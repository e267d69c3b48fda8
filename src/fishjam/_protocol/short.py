"""The short way to the common kind of message: past its envelope, straight to what is inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from fishjam._core.event import Entry
from fishjam._protocol.messages import message_class

_TOO_LONG = 0x4000
"""Lengths from here on take more than two bytes."""


class _Way(NamedTuple):
    parse: Callable[[bytes], Any]
    read: Callable[[Any], Any]


def short_way(entries: Iterable[Entry]) -> Callable[[bytes], Any]:
    """Return a function that decodes the common kind of message, and returns None for any other.

    One field fills the envelope: a tag and a length, each of one or two bytes, and then the rest.
    The function raises protobuf's `DecodeError` when what is inside cannot be read.
    """
    ways: Mapping[int, _Way] = {
        _tag(one.number): _Way(message_class(one.full_name).FromString, one.read)
        for one in entries
        if one.surfaced
    }

    def decode(data: bytes) -> Any:
        size = len(data)
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
        if length != size - start or (way := ways.get(key)) is None:
            return None
        parse, read = way
        return read(parse(data[start:]))

    return decode


def _tag(number: int) -> int:
    """Return the key of a message field as it lies on the wire, the low byte first."""
    key = number << 3 | 2
    return key if key < 0x80 else key & 0x7F | 0x80 | key >> 7 << 8
