"""Which HTTP proxy stands before a server, from the options or from the environment."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from fishjam._network.hosts import ascii_host
from fishjam._websocket.url import WebSocketUrl, bracketed
from fishjam.errors import ConfigurationError

_HOW_TO_DO_WITHOUT = "Give an http:// proxy, or pass proxy=None to connect directly."


@frozen
class Proxy:
    """An HTTP proxy that opens tunnels with CONNECT."""

    host: str
    port: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> Proxy:
        """Read a proxy's URL; raises `ConfigurationError` when it cannot be used."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigurationError(f"The proxy's URL cannot be read: {error}") from None
        if parts.scheme != "http":
            raise ConfigurationError(
                f"A {parts.scheme or 'nameless'} proxy is not supported for WebSockets. "
                f"{_HOW_TO_DO_WITHOUT}"
            )
        if not parts.hostname:
            raise ConfigurationError(f"The proxy's URL has no host. {_HOW_TO_DO_WITHOUT}")
        username = None if parts.username is None else unquote(parts.username)
        password = None if parts.password is None else unquote(parts.password)
        return cls(ascii_host(parts.hostname), port or 80, username, password)

    def __str__(self) -> str:
        return f"http://{bracketed(self.host)}:{self.port}"

    @property
    def secrets(self) -> list[str]:
        """What must not show up in any text."""
        if self.username is None:
            return []
        return [secret for secret in (self._credentials, self.password) if secret]

    @property
    def _credentials(self) -> str:
        pair = f"{self.username}:{self.password or ''}"
        return base64.b64encode(pair.encode()).decode("ascii")

    def connect_request(self, target: WebSocketUrl, user_agent: str) -> bytes:
        """Return the request that asks for a tunnel to a server."""
        lines = [
            f"CONNECT {target.host_and_port} HTTP/1.1",
            f"Host: {target.host_and_port}",
            f"User-Agent: {user_agent}",
        ]
        if self.username is not None:
            lines.append(f"Proxy-Authorization: Basic {self._credentials}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


def proxy_from_environment(target: WebSocketUrl) -> Proxy | None:
    """Return the proxy that the environment names for a server, by the rules of httpx.

    A wss URL goes the way of https, a ws URL that of http: `HTTPS_PROXY` or `HTTP_PROXY`, else
    `ALL_PROXY`, unless `NO_PROXY` names the host.
    """
    # Slow to import, and needed only here.
    from urllib.request import getproxies

    named: Mapping[str, str] = getproxies()
    scheme = "https" if target.secure else "http"
    url = named.get(scheme) or named.get("all")
    if not url or _is_exempt(target, scheme, named.get("no", "")):
        return None
    return Proxy.of(url if "://" in url else f"http://{url}")


def _is_exempt(target: WebSocketUrl, scheme: str, no_proxy: str) -> bool:
    entries = [entry.strip().lower() for entry in no_proxy.split(",")]
    return "*" in entries or any(_names(entry, target, scheme) for entry in entries if entry != "")


def _names(entry: str, target: WebSocketUrl, scheme: str) -> bool:
    entry_scheme, separator, rest = entry.rpartition("://")
    try:
        parts = urlsplit(f"//{bracketed(rest) if _is_ip(rest) else rest}")
        port = parts.port
    except ValueError:
        return False
    if entry_scheme not in {"", "all", scheme}:
        return False
    # httpx compares with a port that goes without saying as if there were none.
    if port is not None and (port != target.port or target.has_default_port):
        return False
    name = parts.hostname or ""
    is_exact = bool(separator) or name == "localhost" or _is_ip(name)
    return _host_matches(name if is_exact else f"*{name}", target.host)


def _host_matches(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return re.fullmatch(rf".+\.{re.escape(pattern[2:])}", host) is not None
    if pattern.startswith("*"):
        return re.fullmatch(rf"(.+\.)?{re.escape(pattern[1:])}", host) is not None
    return pattern in {"", host}


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
