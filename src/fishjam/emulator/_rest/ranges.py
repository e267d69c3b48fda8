"""Files as answers: a whole file, or the part that a `Range` header asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256

from fishjam.emulator._rest.responses import RestResponse

_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)|bytes=-([0-9]+)")
_LONGEST = 18
"""The digits of a position that are read; Python refuses to read a number of 5000 digits."""


def file_response(content: bytes, content_type: str, headers: Mapping[str, str]) -> RestResponse:
    """Return the answer to a GET of a file.

    An invalid range, several ranges, and a range of another version of the file are answered with
    the whole file, as RFC 9110 allows.

    Args:
        content: the whole file.
        content_type: its media type.
        headers: the headers of the request by lower-case name.
    """
    tag = f'"{sha256(content).hexdigest()[:16]}"'
    common = {"content-type": content_type, "accept-ranges": "bytes", "etag": tag}
    wanted = _RANGE.fullmatch(headers.get("range", ""))
    if wanted is None or headers.get("if-range", tag) != tag:
        return RestResponse(200, common, content)
    size = len(content)
    start, end = _bounds(wanted, size)
    # RFC 9110, 14.1.1: a range that ends before it begins is invalid.
    if wanted[2] and _position(wanted[2]) < start:
        return RestResponse(200, common, content)
    if start >= size:
        return RestResponse(416, {"content-range": f"bytes */{size}"})
    part = {**common, "content-range": f"bytes {start}-{end - 1}/{size}"}
    return RestResponse(206, part, content[start:end])


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    """Return where the part begins and where it ends, the end not included."""
    if wanted[3]:
        # The last 0 bytes begin at the end of the file, which is answered with 416.
        return max(0, size - _position(wanted[3])), size
    end = min(_position(wanted[2]) + 1, size) if wanted[2] else size
    return _position(wanted[1]), end


def _position(digits: str) -> int:
    """Read a position; one beyond every file is as good as another."""
    return int(digits) if len(digits) <= _LONGEST else 10**_LONGEST
