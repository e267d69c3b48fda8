"""The HTTP library: the only module that names httpx.

The SDK's own pools are httpx's. A client that a user brings along may be httpx's or that of httpx2,
its continuation with the same interface. It is known by its class, so that httpx2 is never imported
here: where it is not installed, nobody can have a client of it.
"""

from __future__ import annotations

import ssl
import sys
from importlib.util import find_spec
from typing import Any, Protocol

import httpx

from fishjam._http.signals import SendError
from fishjam._http.streams import AsyncBackend, Backend
from fishjam._network.hosts import EnvironmentProxies, EnvironmentProxy
from fishjam._network.tls import default_context, default_context_off_loop
from fishjam.errors import ConfigurationError

_LIBRARIES = ("httpx", "httpx2")

DEFAULT_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
"""Seconds for each phase of a request: 10 to connect, 30 to send, to read, to get a connection."""

# Requests never wait inside the library, see `slots`.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)

_Key = tuple[str, EnvironmentProxy | None]


class HttpClient(Protocol):
    """What the SDK needs of an HTTP client: a `Client` of httpx or httpx2 has it."""

    __module__: str = "fishjam.client"

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        ...

    def build_request(
        self,
        method: str,
        url: Any,
        *,
        content: Any = ...,
        files: Any = ...,
        params: Any = ...,
        headers: Any = ...,
        extensions: Any = ...,
    ) -> Any:
        """Make a request that this client can send."""

    def send(
        self, request: Any, *, stream: bool = ..., auth: Any = ..., follow_redirects: Any = ...
    ) -> Any:
        """Send it, and return the response."""

    def close(self) -> None:
        """Close the connections."""


class AsyncHttpClient(Protocol):
    """What the SDK needs of an HTTP client: an `AsyncClient` of httpx or httpx2 has it."""

    __module__: str = "fishjam.client"

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        ...

    def build_request(
        self,
        method: str,
        url: Any,
        *,
        content: Any = ...,
        files: Any = ...,
        params: Any = ...,
        headers: Any = ...,
        extensions: Any = ...,
    ) -> Any:
        """Make a request that this client can send."""

    async def send(
        self, request: Any, *, stream: bool = ..., auth: Any = ..., follow_redirects: Any = ...
    ) -> Any:
        """Send it, and return the response."""

    async def aclose(self) -> None:
        """Close the connections."""


class Library:
    """The library that a client belongs to: its errors."""

    def __init__(self, client: object) -> None:
        module = sys.modules[_base_of(client).__module__.partition(".")[0]]
        # httpcore lets some errors of TLS through as they are.
        self.errors: tuple[type[Exception], ...] = (module.RequestError, ssl.SSLError, SendError)
        """What a request raises that gets no answer."""
        self.invalid_url: type[Exception] = module.InvalidURL


def checked_client(client: object, name: str) -> None:
    """Raise `TypeError` for what is not a `Client` or an `AsyncClient`, whichever is the name."""
    base = _base_of(client)
    library = base.__module__.partition(".")[0]
    if library not in _LIBRARIES or base.__name__ != name:
        kind = f"{library}.{base.__name__}"
        raise TypeError(f"http_client must be a httpx.{name} or a httpx2.{name}, not {kind}")


def _base_of(client: object) -> type:
    """Return the class of a library that a client is an instance of, or else its own class."""
    for kind in type(client).__mro__:
        ours = kind.__module__.partition(".")[0] in _LIBRARIES
        if ours and kind.__name__ in {"Client", "AsyncClient"}:
            return kind
    return type(client)


