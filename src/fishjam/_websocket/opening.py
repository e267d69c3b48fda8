"""Opening the connection: in time, or with an error that says what was done and what came back."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

import anyio
from attrs import field, frozen

from fishjam._concurrency.groups import root_of
from fishjam._core.notes import with_notes
from fishjam._core.redaction import redact, redact_headers
from fishjam._network.hosts import is_loopback
from fishjam._network.retry_after import parse_retry_after
from fishjam._websocket.close_info import describe, without_secrets
from fishjam._websocket.http_response import HttpResponseReader
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.url import Proxy, WebSocketUrl
from fishjam.errors import (
    HandshakeRefusedError,
    ProxyRefusedError,
    RedirectRefusedError,
    SocketOpenError,
    SocketOpenTimeoutError,
    TlsError,
)

T = TypeVar("T")

HANDSHAKE = "waiting for the server's answer to the handshake"

_UNREACHED = "The server could not be reached."
_NOT_RUNNING = "Check the address. Does the emulator run (`fishjam emulator`)?"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HINTS = {
    401: "Check the token and the address.",
    403: "Check the token and the address.",
    404: "Check the address: there is no WebSocket under it.",
    407: "Put the proxy's user name and password into its URL.",
}
_LATER = "The server cannot take the connection now: try again later."
_NOT_FOLLOWED = "Redirects are not followed, so that a token goes nowhere else: check the address."
# Shorter tokens, as tests use them, occur in any text.
_SHORTEST_TOKEN = 4
_LONGEST_QUOTE = 100
_LONGEST_DETAIL = 300
# More than is quoted, so that a token that begins in the quote is seen as a whole.
_LONGEST_LOOK = 4096


class OpeningFailed(Exception):  # noqa: N818 - a signal from an engine, never seen outside
    """The connection did not come about."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(cause)
        # Not in `__cause__`, which an older trio takes away on the way.
        self.cause = cause


class Progress:
    """How far opening a connection has come, for the error if it fails."""

    def __init__(self) -> None:
        self.doing = ""
        """What is being done, to follow "while"."""
        self.response: HttpResponseReader | None = None
        """What has come back over HTTP."""
        self.through_proxy = False
        """Whether that is the proxy's response."""
        self.lost: Exception | None = None
        """The system's error when the connection broke, where the library does not pass it on."""

    def note(self, doing: str) -> None:
        """Note a step in which nothing comes back over HTTP."""
        self.doing = doing
        self.response = None

    def ask(self, doing: str, *, through_proxy: bool = False) -> HttpResponseReader:
        """Note that a request goes out, and return the reader for its response."""
        self.doing = doing
        self.through_proxy = through_proxy
        self.response = HttpResponseReader(to_connect=through_proxy)
        return self.response


@frozen
class ConnectPlan:
    """Where to connect to, through which proxy, and with which options."""

    target: WebSocketUrl
    proxy: Proxy | None
    options: SocketOptions
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Tokens that the server will know, and must not bring into an error or a log."""

    @classmethod
    def of(
        cls, target: WebSocketUrl, options: SocketOptions, secrets: tuple[str, ...] = ()
    ) -> ConnectPlan:
        """Choose the proxy; raises `ConfigurationError` for a proxy that cannot be used."""
        proxy = options.proxy_for(target)
        tokens = [secret for secret in secrets if len(secret) >= _SHORTEST_TOKEN]
        known = (*tokens, *options.secrets, *(proxy.secrets if proxy else ()))
        return cls(target, proxy, options, known)

    @property
    def first_hop(self) -> tuple[str, int]:
        """Host and port to connect to."""
        hop = self.proxy or self.target
        return hop.host, hop.port

    def redact(self, text: str) -> str:
        """Take the secrets of this connection out of a text that comes from outside."""
        return redact(text, self.secrets)


async def open_in_time(
    plan: ConnectPlan, progress: Progress, opening: Callable[[], Awaitable[T]]
) -> T:
    """Run an engine's opening under the time limit, and turn its failure into our error."""
    cause: BaseException | None = None
    with anyio.move_on_after(plan.options.open_timeout):
        try:
            return await opening()
        except OpeningFailed as failed:
            cause = root_of(failed.cause)
    # Out here, so that the error is not linked with one that may hold a secret.
    if cause is not None:
        raise _error(plan, progress, cause) from without_secrets(cause, plan.redact)
    raise _timeout_error(plan, progress)


async def open_tunnel(
    plan: ConnectPlan,
    proxy: Proxy,
    progress: Progress,
    send: Callable[[bytes], Awaitable[None]],
    receive: Callable[[], Awaitable[bytes]],
) -> None:
    """Ask a proxy for a tunnel over a connection to it; raises `OpeningFailed`."""
    response = progress.ask(f"asking the proxy {proxy} for a tunnel", through_proxy=True)
    await send(proxy.connect_request(plan.target, plan.options.user_agent))
    while not response.complete:
        response.feed(await receive())
    if not response.is_positive:
        raise OpeningFailed(ConnectionError("the proxy opened no tunnel"))
    # In TLS and in the handshake this side speaks first, so it cannot be from the server.
    if response.surplus:
        raise OpeningFailed(ConnectionError("the proxy sent more than its answer"))


