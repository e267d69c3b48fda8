"""The check before every route and socket: which host a client asks for, and which web page asks.

The emulator's default token is publicly known, and every web page in a developer's browser can
reach this machine. So a page from elsewhere is refused, even if its host name resolves to this
machine.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any
from urllib.parse import urlsplit

from fishjam._network.hosts import ascii_host, bracketed, is_ip_address, is_loopback
from fishjam.emulator._model.refusals import RequestRefused
from fishjam.emulator._rest.responses import RestResponse, refusal_response
from fishjam.emulator._rest.routes import Routes, split_path

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

LIVE_PREFIX = "/api/v1/live/api/"
"""What the paths of WHIP and WHEP begin with; their CORS headers are their own."""

CONTROL_PREFIX = "/_emulator/"
"""What the paths begin with that only the emulator's own page and programs use."""

_HOST = re.compile(r"(\[[0-9a-f:.%]+\]|[^\[\]:/@?#\s]+)(?::[0-9]{0,5})?", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOCAL_ORIGINS = frozenset({"localhost", "127.0.0.1", "::1"})
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104
_PEER_SOCKET = ["socket", "peer", "websocket"]
_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_EXPOSED = b"x-fishjam-api-deprecated, content-range, etag, retry-after"
_MAX_AGE = b"600"


class Misdirected(RequestRefused):
    """The request is for a host that the emulator does not serve."""

    status = 421


class ForeignOrigin(RequestRefused):
    """The request comes from a web page that may not use the emulator."""

    status = 403


class AccessRules:
    """Which hosts and origins the emulator serves.

    Args:
        host: the address that it listens on.
        public_url: the address that it hands out, if that is another one.
        allow_origins: the origins of web pages that may use it besides those of this machine.

    Raises:
        ValueError: if an allowed origin is not of the form `scheme://host` or `scheme://host:port`.
    """

    def __init__(self, host: str, public_url: str | None, allow_origins: Collection[str]) -> None:
        named = {host, (public_url and urlsplit(public_url).hostname) or host}
        self._hosts = frozenset(map(_in_ascii, named))
        self._takes_addresses = host in _WILDCARDS
        self._origins = frozenset(_allowed(origin) for origin in allow_origins)

    def check_host(self, header: str) -> None:
        """Check the Host of a request.

        Raises:
            Misdirected: if the emulator does not serve that host.
        """
        match = _HOST.fullmatch(header)
        host = match[1].strip("[]").lower() if match else ""
        if host in self._hosts or is_loopback(host):
            return
        # An address in numbers cannot be a name that someone made resolve to this machine.
        if self._takes_addresses and is_ip_address(host):
            return
        raise Misdirected(
            f"this emulator does not serve the host {header!r}: start it with "
            "--public-url, Emulator(public_url=...), to reach it under that name"
        )

    def check_origin(self, origin: str, host: str) -> None:
        """Check the Origin of a request.

        Args:
            origin: the header.
            host: the Host of the same request, which was checked.

        Raises:
            ForeignOrigin: if pages of that origin may not use the emulator.
        """
        if _is_local(origin) or _normalized(origin) in self._origins or is_own(origin, host):
            return
        raise ForeignOrigin(
            f"web pages of {origin!r} may not use this emulator: start it with --allow-origin, "
            "Emulator(allow_origins=[...]), if they are yours"
        )


class Gate:
    """An ASGI application that lets requests through to another one, or answers them itself.

    Args:
        app: the application behind it.
        rules: which hosts and origins are served.
        routes: tells in which form an API answers a refused request.
    """

    def __init__(self, app: AsgiApp, rules: AccessRules, routes: Routes) -> None:
        self._app = app
        self._rules = rules
        self._routes = routes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request or one WebSocket."""
        try:
            origin = self._check(scope)
        except RequestRefused as refusal:
            api = self._routes.api_at(scope["raw_path"].decode("latin-1"))
            await _respond(scope, receive, send, refusal_response(api, refusal))
            return
        if origin is None:
            await self._app(scope, receive, send)
        elif _is_preflight(scope):
            await _respond(scope, receive, send, _preflight(scope, origin))
        else:
            await self._app(scope, receive, _with_cors(send, origin))

    def _check(self, scope: Any) -> bytes | None:
        """Return the origin that an answer has to name, or None if it names none."""
        hosts = _values(scope["headers"], b"host")
        # Two Host headers make a text that is not a host name, so neither can hide the other.
        host = ", ".join(value.decode("latin-1") for value in hosts)
        self._rules.check_host(host)
        origins = _values(scope["headers"], b"origin")
        if not origins or _takes_any_origin(scope):
            return None
        texts = [origin.decode("latin-1") for origin in origins]
        if scope["path"].startswith(CONTROL_PREFIX):
            _check_own(texts, host)
            return None
        for origin in texts:
            self._rules.check_origin(origin, host)
        # Browsers have no CORS for WebSockets: the check above is all that there is.
        return None if scope["type"] == "websocket" else origins[0]


def _takes_any_origin(scope: Any) -> bool:
    """Tell whether what a path leads to has a token of the user's own, from any page."""
    if scope["type"] == "websocket":
        return split_path(scope["raw_path"].decode("latin-1"))[0] == _PEER_SOCKET
    return bool(scope["path"].startswith(LIVE_PREFIX))


def is_own(origin: str, host: str) -> bool:
    """Tell whether an Origin is that of the emulator itself, under the Host it is reached by."""
    own = (_normalized(f"{scheme}://{host}") for scheme in _DEFAULT_PORTS)
    return _parts(origin) is not None and _normalized(origin) in own


def _check_own(origins: Iterable[str], host: str) -> None:
    for origin in origins:
        if not is_own(origin, host):
            raise ForeignOrigin(
                f"web pages of {origin!r} may not use the control API, which is for the "
                "emulator's own page and for programs"
            )


def _is_local(origin: str) -> bool:
    parts = _parts(origin)
    return parts is not None and parts[1] in _LOCAL_ORIGINS


def _normalized(origin: str) -> str | None:
    parts = _parts(origin)
    if parts is None:
        return None
    scheme, host, port = parts
    return f"{scheme}://{bracketed(host)}:{port}"


def _parts(origin: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an origin; None for `null` and what is not one."""
    origin = origin.lower()
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    host, default = parts.hostname, _DEFAULT_PORTS.get(parts.scheme)
    # An origin has no path, no query and no user name.
    is_plain = "@" not in parts.netloc and f"{parts.scheme}://{parts.netloc}" == origin
    if not host or default is None or not is_plain:
        return None
    return parts.scheme, host, default if port is None else port


def _allowed(origin: str) -> str:
    parts = _parts(origin.rstrip("/"))
    if parts is None:
        raise ValueError(
            f"an allowed origin has the form https://host or https://host:port, not {origin!r}"
        )
    scheme, host, port = parts
    return f"{scheme}://{bracketed(_in_ascii(host))}:{port}"


def _in_ascii(host: str) -> str:
    # Clients and browsers send the name so, however it was written in the settings.
    return host.lower() if host.isascii() else ascii_host(host)


def _values(headers: Headers, wanted: bytes) -> list[bytes]:
    # ASGI has the names in lower case.
    return [value for name, value in headers if name == wanted]


def _is_preflight(scope: Any) -> bool:
    asks = _values(scope["headers"], b"access-control-request-method")
    return scope["method"] == "OPTIONS" and bool(asks)


def _preflight(scope: Any, origin: bytes) -> RestResponse:
    asked = b", ".join(_values(scope["headers"], b"access-control-request-headers"))
    headers = {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": asked or b"authorization, content-type",
        "access-control-max-age": _MAX_AGE,
        "vary": b"Origin",
    }
    return RestResponse(204, {name: value.decode("latin-1") for name, value in headers.items()})


def _with_cors(send: Any, origin: bytes) -> Any:
    """Let the answer say that the page may read it."""

    async def send_with_cors(message: Any) -> None:
        if message["type"] == "http.response.start":
            cors = [
                (b"access-control-allow-origin", origin),
                (b"access-control-expose-headers", _EXPOSED),
                # A cache must not give the answer for one origin to another.
                (b"vary", b"Origin"),
            ]
            message = {**message, "headers": [*message.get("headers", ()), *cors]}
        await send(message)

    return send_with_cors


async def _respond(scope: Any, receive: Any, send: Any, response: RestResponse) -> None:
    kind = "http"
    headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in response.headers.items()]
    if scope["type"] == "websocket":
        # The handshake is announced before it may be answered.
        await receive()
        kind = "websocket.http"
    elif response.status != 204:
        # The body is not read, so the connection cannot be used again.
        headers.append((b"connection", b"close"))
    start = {"type": f"{kind}.response.start", "status": response.status, "headers": headers}
    await send(start)
    await send({"type": f"{kind}.response.body", "body": response.content})