def is_http_url(url: str) -> bool:
    """Tell whether the library could send a request there."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.host)


def proxy_for(proxies: EnvironmentProxies, url: str) -> EnvironmentProxy | None:
    """Return the proxy on the way to a URL.

    Raises `ConfigurationError` for one that cannot be used.
    """
    return _find(proxies, httpx.URL(url))


def new_client(proxies: EnvironmentProxies) -> httpx.Client:
    """Make the HTTP client behind SDK clients that are given none."""
    # The environment is read already, so that errors can name the variable that is wrong.
    return httpx.Client(transport=_Routes(proxies), trust_env=False)


def new_async_client(proxies: EnvironmentProxies) -> httpx.AsyncClient:
    """Make the HTTP client behind asynchronous SDK clients that are given none."""
    return httpx.AsyncClient(transport=_AsyncRoutes(proxies), trust_env=False)


class _Routes(httpx.BaseTransport):
    """Sends each request directly, or through the proxy that the environment names for it."""

    def __init__(self, proxies: EnvironmentProxies) -> None:
        self._proxies = proxies
        self._transports: dict[_Key, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._transport_to(request.url).handle_request(request)

    def close(self) -> None:
        for transport in self._transports.values():
            transport.close()

    def _transport_to(self, url: httpx.URL) -> httpx.HTTPTransport:
        proxy = _find(self._proxies, url)
        # By scheme too: certificates take long to read, and only https needs them.
        key = (url.scheme, proxy)
        if key not in self._transports:
            context = default_context() if _needs_tls(*key) else _bare_context()
            made = httpx.HTTPTransport(context, limits=_LIMITS, proxy=_as_option(proxy, context))
            # The library has no public way to set it on its own transport.
            pool: Any = made._pool
            pool._network_backend = Backend(pool._network_backend)
            # Two threads may get here at once: the first one's stays.
            self._transports.setdefault(key, made)
        return self._transports[key]


class _AsyncRoutes(httpx.AsyncBaseTransport):
    """The same for tasks; certificates are not read on the event loop, which would stand still."""

    def __init__(self, proxies: EnvironmentProxies) -> None:
        self._proxies = proxies
        self._transports: dict[_Key, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        transport = await self._transport_to(request.url)
        return await transport.handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()

    async def _transport_to(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        proxy = _find(self._proxies, url)
        key = (url.scheme, proxy)
        if key not in self._transports:
            context = await default_context_off_loop() if _needs_tls(*key) else _bare_context()
            option = _as_option(proxy, context)
            made = httpx.AsyncHTTPTransport(context, limits=_LIMITS, proxy=option)
            pool: Any = made._pool
            pool._network_backend = AsyncBackend(pool._network_backend)
            # Another task may have come here meanwhile: the first one's stays.
            self._transports.setdefault(key, made)
        return self._transports[key]


def _find(proxies: EnvironmentProxies, url: httpx.URL) -> EnvironmentProxy | None:
    if not proxies.servers:
        return None
    proxy = proxies.find(url.scheme, url.raw_host.decode("ascii"), url.port)
    if proxy is not None:
        _check_scheme(proxy)
    return proxy


def _check_scheme(proxy: EnvironmentProxy) -> None:
    scheme = httpx.URL(proxy.url).scheme
    if scheme not in {"http", "https", "socks5", "socks5h"}:
        raise ConfigurationError(
            f"{proxy.variable} names a {scheme} proxy, which is not supported: give one of "
            "http://, https://, socks5:// or socks5h://."
        )
    # Otherwise the missing package would only show with the first request.
    if scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigurationError(
            f"{proxy.variable} names a SOCKS proxy, for which a package is missing: "
            "pip install 'httpx[socks]'"
        )


def _as_option(proxy: EnvironmentProxy | None, context: ssl.SSLContext) -> httpx.Proxy | None:
    if proxy is None:
        return None
    secure = proxy.url.startswith("https:")
    return httpx.Proxy(proxy.url, ssl_context=context if secure else None)


def _needs_tls(scheme: str, proxy: EnvironmentProxy | None) -> bool:
    return scheme == "https" or (proxy is not None and proxy.url.startswith("https:"))


def _bare_context() -> ssl.SSLContext:
    """Return a context for where no TLS is spoken: the library wants one, and reading is slow."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
