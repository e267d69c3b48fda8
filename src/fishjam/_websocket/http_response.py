"""The HTTP response to a handshake or to CONNECT, read from bytes as they come. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST_BODY = 1024
"""Bytes of a refusal's body that are kept."""

# All of these are the limits of the usual libraries, or above them. Without limits a server that
# answers for ever would fill the memory, as long as it is quick enough.
_LONGEST_HEAD = 64 * 1024
_MOST_HEADERS = 128
_MOST_INTERIM = 100

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: [^\r\n]*)?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
# A number with more digits is not a length, and `int` refuses to read thousands of them.
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_LENGTH = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")


class HttpResponseReader:
    """Collects a response until there is enough of it to act on.

    The libraries have parsers of their own, but do not report alike what matters here: the status
    and the text of a refusal, also of one that breaks off half-way.
    """

    def __init__(self, *, to_connect: bool = False) -> None:
        self.raw = bytearray()
        """All bytes so far, without interim responses such as 103 Early Hints."""
        self.status: int | None = None
        """The HTTP status, once the head is whole; None also for what is not HTTP at all."""
        self.headers: Mapping[str, str] = {}
        """The headers, with names in lower case."""
        self.complete = False
        """Whether nothing more needs to be read: it is positive, or enough of a refusal."""
        self.problem = ""
        """What is wrong with a response that exceeds a limit."""
        self._to_connect = to_connect
        self._interim = 0
        self._body_start = 0

    def feed(self, data: bytes) -> None:
        """Take what came; empty bytes mean the end of the connection."""
        self.raw += data
        while self.status is None and not self.problem and self._read_head():
            self._skip_interim()
        if self.problem:
            self.complete = True
        elif self.status is not None:
            self.complete = self._has_enough()
        elif len(self.raw) > _LONGEST_HEAD or not self._may_become_http():
            self.complete = True
        self.complete = self.complete or not data

    @property
    def is_positive(self) -> bool:
        """Whether the request was granted."""
        if self._to_connect:
            return self.status is not None and self.status // 100 == 2
        return self.status == 101

    @property
    def is_refusal(self) -> bool:
        """Whether the request was clearly refused."""
        return self.status is not None and not self.is_positive

    @property
    def surplus(self) -> bytes:
        """What came after the head."""
        return bytes(self.raw[self._body_start :])

    @property
    def detail(self) -> str:
        """The first KiB of the body, as text."""
        body = self.surplus
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            body = _without_chunks(body)
        return body[:LONGEST_BODY].decode("utf-8", "replace").strip()

    def _read_head(self) -> bool:
        """Read status and headers if they are whole; return whether they were."""
        end = _HEAD_END.search(self.raw)
        first = _STATUS_LINE.match(self.raw)
        if end is None or first is None:
            return False
        lines = bytes(self.raw[first.end() : end.start()]).decode("latin-1").split("\n")
        if len(lines) > _MOST_HEADERS or end.end() > _LONGEST_HEAD:
            self.problem = f"more than {_MOST_HEADERS} headers or {_LONGEST_HEAD // 1024} KiB"
            return False
        self.status = int(first[1])
        self._body_start = end.end()
        pairs = (line.partition(":") for line in lines)
        self.headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if self.is_positive and not _LENGTH.fullmatch(self.headers.get("content-length", "0")):
            self.problem, self.status = "a Content-Length that is not a length", None
        return not self.problem

    def _skip_interim(self) -> None:
        # 101 has the number of an interim response, and yet is the answer to a handshake.
        if self.status is None or self.status // 100 != 1 or self.status == 101:
            return
        self._interim += 1
        if self._interim > _MOST_INTERIM:
            self.problem = f"more than {_MOST_INTERIM} interim responses"
        del self.raw[: self._body_start]
        self.status, self.headers, self._body_start = None, {}, 0

    def _may_become_http(self) -> bool:
        line, newline, _ = self.raw.partition(b"\n")
        if newline:
            return _STATUS_LINE.match(self.raw) is not None
        return line.startswith(b"HTTP/1."[: len(line)])

    def _has_enough(self) -> bool:
        # RFC 9110: 204 and 304 never have a body, whatever their headers say.
        if self.is_positive or self.status in {204, 304}:
            return True
        body = len(self.raw) - self._body_start
        # Twice as much as is kept leaves room for the lengths of chunks.
        if body > 2 * LONGEST_BODY:
            return True
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self.raw.endswith(b"0\r\n\r\n")
        length = self.headers.get("content-length", "")
        return _LENGTH.fullmatch(length) is not None and body >= int(length)


def _without_chunks(body: bytes) -> bytes:
    text, position = b"", 0
    while (head := _CHUNK_LENGTH.match(body, position)) is not None:
        length = int(head[1], 16)
        text += body[head.end() : head.end() + length]
        position = head.end() + length + len(b"\r\n")
    return text
