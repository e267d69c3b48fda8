"""What came of one try to send a request, and what the caller gets of it. No I/O here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

from attrs import frozen

from fishjam._core.reading import ShapeError
from fishjam._core.request import Request
from fishjam._http.credentials import Credentials
from fishjam.errors import FishjamConnectionError, HTTPError, error_for_status

T = TypeVar("T")

_ADVICE: Mapping[int, str] = {
    401: "Check that the management token belongs to this Fishjam.",
    402: "The quota of the account is used up.",
    403: "The management token may not do this.",
    429: "Too many requests: send fewer, or wait as long as `retry_after` says.",
    503: "The service is not available now: try again later.",
}


@frozen
class Answer:
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


def result_of(request: Request[T], answer: Answer, url: str, credentials: Credentials) -> T:
    """Return what the request's reader makes of a good answer; raise the error of any other."""
    if not answer.is_success:
        raise error_of(request, answer, url, credentials, detail_of(answer.content))
    try:
        return request.read(answer.content)
    except ShapeError as error:
        text = answer.content.decode("utf-8", "replace")
        problem = f"the answer is not what the API promises ({error})"
        raise error_of(request, answer, url, credentials, text, problem) from error


def error_of(
    request: Request[Any],
    answer: Answer,
    url: str,
    credentials: Credentials,
    detail: str,
    problem: str = "",
) -> HTTPError:
    """Build the error of an answer: what was being done, what came back, what to do."""
    detail = credentials.redact(detail)
    error_class = type(error_for_status(answer.status_code, ""))
    said = ": ".join(text for text in (problem, detail) if text) or "(no text)"
    lines = [
        f"{request.operation} failed: {request.method} {url} "
        f"answered {answer.status_code}{_phrase(answer.status_code)}: {said}"
    ]
    advice = _ADVICE.get(answer.status_code)
    if 300 <= answer.status_code < 400:
        advice = "Redirects are not followed, so that the token goes nowhere else: check the URL."
    if advice:
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


def _phrase(status_code: int) -> str:
    try:
        return f" {HTTPStatus(status_code).phrase}"
    except ValueError:
        return ""
