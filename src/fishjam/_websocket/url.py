"""Where a WebSocket is, and the proxy on the way there: URLs, checked and parsed once."""

from __future__ import annotations

import base64
import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

from attrs import field, frozen

from fishjam._network.hosts import EnvironmentProxies, ascii_host, bracketed
from fishjam.errors import ConfigurationError

_UNFIT = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
# With the percent sign, so that what is encoded already is not encoded again.
_IN_PATH = "/%:@!$&'()*+,;=~"
_DEFAULT_PORTS = {"ws": 80, "wss": 443}
_FROM_OPTIONS = "`proxy`"
_HOW_TO_DO_WITHOUT = "Give an http:// proxy, or pass proxy=None to connect directly."


@frozen
class WebSocketUrl:
    """One address, in the ASCII form in which it travels."""

    scheme: str
    host: str
    port: int
    resource: str
    """Path and query, as they stand in the request."""

    @classmethod
    def of(cls, url: str) -> WebSocketUrl:
        """Parse a URL; raises `ConfigurationError` for one that cannot be used."""
        if _UNFIT.search(url):
            raise ConfigurationError("The WebSocket URL contains spaces or control characters.")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            # Python's own text is left out: it can quote credentials that are part of the URL.
            raise ConfigurationError(
                "The WebSocket URL cannot be read: its host or its port is malformed."
            ) from None
        _check(parts, port)
        query = quote(parts.query, safe=f"{_IN_PATH}?")
        path = quote(parts.path, safe=_IN_PATH) or "/"
        return cls(
            scheme=parts.scheme,
            host=ascii_host(parts.hostname or ""),
            port=port or _DEFAULT_PORTS[parts.scheme],
            resource=f"{path}?{query}" if query else path,
        )

    @property
    def secure(self) -> bool:
        """Whether the connection uses TLS."""
        return self.scheme == "wss"

    @property
    def has_default_port(self) -> bool:
        """Whether the port is the default one of the scheme."""
        return self.port == _DEFAULT_PORTS[self.scheme]

    @property
    def authority(self) -> str:
        """Host and port, the port only where it is not the default one: the `Host` header."""
        return bracketed(self.host) if self.has_default_port else self.host_and_port

    @property
    def host_and_port(self) -> str:
        """Host and port, always both."""
        return f"{bracketed(self.host)}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, which may hold secrets in its query."""
        return f"{self.scheme}://{self.authority}{self.resource}"

    def __str__(self) -> str:
        return self.url.partition("?")[0]


def _check(parts: SplitResult, port: int | None) -> None:
    if parts.scheme not in _DEFAULT_PORTS:
        raise ConfigurationError(
            f"The WebSocket URL must begin with wss:// or ws://, not {parts.scheme}://"
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("The WebSocket URL contains credentials; pass them separately.")
    if not parts.hostname or port == 0:
        raise ConfigurationError("The WebSocket URL has no host, or port 0.")
    if parts.fragment:
        raise ConfigurationError("The WebSocket URL must not have a #fragment.")


@frozen
class Proxy:
    """An HTTP proxy that opens tunnels with CONNECT."""

    host: str
    port: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    source: str = field(default=_FROM_OPTIONS, eq=False)
    """What named it, for errors: the option, or a variable such as HTTPS_PROXY."""

    @classmethod
    def of(cls, url: str, source: str = _FROM_OPTIONS) -> Proxy:
        """Read a proxy's URL; raises `ConfigurationError` when it cannot be used."""
        try:
            parts = urlsplit(url)
            port = parts.port
            username, password = parts.username, parts.password
            host = ascii_host(parts.hostname or "")
        except ValueError:
            # Python's own text is left out: it can quote the password.
            raise ConfigurationError(
                f"The URL of the proxy in {source} cannot be read: special characters in the user "
                "name and the password must be percent-encoded, and the port a number."
            ) from None
        if parts.scheme != "http":
            # Without "//" the text before the colon is a host or a user name, not a scheme.
            kind = f"A {parts.scheme} proxy" if "://" in url else "A proxy without http://"
            raise ConfigurationError(
                f"{source}: {kind} is not supported for WebSockets. {_HOW_TO_DO_WITHOUT}"
            )
        if not host:
            raise ConfigurationError(
                f"The URL of the proxy in {source} has no host. {_HOW_TO_DO_WITHOUT}"
            )
        return cls(
            host,
            port or 80,
            None if username is None else unquote(username),
            None if password is None else unquote(password),
            source,
        )

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
    `ALL_PROXY`, unless `NO_PROXY` names the host or it is this machine.
    """
    scheme = "https" if target.secure else "http"
    proxy = EnvironmentProxies.read().find(scheme, target.host, target.port)
    return None if proxy is None else Proxy.of(proxy.url, proxy.variable)
