"""The address of a WebSocket: a ws or wss URL, checked and parsed once for both engines."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit

from attrs import frozen

from fishjam._network.hosts import ascii_host, bracketed
from fishjam.errors import ConfigurationError

_UNFIT = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_IN_PATH = "/%:@!$&'()*+,;=~"
_DEFAULT_PORTS = {"ws": 80, "wss": 443}


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
