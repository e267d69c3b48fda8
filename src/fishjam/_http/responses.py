"""The outcome of one try to send a request, and the result or the error made of it. No I/O here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from attrs import field, frozen

from fishjam._core.decode import ShapeError
from fishjam._core.notes import with_notes
from fishjam._core.redaction import redact_headers
from fishjam._core.request import Request
from fishjam._http.credentials import Credentials
from fishjam._http.hints import hint_for
from fishjam._network.retry_after import parse_retry_after
from fishjam.errors import FishjamConnectionError, HTTPError, error_for_status

T = TypeVar("T")

_SAYS_NOTHING = frozenset({"", "{}", "[]", "null", '""'})
_MARKUP = re.compile(r"\s*<(!doctype|!--|\?xml|html|head|body|title|center|h1)\b", re.IGNORECASE)


@frozen
class ApiResponse:
    """A whole HTTP answer; header names are in lower case."""

    status_code: int
    # Tools that report errors show local variables; these hold tokens of peers.
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

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
    may_help_again: bool = True
    """Whether another try could end otherwise."""


def detail_of(response: ApiResponse) -> str:
    """Return what the server says of a failure; its status where it says nothing for people.

    That is the field that is made for it, or else the whole text. The pages of HTML that proxies
    answer with are none: they would be sent on to users as they are.
    """
    text = response.content.decode("utf-8", "replace")
    detail = _message_in(text)
    if detail.strip() in _SAYS_NOTHING or _MARKUP.match(detail):
        return status_line(response.status_code)
    return detail


def _message_in(text: str) -> str:
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(body, dict):
        # `errors` is the Fishjam API's, `message` the Composition API's; some have `detail`.
        for name in ("errors", "message", "detail"):
            if isinstance(body.get(name), str):
                return str(body[name])
    return text


def result_of(
    request: Request[T],
    response: ApiResponse,
    url: str,
    credentials: Credentials,
    *,
    strict: bool = False,
) -> T:
    """Return what the request's reader makes of a good answer; raise the error of any other.

    With `strict` a good status is good only where the API's document promises it.
    """
    if not response.is_success:
        raise error_of(request, response, url, credentials, detail_of(response))
    if strict and response.status_code not in request.statuses:
        text = f"The API does not promise the status {status_line(response.status_code)} here."
        raise error_of(request, response, url, credentials, text)
    try:
        return request.read(response.content)
    except ShapeError as error:
        # The answer itself is left out: it may hold tokens of peers.
        text = f"The answer is not what the API promises: {error}"
        raise error_of(request, response, url, credentials, text) from error


def error_of(
    request: Request[Any],
    response: ApiResponse,
    url: str,
    credentials: Credentials,
    detail: str,
) -> HTTPError:
    """Build the error of an answer: its text, and notes on what was being done and what to do."""
    redact = credentials.redact
    status_code, url = response.status_code, redact(url)
    error_class = type(error_for_status(status_code, "", request.not_found))
    hint = hint_for(request, status_code, credentials)
    error = error_class(
        redact(detail),
        status_code=status_code,
        detail=redact(detail),
        method=request.method,
        url=url,
        headers=redact_headers(response.headers, [credentials.management_token]),
        operation=request.operation,
        retry_after=response.retry_after,
        hint=hint,
    )
    done = f"{call_named(request)}: {request.method} {url} answered {status_line(status_code)}"
    return with_notes(error, done, hint)


def call_named(request: Request[Any]) -> str:
    """Name what failed: the method that the user called, and the API operation behind it."""
    operation = request.operation
    return operation if request.called == operation else f"{request.called} ({operation})"


def status_line(status_code: int) -> str:
    """Return a status with its phrase, for example "404 Not Found"."""
    try:
        return f"{status_code} {HTTPStatus(status_code).phrase}"
    # Proxies also answer with statuses that no standard gives a phrase.
    except ValueError:
        return str(status_code)
