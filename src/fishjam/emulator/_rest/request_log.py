"""The log of received requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from attrs import define, field

from fishjam.emulator._model.refusals import RequestRefused
from fishjam.emulator._rest.bodies import FORM, FormPart, decode_json, decode_parts, media_type

RECORDED = "fishjam.recorded"
"""What stands in the scope of a request that has its place in a log of requests."""
KEPT = 1000
"""How many requests are kept; the oldest ones are dropped."""


@define
class RecordedRequest:
    """One request that the emulator received.

    Attributes:
        method: the HTTP method, in upper case.
        path: the path as received, percent-encoded and without the query.
        operation: the operationId, or None for an unknown path. Pages publish livestreams with
            `whip`, watch them with `whep`, and trickle and end both with `live_connection`.
        headers: the headers by their names in lower case; the token is not in them.
        query: the values by name, decoded.
        body: the bytes of the body; empty if there were none, or more than are read.
        status: the status of the answer; None before the answer, and if there was none.
        duration: how long it took, in seconds of real time; None before the answer.
    """

    __module__ = "fishjam.emulator"

    method: str
    """The HTTP method, in upper case."""
    path: str
    """The path as received, percent-encoded and without the query."""
    operation: str | None
    """The operationId, or None for an unknown path."""
    headers: dict[str, str]
    """The headers by their names in lower case; the token is not in them."""
    query: dict[str, list[str]]
    """The values by name, decoded."""
    body: bytes = field(repr=False)
    """The bytes of the body; empty if there were none, or more than are read."""
    status: int | None = None
    """The status of the answer; None before the answer, and if there was none."""
    duration: float | None = field(default=None, eq=False)
    """How long it took, in seconds of real time; None before the answer."""

    @property
    def json(self) -> Any:
        """The body's JSON value; None if the body is not JSON."""
        try:
            return decode_json(self.body, "body")
        except RequestRefused:
            return None

    @property
    def parts(self) -> list[FormPart]:
        """The parts of a multipart form in their order; empty for other bodies."""
        content_type = self.headers.get("content-type", "")
        if media_type(content_type) != FORM:
            return []
        try:
            return decode_parts(self.body, content_type)
        except RequestRefused:
            return []


class RequestLog:
    """The last requests, oldest first.

    Args:
        on_answered: told of every request when it was answered, or its connection dropped.
    """

    def __init__(
        self, on_answered: Callable[[RecordedRequest], object] = lambda _request: None
    ) -> None:
        self._on_answered = on_answered
        self._requests: deque[RecordedRequest] = deque(maxlen=KEPT)

    def record(
        self,
        method: str,
        path: str,
        operation: str | None,
        headers: Iterable[tuple[str, str]],
        query: bytes,
        body: bytes,
    ) -> RecordedRequest:
        """Record a request, and return its record."""
        request = RecordedRequest(
            method=method,
            path=path,
            operation=operation,
            headers=_presentable(headers),
            query=parse_qs(query.decode("ascii"), keep_blank_values=True),
            body=body,
        )
        self._requests.append(request)
        return request

    def answer(self, request: RecordedRequest, status: int | None, duration: float) -> None:
        """Complete a record; the status is None if there was no answer."""
        request.status, request.duration = status, duration
        self._on_answered(request)

    def all(self) -> list[RecordedRequest]:
        """Return the records; a copy."""
        return list(self._requests)

    def reset(self) -> None:
        """Forget all records."""
        self._requests.clear()


def _presentable(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Join repeated headers and mask the credentials."""
    joined: dict[str, str] = {}
    for name, value in headers:
        shown = _masked(value) if name == "authorization" else value
        joined[name] = f"{joined[name]}, {shown}" if name in joined else shown
    return joined


def _masked(value: str) -> str:
    scheme, _, credentials = value.partition(" ")
    return f"{scheme} ***" if credentials else "***"
