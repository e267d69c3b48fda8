"""Which HTTP proxy stands before a server, from the options or from the environment."""

from __future__ import annotations

import base64
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from fishjam._network.hosts import ascii_host
from fishjam._network.proxies import EnvironmentProxies
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
        except ValueError:
            # Python's own text can quote the password.
            raise ConfigurationError(
                "The proxy's URL cannot be read: its host or its port is malformed. "
                f"{_HOW_TO_DO_WITHOUT}"
            ) from None
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

    A wss URL goes the way of https, a ws URL that of http.
    """
    scheme = "https" if target.secure else "http"
    found = EnvironmentProxies.read().find(scheme, target.host, target.port)
    return None if found is None else Proxy.of(found.url)
