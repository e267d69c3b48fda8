"""Errors of the HTTP library, turned into those of this SDK."""

from __future__ import annotations

from typing import Any

import httpx

from fishjam._core.notes import with_notes
from fishjam._core.request import Request
from fishjam._http.hints import hint_unanswered, hint_unreached
from fishjam._http.responses import Failure, call_named
from fishjam.errors import FishjamConnectionError, FishjamTimeoutError

# These are raised before anything was sent, so nothing can have taken effect.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def failure_of(error: httpx.RequestError, request: Request[Any], url: str) -> Failure:
    """Describe a request that got no answer; the library's own error becomes the cause."""
    timed_out = isinstance(error, httpx.TimeoutException)
    error_class = FishjamTimeoutError if timed_out else FishjamConnectionError
    hint = _hint(error, request, url)
    described = error_class(
        _sentence(error), operation=request.operation, method=request.method, url=url, hint=hint
    )
    # What the library says can name hosts and proxies, so it is only a note.
    library = f"{type(error).__name__}: {error}".removesuffix(": ")
    done = f"{call_named(request)}: {request.method} {url} got no answer ({library})"
    described.__cause__ = error
    return Failure(
        with_notes(described, done, hint), may_have_arrived=not isinstance(error, _NEVER_SENT)
    )


def _hint(error: httpx.RequestError, request: Request[Any], url: str) -> str | None:
    if isinstance(error, httpx.PoolTimeout):
        return (
            "Nothing was sent: make fewer calls at once, or pass an http_client with more "
            "connections."
        )
    if isinstance(error, _NEVER_SENT):
        return hint_unreached(url)
    return hint_unanswered(request)


def _sentence(error: httpx.RequestError) -> str:
    """Say what happened in one sentence that can be shown to anybody."""
    sentences: tuple[tuple[type[httpx.RequestError], str], ...] = (
        (httpx.ConnectTimeout, "Connecting to the server took too long."),
        (httpx.PoolTimeout, "No connection became free in time."),
        (httpx.WriteTimeout, "Sending the request took too long."),
        (httpx.TimeoutException, "The server did not answer in time."),
        (httpx.ConnectError, "The server could not be reached."),
        (httpx.ProxyError, "The server could not be reached."),
        (httpx.DecodingError, "The answer of the server could not be decoded."),
        (httpx.TooManyRedirects, "The server redirected too many times."),
        (httpx.LocalProtocolError, "The request could not be sent."),
        (httpx.UnsupportedProtocol, "The request could not be sent."),
    )
    fitting = (text for kind, text in sentences if isinstance(error, kind))
    return next(fitting, "The connection to the server broke.")
