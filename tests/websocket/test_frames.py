"""Frames in a stream of bytes: which are messages at once, and which are left to a library."""

from __future__ import annotations

from typing import Any

import pytest
from websockets.frames import Frame, Opcode, apply_mask  # type: ignore[attr-defined,unused-ignore]
from websockets.protocol import State
from websockets.server import ServerProtocol

from fishjam._websocket._frames import FrameSplitter, client_frame, xor
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


@pytest.mark.parametrize("mask", [xor, apply_mask])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 640, 65535, 65536])
def test_a_server_reads_a_frame_of_a_client(size: int, kind: type, mask: Any) -> None:
    data = bytes(number % 251 for number in range(size))
    server = ServerProtocol(state=State.OPEN)
    server.receive_data(client_frame(kind(data), mask))
    assert server.events_received() == [Frame(Opcode.BINARY, data)]
    assert server.state is State.OPEN


def test_each_frame_is_masked_in_its_own_way() -> None:
    assert len({client_frame(bytes(10)) for _ in range(5)}) > 1
