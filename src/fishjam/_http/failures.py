"""Errors of the HTTP library, turned into those of this SDK."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from fishjam._core.notes import with_notes
from fishjam._core.request import Request
from fishjam._http.hints import hint_unanswered, hint_unreached
from fishjam._http.responses import Failure, call_named
from fishjam.errors import (
    FishjamConnectionError,
    FishjamTimeoutError,
    ResponseTooLargeError,
)

# The errors of httpx and httpx2 have the same names, and here they are told apart by them, so that
# a library that is not installed need not be imported. The names of `signals` are among them.

# These are raised before anything was sent, so nothing can have taken effect.
_NEVER_SENT = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "PoolTimeoutError", "ProxyError"}
)
_TIMEOUTS = frozenset({"TimeoutException", "PoolTimeoutError", "TotalTimeoutError"})
_TOO_LARGE = frozenset({"BodySizeError", "InterimResponsesError"})
_SENTENCES = {
    "ConnectTimeout": "Connecting to the server took too long.",
    "PoolTimeout": "No connection became free in time.",
    "PoolTimeoutError": "No connection became free in time.",
    "WriteTimeout": "Sending the request took too long.",
    "TimeoutException": "The server did not answer in time.",
    "TotalTimeoutError": "The server did not answer in time.",
    "ConnectError": "The server could not be reached.",
    "ProxyError": "The server could not be reached.",
    "DecodingError": "The answer of the server could not be decoded.",
    "BodyEncodingError": "The answer of the server could not be decoded.",
    "BodySizeError": "The answer of the server is too large.",
    "InterimResponsesError": "The server sends interim responses without end.",
    "TooManyRedirects": "The server redirected too many times.",
    "LocalProtocolError": "The request could not be sent.",
    "UnsupportedProtocol": "The request could not be sent.",
}


def redact_errors(error: BaseException, redact: Callable[[str], str]) -> None:
    """Take the SDK's own token out of an error of the library, and out of those that led to it.

    They quote what a server sends that is not HTTP, and that may be what it was sent.
    """
    seen: set[int] = set()
    step: BaseException | None = error
    while step is not None and id(step) not in seen:
        seen.add(id(step))
        args = tuple(redact(arg) if isinstance(arg, str) else arg for arg in step.args)
        if args != step.args:
            step.args = args
        step = step.__cause__ or step.__context__


def failure_of(error: Exception, request: Request[Any], url: str) -> Failure:
    """Describe a request that got no answer; the library's own error becomes the cause."""
    names = _names(error)
    hint = _hint(names, request, url)
    described = _class_for(names)(
        _sentence(names), operation=request.operation, method=request.method, url=url, hint=hint
    )
    # What the library says can name hosts and proxies, so it is only a note.
    library = f"{names[0]}: {error}".removesuffix(": ") + _system_error(error)
    done = f"{call_named(request)}: {request.method} {url} got no answer ({library})"
    described.__cause__ = error
    return Failure(
        with_notes(described, done, hint),
        may_have_arrived=_NEVER_SENT.isdisjoint(names),
        may_help_again=_TOO_LARGE.isdisjoint(names),
    )


def was_never_sent(error: FishjamConnectionError) -> bool:
    """Tell whether an error that was made here is of a request that did not leave."""
    return not _NEVER_SENT.isdisjoint(_names(error.__cause__))


def _names(error: BaseException | None) -> list[str]:
    return [kind.__name__ for kind in type(error).__mro__]


def _system_error(error: BaseException) -> str:
    """Return what the system said, where the library's own text leaves it out; else nothing."""
    step: BaseException | None = error
    while step is not None:
        if isinstance(step, OSError) and step.errno:
            text = os.strerror(step.errno)
            return "" if text in str(error) else f"; {text}"
        # trio tries all addresses of a host, and raises all that it met.
        several = getattr(step, "exceptions", None)
        step = several[0] if several else step.__cause__ or step.__context__
    return ""


def _class_for(names: list[str]) -> type[FishjamConnectionError]:
    if not _TOO_LARGE.isdisjoint(names):
        return ResponseTooLargeError
    return FishjamConnectionError if _TIMEOUTS.isdisjoint(names) else FishjamTimeoutError


def _hint(names: list[str], request: Request[Any], url: str) -> str | None:
    if not {"PoolTimeout", "PoolTimeoutError"}.isdisjoint(names):
        return (
            "Nothing was sent: make fewer calls at once, or pass an http_client with more "
            "connections."
        )
    if "BodySizeError" in names:
        return "If it is meant to be that large, give the client a larger max_response_size."
    if not _NEVER_SENT.isdisjoint(names):
        return hint_unreached(url)
    return hint_unanswered(request)


def _sentence(names: list[str]) -> str:
    """Say what happened in one sentence that can be shown to anybody."""
    # From the class to its bases: ReadTimeout has no sentence, its base TimeoutException has one.
    fitting = (_SENTENCES[name] for name in names if name in _SENTENCES)
    return next(fitting, "The connection to the server broke.")
