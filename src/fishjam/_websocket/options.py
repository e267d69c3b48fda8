"""How WebSockets are made and kept: the settings that a user may change."""

from __future__ import annotations

import os
import platform
import re
import ssl
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from attrs import Attribute, field, frozen

from fishjam._core.annotations import resolve_annotations
from fishjam._core.seconds import is_seconds
from fishjam._network.tls import default_context_off_loop
from fishjam._version import __version__
from fishjam._websocket.url import Proxy, WebSocketUrl, proxy_from_environment
from fishjam.errors import ConfigurationError

# A token of RFC 9110. In a value, a line break would begin another header.
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?")
_OURS = re.compile(r"host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*")


# Shorter words in headers are not secrets, and they occur in any text.
_SHORTEST_SECRET = 8


Engine = Literal["websockets", "picows"]
"""The libraries that can make WebSockets on asyncio."""

_ENGINES: tuple[Engine, ...] = get_args(Engine)
ENGINE_VARIABLE = "FISHJAM_WEBSOCKET_ENGINE"


def engine_from_environment() -> Engine | None:
    """Return the library that the environment asks for, or None for the fastest there is.

    Raises `ConfigurationError` for one that is not known.
    """
    engine = os.environ.get(ENGINE_VARIABLE)
    if not engine:
        return None
    if engine not in _ENGINES:
        raise ConfigurationError(f"{ENGINE_VARIABLE}={engine}: use one of {_ENGINES}")
    return engine


class FromEnvironment:
    """Stands for a proxy that the environment may name."""

    def __repr__(self) -> str:
        return "FROM_ENVIRONMENT"


FROM_ENVIRONMENT: Final = FromEnvironment()


def _seconds(least: float, *, or_none: bool) -> Any:
    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        if or_none and value is None:
            return
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        # Written so that NaN is refused too.
        if not (is_number and value >= least and is_seconds(value)):
            choice = ", or None" if or_none else ""
            raise ConfigurationError(
                f"{attribute.name}={value!r}: give seconds, at least {least:g}{choice}"
            )

    return check


