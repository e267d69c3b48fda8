"""What the HTTP library raises, turned into errors of this SDK."""

from __future__ import annotations

from typing import Any

import httpx

from fishjam._core.request import Request
from fishjam._http.hints import advice_unanswered, advice_unreached
from fishjam._http.responses import Failure, call_named
from fishjam.errors import FishjamConnectionError, FishjamTimeoutError

# With these the request never left: nothing can have taken effect.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def failure_of(error: httpx.RequestError, request: Request[Any], url: str) -> Failure:
    """Describe a request that got no answer; the library's own error becomes the cause."""
    timed_out = isinstance(error, httpx.TimeoutException)
    error_class = FishjamTimeoutError if timed_out else FishjamConnectionError
    said = f": {error}" if str(error) else ""
    text = (
        f"{call_named(request)} failed: {request.method} {url} got no answer "
        f"({_reason(error)}{said})"
    )
    advice = _advice(error, request, url)
    described = error_class(
        f"{text}\n{advice}" if advice else text,
        operation=request.operation,
        method=request.method,
        url=url,
    )
    described.__cause__ = error
    return Failure(described, may_have_arrived=not isinstance(error, _NEVER_SENT))


def _advice(error: httpx.RequestError, request: Request[Any], url: str) -> str:
    if isinstance(error, httpx.PoolTimeout):
        return (
            "Nothing was sent: make fewer calls at once, or pass an http_client with more "
            "connections."
        )
    if isinstance(error, _NEVER_SENT):
        return advice_unreached(url)
    return advice_unanswered(request)


def _reason(error: httpx.RequestError) -> str:
    reasons: tuple[tuple[type[httpx.RequestError], str], ...] = (
        (httpx.ConnectTimeout, "connecting took too long"),
        (httpx.PoolTimeout, "no connection of the pool became free in time"),
        (httpx.WriteTimeout, "sending took too long"),
        (httpx.ReadTimeout, "the server did not answer in time"),
        (httpx.ConnectError, "the connection could not be made"),
        (httpx.ProxyError, "the proxy refused"),
        (httpx.DecodingError, "the answer could not be decoded"),
        (httpx.ProtocolError, "the connection broke"),
        (httpx.NetworkError, "the connection broke"),
    )
    return next((text for kind, text in reasons if isinstance(error, kind)), type(error).__name__)