def _error(plan: ConnectPlan, progress: Progress, cause: BaseException) -> SocketOpenError:
    response = progress.response
    if response is not None and response.is_refusal:
        return _refusal(plan, progress, response)
    came = plan.redact(_what_came(plan, response, cause))
    error_class, sentence, hint = _kind_of(plan, response, cause)
    done = f"Opening the WebSocket {plan.target} failed while {progress.doing}: {came}"
    return _noted(error_class(sentence, url=str(plan.target)), plan, done, hint)


def _kind_of(
    plan: ConnectPlan, response: HttpResponseReader | None, cause: BaseException
) -> tuple[type[SocketOpenError], str, str]:
    if isinstance(cause, ssl.SSLError):
        return (
            TlsError,
            "No secure connection to the server could be made.",
            "Check the address and the server's certificate. What is trusted can be set with "
            "`ssl_context`, or with the environment variable SSL_CERT_FILE.",
        )
    if isinstance(cause, TimeoutError):
        return SocketOpenTimeoutError, "Connecting to the server took too long.", ""
    if isinstance(cause, ConnectionRefusedError) and is_loopback(plan.first_hop[0]):
        return SocketOpenError, _UNREACHED, _NOT_RUNNING
    return (
        SocketOpenError,
        _UNREACHED if response is None else "The server did not answer as a WebSocket does.",
        "Check the address, and that there is a WebSocket server behind it.",
    )


def _what_came(plan: ConnectPlan, response: HttpResponseReader | None, cause: BaseException) -> str:
    has_errno = isinstance(cause, OSError) and cause.errno is not None
    if response is not None and response.problem:
        return f"the answer has {response.problem}"
    if response is None or has_errno or response.is_positive:
        return describe(cause)
    if not response.raw:
        return "the other side hung up without an answer"
    begin = plan.redact(bytes(response.raw[:_LONGEST_LOOK]).decode("latin-1")).encode("latin-1")
    return f"the answer is not HTTP, or only half of one: {begin[:_LONGEST_QUOTE]!r}"


def _timeout_error(plan: ConnectPlan, progress: Progress) -> SocketOpenError:
    response = progress.response
    if response is not None and response.is_refusal:
        return _refusal(plan, progress, response)
    return _noted(
        SocketOpenTimeoutError("Connecting to the server took too long.", url=str(plan.target)),
        plan,
        f"Opening the WebSocket {plan.target} took longer than {plan.options.open_timeout:g} s "
        f"(`open_timeout`), and ended while {progress.doing}.",
    )


def _refusal(
    plan: ConnectPlan, progress: Progress, response: HttpResponseReader
) -> SocketOpenError:
    status = response.status or 0
    line = f"{status} {_phrase(status)}".rstrip()
    detail = plan.redact(response.detail)
    failed = f"Opening the WebSocket {plan.target} failed:"
    if not progress.through_proxy:
        done = f"{failed} the server answered {line}"
        return _handshake_refusal(plan, response, line, detail, done)
    return _noted(
        ProxyRefusedError(
            "The server could not be reached.", status_code=status, url=str(plan.target)
        ),
        plan,
        f"{failed} the proxy {plan.proxy} answered {line}: {detail or '(no text)'}",
        _hint(status),
    )


def _handshake_refusal(
    plan: ConnectPlan, response: HttpResponseReader, line: str, detail: str, done: str
) -> SocketOpenError:
    status = response.status or 0
    headers = redact_headers(response.headers, plan.secrets)
    if status in _REDIRECTS:
        # What follows the question mark is often secret.
        headers["location"] = location = headers.get("location", "").partition("?")[0]
        error_class: type[HandshakeRefusedError] = RedirectRefusedError
        sentence = f"The server redirected the connection ({line})."
        notes = [f"{done}, pointing to {location or 'nowhere'}", _NOT_FOLLOWED]
    else:
        error_class = HandshakeRefusedError
        # A page of HTML is meant for browsers, and would be passed on to users as it is.
        quote = "" if detail.startswith("<") else " ".join(detail.split())[:_LONGEST_DETAIL]
        sentence = f"The server refused the connection: {line}" + (quote and f": {quote}")
        notes = [done, _hint(status)]
    error = error_class(
        sentence,
        status_code=status,
        detail=detail,
        headers=headers,
        retry_after=parse_retry_after(headers.get("retry-after")),
        url=str(plan.target),
    )
    return _noted(error, plan, *notes)


def _noted(error: SocketOpenError, plan: ConnectPlan, *notes: str) -> SocketOpenError:
    """Add notes to an error, and the way through a proxy if there is one."""
    way = f"It went through the proxy {plan.proxy} ({plan.proxy.source})." if plan.proxy else None
    return with_notes(error, *notes, way)


def _hint(status: int) -> str:
    return _HINTS.get(status, _LATER if status >= 500 or status == 429 else "")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
