"""The body of an answer, decoded piece by piece, within the memory that it may take."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from fishjam._http.signals import BodyEncodingError, BodySizeError

ACCEPT_ENCODING = "gzip, deflate"
"""What is asked for: what the standard library can decode with a limit."""

_DECODED = frozenset({"gzip", "x-gzip", "deflate"})
# With 32 added, zlib tells the headers of gzip and of zlib apart by itself.
_ANY_HEADER = zlib.MAX_WBITS | 32

_PIECE = 256 * 1024
"""Bytes of a stream that are decoded at a time."""


class StreamDecoder:
    """Decodes a body of any length, a piece at a time.

    Raises `BodyEncodingError` for an encoding that was not asked for.

    Args:
        coding: the content encoding; empty for none.
    """

    def __init__(self, coding: str) -> None:
        self._decoder = _decoder_of(coding)

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Give what has come, decoded, in pieces that are not large."""
        while data:
            yield self._decoder.decompress(data, _PIECE)
            data = self._decoder.rest

    def end(self) -> None:
        """Raise `BodyEncodingError` for a body that breaks off."""
        # The length that a server announces is that of what it sends, which can break off itself.
        if not self._decoder.is_over:
            raise BodyEncodingError("the encoded body breaks off")


class ResponseBody:
    """Collects a body.

    The HTTP library is not left to decode: it turns each piece into as much as is in it, and a few
    KiB of gzip can hold gigabytes.

    Args:
        headers: those of the answer, with names in lower case.
        limit: the bytes that it may have once it is decoded; None for no limit.
    """

    def __init__(self, headers: Mapping[str, str], limit: int | None) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._decoder: _Decoder | _AsItIs | None = None
        self._coding = coding_of(headers)

    def add(self, data: bytes) -> None:
        """Take what has come; raises `BodySizeError` or `BodyEncodingError`."""
        if self._decoder is None:
            # Not before: an answer that has no body may have any encoding.
            self._decoder = _decoder_of(self._coding)
        while data:
            # One byte more than may be there tells that there is too much; 0 would mean no limit.
            room = 0 if self._limit is None else self._limit - self._size + 1
            self._keep(self._decoder.decompress(data, room))
            data = self._decoder.rest

    def whole(self, content: bytes) -> bytes:
        """Return a body that the library has read and decoded already."""
        self._keep(content)
        return content

    def end(self) -> bytes:
        """Return the whole body."""
        return b"".join(self._pieces)

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._limit is not None and self._size > self._limit:
            raise BodySizeError(self._limit)
        self._pieces.append(data)


def coding_of(headers: Mapping[str, str]) -> str:
    """Return how a body is encoded; empty where it does not say."""
    return headers.get("content-encoding", "").strip().lower()


def _decoder_of(coding: str) -> _Decoder | _AsItIs:
    if coding in {"", "identity"}:
        return _AsItIs()
    if coding not in _DECODED:
        # Without its name: a server may repeat the token in any header.
        raise BodyEncodingError("the body has a content encoding that was not asked for")
    return _Decoder(coding)


class _AsItIs:
    """Hands on a body that is not encoded."""

    rest = b""
    is_over = True

    def decompress(self, data: bytes, _limit: int) -> bytes:
        return data


class _Decoder:
    """Decodes gzip, and deflate with or without the header that belongs to it."""

    def __init__(self, coding: str) -> None:
        self._head = b""
        self._zlib = None if coding == "deflate" else zlib.decompressobj(_ANY_HEADER)
        self.rest = b""

    @property
    def is_over(self) -> bool:
        """Whether all of it has come."""
        return self._zlib is not None and self._zlib.eof

    def decompress(self, data: bytes, limit: int) -> bytes:
        if self._zlib is None:
            # The first two bytes tell whether the header is there: some servers leave it out.
            self._head += data
            data, self.rest = self._head, b""
            if len(data) < 2:
                return b""
            # RFC 1950: the first two bytes of a zlib stream, as one number, are a multiple of 31.
            has_header = int.from_bytes(data[:2], "big") % 31 == 0
            self._zlib = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        try:
            decoded = self._zlib.decompress(data, limit)
        except zlib.error as error:
            raise BodyEncodingError(str(error)) from error
        self.rest = self._zlib.unconsumed_tail
        return decoded
