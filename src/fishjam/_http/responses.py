"""What came of one try to send a request, and what the caller gets of it. No I/O here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

from attrs import frozen

from fishjam._core.decode import ShapeError
from fishjam._core.request import Request
from fishjam._http.credentials import Credentials
from fishjam._http.hints import advice_on
from fishjam.errors import FishjamConnectionError, HTTPError, error_for_status

T = TypeVar("T")


@frozen
class ApiResponse:
    """A whole HTTP answer; header names are in lower case."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is one of the 2xx."""
        return 200 <= self.status_code < 300

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait, or None."""
        return parse_retry_after(self.headers.get("retry-after"))


@frozen
class Failure:
    """No answer came; `may_have_arrived` tells whether the server may have acted on it."""

    error: FishjamConnectionError
    may_have_arrived: bool


def parse_retry_after(value: str | None) -> float | None:
    """Read a `Retry-After` header: seconds or an HTTP date; anything else counts as absent."""
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def detail_of(content: bytes) -> str:
    """Return what the server says of a failure: the field made for it, else the whole text."""
    text = content.decode("utf-8", "replace")
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(body, dict):
        for name in ("errors", "message", "detail"):
            if isinstance(body.get(name), str):
                return str(body[name])
    return text


def result_of(
    request: Request[T],
    answer: ApiResponse,
    url: str,
    credentials: Credentials,
    *,
    strict: bool = False,
) -> T:
    """Return what the request's reader makes of a good answer; raise the error of any other.

    With `strict` a good status is good only where the API's document promises it.
    """
    if not answer.is_success:
        raise error_of(request, answer, url, credentials, detail_of(answer.content))
    if strict and answer.status_code not in request.statuses:
        problem = "the API does not promise this status"
        raise error_of(request, answer, url, credentials, detail_of(answer.content), problem)
    try:
        return request.read(answer.content)
    except ShapeError as error:
        text = answer.content.decode("utf-8", "replace")
        problem = f"the answer is not what the API promises ({error})"
        raise error_of(request, answer, url, credentials, text, problem) from error


def error_of(
    request: Request[Any],
    answer: ApiResponse,
    url: str,
    credentials: Credentials,
    detail: str,
    problem: str = "",
) -> HTTPError:
    """Build the error of an answer: what was being done, what came back, what to do."""
    detail = credentials.redact(detail)
    error_class = type(error_for_status(answer.status_code, "", request.not_found))
    said = ": ".join(text for text in (problem, detail) if text) or "(no text)"
    lines = [
        f"{call_named(request)} failed: {request.method} {url} "
        f"answered {answer.status_code}{_phrase(answer.status_code)}: {said}"
    ]
    if advice := advice_on(request, answer.status_code, credentials):
        lines.append(advice)
    return error_class(
        "\n".join(lines),
        status_code=answer.status_code,
        detail=detail,
        method=request.method,
        url=url,
        headers={name: credentials.redact(value) for name, value in answer.headers.items()},
        operation=request.operation,
        retry_after=answer.retry_after,
    )


def call_named(request: Request[Any]) -> str:
    """Name what failed: the method that the user called, and the API operation behind it."""
    operation = request.operation
    return operation if request.called == operation else f"{request.called} ({operation})"


def _phrase(status_code: int) -> str:
    try:
        return f" {HTTPStatus(status_code).phrase}"
    except ValueError:
        return ""
