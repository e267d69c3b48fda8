"""Opening the connection: in time, or with an error that says what was done and what came back."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

import anyio
from attrs import frozen

from fishjam._concurrency.groups import root_of
from fishjam._websocket.close_info import describe
from fishjam._websocket.engine import Progress
from fishjam._websocket.http_response import HttpResponseReader
from fishjam._websocket.options import SocketOptions
from fishjam._websocket.proxies import Proxy
from fishjam._websocket.url import WebSocketUrl
from fishjam.errors import (
    HandshakeRefusedError,
    ProxyRefusedError,
    RedirectRefusedError,
    SocketOpenError,
    SocketOpenTimeoutError,
    TlsError,
)

T = TypeVar("T")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ADVICE = {
    401: "Check the token and the address.",
    403: "Check the token and the address.",
    404: "Check the address: there is no WebSocket under it.",
    407: "Put the proxy's user name and password into its URL.",
}
_LONGEST_QUOTE = 100
_LATER = "The server cannot take it now: try again later."


class OpeningFailed(Exception):  # noqa: N818 - a signal from an engine, never seen outside
    """The connection did not come about."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(cause)
        # Not in `__cause__`, which an older trio takes away on the way.
        self.cause = cause


@frozen
class ConnectPlan:
    """Where to connect to, through which proxy, and with which options."""

    target: WebSocketUrl
    proxy: Proxy | None
    options: SocketOptions

    @classmethod
    def of(cls, target: WebSocketUrl, options: SocketOptions) -> ConnectPlan:
        """Choose the proxy; raises `ConfigurationError` for a proxy that cannot be used."""
        return cls(target, options.proxy_for(target), options)

    @property
    def first_hop(self) -> tuple[str, int]:
        """Host and port to connect to."""
        hop = self.proxy or self.target
        return hop.host, hop.port


async def open_in_time(
    plan: ConnectPlan, progress: Progress, opening: Callable[[], Awaitable[T]]
) -> T:
    """Run an engine's opening under the time limit, and turn its failure into our error."""
    with anyio.move_on_after(plan.options.open_timeout):
        try:
            return await opening()
        except OpeningFailed as failed:
            cause = root_of(failed.cause)
            raise _error(plan, progress, cause) from cause
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
    if response.surplus:
        raise OpeningFailed(ConnectionError("the proxy sent more than its answer"))


def _error(plan: ConnectPlan, progress: Progress, cause: BaseException) -> SocketOpenError:
    response = progress.response
    if response is not None and response.is_refusal:
        return _refusal(plan, progress, response)
    what = f"Opening the WebSocket {plan.target} failed while {progress.doing}"
    said = plan.options.redact(_what_came(response, cause), plan.proxy)
    if isinstance(cause, ssl.SSLError):
        return TlsError(
            f"{what}: {said}.\nCheck the address and the server's certificate; `ssl_context` says "
            "what is trusted.",
            url=str(plan.target),
        )
    if isinstance(cause, TimeoutError):
        return SocketOpenTimeoutError(f"{what}: {said}.", url=str(plan.target))
    return SocketOpenError(
        f"{what}: {said}.\nCheck the address, and that there is a WebSocket server behind it.",
        url=str(plan.target),
    )


def _what_came(response: HttpResponseReader | None, cause: BaseException) -> str:
    has_errno = isinstance(cause, OSError) and cause.errno is not None
    if response is None or has_errno or response.is_positive:
        return describe(cause)
    if not response.raw:
        return "the other side hung up without an answer"
    return f"the answer is not HTTP, or only half of one: {bytes(response.raw[:_LONGEST_QUOTE])!r}"


def _timeout_error(plan: ConnectPlan, progress: Progress) -> SocketOpenError:
    response = progress.response
    if response is not None and response.is_refusal:
        return _refusal(plan, progress, response)
    return SocketOpenTimeoutError(
        f"Opening the WebSocket {plan.target} took longer than {plan.options.open_timeout:g} s "
        f"(`open_timeout`), and ended while {progress.doing}.",
        url=str(plan.target),
    )


def _refusal(
    plan: ConnectPlan, progress: Progress, response: HttpResponseReader
) -> SocketOpenError:
    status = response.status or 0
    who = f"the proxy {plan.proxy}" if progress.through_proxy else "the server"
    detail = plan.options.redact(response.detail, plan.proxy)
    what = f"Opening the WebSocket {plan.target} failed: {who} answered {status}{_phrase(status)}"
    said = f"{what}: {detail or '(no text)'}\n{_advice(status)}".rstrip()
    if progress.through_proxy:
        return ProxyRefusedError(said, status_code=status, url=str(plan.target))
    headers = {name: plan.options.redact(value) for name, value in response.headers.items()}
    error_class = HandshakeRefusedError
    if status in _REDIRECTS:
        error_class = RedirectRefusedError
        # What follows the question mark is often secret.
        headers["location"] = location = headers.get("location", "").partition("?")[0]
        said = (
            f"{what}, pointing to {location or 'nowhere'}.\n"
            "Redirects are not followed, so that a token goes nowhere else: check the address."
        )
    return error_class(
        said, status_code=status, detail=detail, headers=headers, url=str(plan.target)
    )


def _advice(status: int) -> str:
    return _ADVICE.get(status, _LATER if status >= 500 or status == 429 else "")


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