def _check_size(_: object, attribute: Attribute[Any], value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigurationError(f"{attribute.name}={value!r}: give bytes, at least 1")


def _check_headers(_: object, __: Attribute[Any], value: Mapping[str, str]) -> None:
    for name, text in value.items():
        if not (_is_name(name) and _is_value(text)):
            raise ConfigurationError(f"headers: {name!r} or its value cannot travel in a header")
        if _OURS.fullmatch(name.lower()):
            raise ConfigurationError(f"headers: {name!r} belongs to the handshake itself")


def _is_name(text: Any) -> bool:
    return isinstance(text, str) and _HEADER_NAME.fullmatch(text) is not None


def _is_value(text: Any) -> bool:
    return isinstance(text, str) and (not text or _HEADER_VALUE.fullmatch(text) is not None)


def _copied(headers: Mapping[str, str]) -> Mapping[str, str]:
    if not isinstance(headers, Mapping):
        raise ConfigurationError(f"headers must be a dict, not {type(headers).__name__}")
    return dict(headers)


def _check_proxy(_: object, __: Attribute[Any], value: Any) -> None:
    if isinstance(value, str):
        Proxy.of(value)
    elif value is not None and not isinstance(value, FromEnvironment):
        raise ConfigurationError(f"proxy must be a URL as a str, not {type(value).__name__}")


def _check_engine(_: object, __: Attribute[Any], value: Any) -> None:
    if value is not None and value not in _ENGINES:
        raise ConfigurationError(f"engine={value!r}: use one of {_ENGINES}, or None")


def _check_context(_: object, __: Attribute[Any], value: Any) -> None:
    if value is not None and not isinstance(value, ssl.SSLContext):
        raise ConfigurationError(f"ssl_context must be an SSLContext, not {type(value).__name__}")


def _show_proxy(value: str | FromEnvironment | None) -> str:
    return repr(str(Proxy.of(value))) if isinstance(value, str) else repr(value)


@frozen(kw_only=True)
class SocketOptions:
    """How a WebSocket is opened, kept alive and closed; the same on asyncio and on trio.

    Compression is never asked for, and redirects are never followed. A value that cannot be used
    is a `ConfigurationError`, which is also a ValueError.

    Example:
        `SocketOptions(ping_interval=10, proxy="http://proxy.example:3128")`
    """

    __module__ = "fishjam"

    ping_interval: float | None = field(default=20.0, validator=_seconds(0.001, or_none=True))
    """Seconds from one ping to the next; None sends none, and a dead server goes unnoticed."""

    ping_timeout: float | None = field(default=20.0, validator=_seconds(0.001, or_none=True))
    """Seconds that the server has to answer a ping, or to send anything.

    Then it is asked once more, and given up within another second.
    """

    max_message_size: int = field(default=16 * 1024 * 1024, validator=_check_size)
    """Bytes of the longest message taken; a longer one ends the connection with code 1009."""

    open_timeout: float | None = field(default=10.0, validator=_seconds(0.001, or_none=True))
    """Seconds for everything from the name look-up to the server's answer; None for no limit."""

    close_timeout: float = field(default=5.0, validator=_seconds(0, or_none=False))
    """Seconds to wait for the server when the connection is closed, before it is dropped.

    When the closing is cancelled, or an error ends the block, it is 0.3 s at most.
    """

    ssl_context: ssl.SSLContext | None = field(default=None, validator=_check_context)
    """What wss connections trust; by default what httpx trusts (`SSL_CERT_FILE` included)."""

    proxy: str | FromEnvironment | None = field(
        default=FROM_ENVIRONMENT, validator=_check_proxy, repr=_show_proxy
    )
    """URL of an HTTP proxy, credentials included where it wants some; None connects directly.

    By default the environment decides, as it does for httpx: `HTTPS_PROXY` for wss, `HTTP_PROXY`
    for ws, else `ALL_PROXY`, and `NO_PROXY`; this machine itself (`localhost`, 127.0.0.1) is never
    reached through a proxy of the environment. The tunnel is asked for with CONNECT. SOCKS proxies
    and proxies that are themselves reached by https are not supported, and raise a
    `ConfigurationError`.
    """

    headers: Mapping[str, str] = field(
        factory=dict, converter=_copied, validator=_check_headers, repr=False, hash=False
    )
    """More headers for the handshake. They are never shown."""

    engine: Engine | None = field(default=None, validator=_check_engine)
    """The library that makes WebSockets on asyncio: "picows" or "websockets".

    By default it is what the environment variable `FISHJAM_WEBSOCKET_ENGINE` names, else "picows"
    where it is installed (extra `speedups`), else "websockets". They differ in nothing but speed.
    On trio there is no choice.
    """

    def proxy_for(self, target: WebSocketUrl) -> Proxy | None:
        """Return the proxy for a server, if there is one."""
        if isinstance(self.proxy, FromEnvironment):
            return proxy_from_environment(target)
        return None if self.proxy is None else Proxy.of(self.proxy)

    async def tls_for(self, target: WebSocketUrl) -> ssl.SSLContext | None:
        """Return the TLS settings for a server, or None for ws.

        Raises `ConfigurationError` when the environment names certificates that cannot be read.
        """
        if not target.secure:
            return None
        # The sockets trust exactly what the REST client trusts.
        return self.ssl_context or await default_context_off_loop()

    @property
    def user_agent(self) -> str:
        """The name under which the SDK is known to servers and proxies."""
        return f"fishjam-server-sdk/{__version__} (Python {platform.python_version()})"

    def handshake_headers(self) -> list[tuple[str, str]]:
        """Return the headers to add to the handshake."""
        named = {name.lower() for name in self.headers}
        ours = [] if "user-agent" in named else [("User-Agent", self.user_agent)]
        return [*ours, *self.headers.items()]

    @property
    def secrets(self) -> list[str]:
        """What the headers hold that must not show up in any text."""
        words = [word for value in self.headers.values() for word in value.split()]
        return [word for word in words if len(word) >= _SHORTEST_SECRET]


resolve_annotations(globals(), SocketOptions)
