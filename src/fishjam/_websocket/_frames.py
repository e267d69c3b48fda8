"""Plain frames, written and read without a library: most that come and go are. No I/O here."""

from __future__ import annotations

import secrets
import struct
import sys
from collections.abc import Callable, Iterator

# FIN and opcode 2: a binary message in one frame (RFC 6455, 5.2).
_PLAIN = 0x82
_FIN, _OPCODE = 0x80, 0x0F
_DATA_OPCODES = frozenset({0, 1, 2})
_CLOSE = 8
# Lengths that do not fit into seven bits: 126 stands for two bytes that follow, 127 for eight.
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_LONG = 0x10000
# Whatever a client sends is masked, with a key of four bytes for each frame.
_MASKED, _KEY_BYTES = 0x80, 4


def xor(data: bytes, key: bytes) -> bytes:
    """Mask bytes with a key of four bytes, without any library."""
    size = len(data)
    mask = (key * (size // _KEY_BYTES + 1))[:size]
    number = int.from_bytes(data, "little") ^ int.from_bytes(mask, "little")
    return number.to_bytes(size, "little")


def client_frame(data: bytes, mask: Callable[[bytes, bytes], bytes] = xor) -> bytes:
    """Return a binary message as one frame of a client, masked by a function."""
    # The libraries take several times as long, and an agent that speaks makes 50 of them a second.
    size = len(data)
    if size < _TWO_BYTES:
        head = struct.pack("!BB", _PLAIN, _MASKED | size)
    elif size < _LONG:
        head = struct.pack("!BBH", _PLAIN, _MASKED | _TWO_BYTES, size)
    else:
        head = struct.pack("!BBQ", _PLAIN, _MASKED | _EIGHT_BYTES, size)
    key = secrets.token_bytes(_KEY_BYTES)
    return b"".join((head, key, mask(data, key)))


class FrameSplitter:
    """Takes short messages of one frame out of a stream, and leaves all the rest to a library.

    An agent gets 50 of them a second from each peer, and the libraries take much longer for one
    than all else that is done with it. Whatever is out of the ordinary stays with the library:
    text, fragments, pings, the close, frames of 64 KiB and more, and all that is not allowed.
    """

    def __init__(self, longest: int) -> None:
        """Make one that leaves messages of more bytes than `longest` to the library."""
        self.takes_plain: bool = True
        """Whether messages are taken out at all."""
        self._longest = min(longest, _LONG - 1)
        self._unread = b""
        self._left = 0
        self._in_fragments = False
        self.messages_left: int = 0
        """How many messages the library has got, the last one perhaps not as a whole yet."""

    def split(self, data: bytes) -> Iterator[tuple[bool, bytes]]:
        """Yield messages, with True, and bytes for the library, with False, in their order.

        It has to be used up before it is called again.
        """
        if self._unread:
            data = self._unread + data
            self._unread = b""
        position, size = 0, len(data)
        while position < size:
            if not self._left:
                start, end = _bounds(data, position)
                if start > size:
                    break
                first = data[position]
                if first == _PLAIN and self._may_take(end - start):
                    if end > size:
                        break
                    yield True, data[start:end]
                    position = end
                    continue
                self._leave(first, end - position)
            part = data[position : position + self._left]
            self._left -= len(part)
            position += len(part)
            yield False, part
        self._unread = data[position:]

    def _may_take(self, length: int) -> bool:
        return self.takes_plain and length <= self._longest and not self._in_fragments

    def _leave(self, first: int, size: int) -> None:
        """Leave a frame to the library, and after a close frame everything."""
        opcode = first & _OPCODE
        self._left = sys.maxsize if opcode == _CLOSE else size
        if opcode in _DATA_OPCODES:
            self._in_fragments = not first & _FIN
            self.messages_left += not self._in_fragments


def _bounds(data: bytes, position: int) -> tuple[int, int]:
    """Return where the payload of a frame begins and ends; both may lie after what has come."""
    start = position + 2
    if start > len(data):
        return start, start
    length = data[position + 1]
    if length == _TWO_BYTES:
        start += 2
        length = int.from_bytes(data[start - 2 : start], "big")
    elif length == _EIGHT_BYTES:
        start += 8
        length = int.from_bytes(data[start - 8 : start], "big")
    elif length > _EIGHT_BYTES:
        # It is masked, which a server must not do: nothing after it can be read.
        length = sys.maxsize
    return start, start + length
