"""Frames in a stream of bytes: which are messages at once, and which are left to a library."""

from __future__ import annotations

import pytest

from fishjam._websocket._frames import FrameSplitter
from tests.support.websocket_server import BINARY, CLOSE, PING, TEXT, frame

PING_FRAME = frame(PING, b"there?")
MASKED = bytes([0x82, 0x81, 0, 0, 0, 0, 0])
FRAGMENTS = frame(BINARY, b"one", fin=False) + PING_FRAME + frame(0, b"two")


def split(splitter: FrameSplitter, data: bytes, size: int) -> list[tuple[bool, bytes]]:
    """Split bytes that come in pieces, and put together what is a library's in a row."""
    parts: list[tuple[bool, bytes]] = []
    for start in range(0, len(data), size):
        for is_message, part in splitter.split(data[start : start + size]):
            if parts and not is_message and not parts[-1][0]:
                parts[-1] = (False, parts[-1][1] + part)
            else:
                parts.append((is_message, part))
    return parts


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000, 1 << 20])
def test_only_plain_messages_are_taken_out(size: int) -> None:
    plain = [b"", b"a", bytes(125), bytes(126), bytes(65535)]
    rest = FRAGMENTS + frame(TEXT, b"text") + frame(BINARY, bytes(65536))
    splitter = FrameSplitter(1 << 24)
    data = b"".join(frame(BINARY, one) for one in plain) + rest + frame(BINARY, b"last")
    expected = [*((True, one) for one in plain), (False, rest), (True, b"last")]
    assert split(splitter, data, size) == expected
    assert splitter.messages_left == 3


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(
    "data", [MASKED, frame(CLOSE, b"\x03\xe8"), frame(BINARY, b"x", fin=False), frame(2, bytes(11))]
)
def test_what_ends_it_is_the_librarys_with_all_that_follows(data: bytes, size: int) -> None:
    splitter = FrameSplitter(10)
    begin, end = frame(BINARY, b"before"), PING_FRAME
    assert split(splitter, begin + data + end, size) == [(True, b"before"), (False, data + end)]


def test_nothing_is_taken_out_until_it_may_be() -> None:
    splitter = FrameSplitter(10)
    splitter.takes_plain = False
    data = frame(BINARY, b"one")
    assert split(splitter, data, 100) == [(False, data)]
    splitter.takes_plain = True
    assert split(splitter, data, 100) == [(True, b"one")]
    assert splitter.messages_left == 1
