"""Hosts: their names in ASCII, which of them are this machine, and the proxies before them."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import field, frozen

from fishjam.errors import ConfigurationError

_DEFAULT_PORTS = {"http": 80, "https": 443}


def ascii_host(host: str) -> str:
    """Return a host name in ASCII and lower case, as httpx encodes it (IDNA 2008).

    Raises `ConfigurationError` for one that cannot be encoded.
    """
    if host.isascii():
        try:
            # The look-up does the same, and fails for a label that is empty or too long.
            host.encode("idna")
        except UnicodeError as error:
            raise _invalid(host, error) from None
        return host.lower()
    # Slow to import, and hardly ever needed.
    import idna

    try:
        return idna.encode(host.lower()).decode("ascii")
    except idna.IDNAError as error:
        raise _invalid(host, error) from None


def _invalid(host: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(f"{host!r} is not a valid host name: {error}")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: `localhost`, `*.localhost`, 127.0.0.0/8 or `::1`."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def is_ip_address(text: str) -> bool:
    """Tell whether a host is an IPv4 or an IPv6 address, without brackets."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def bracketed(host: str) -> str:
    """Return a host as it is written in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


@frozen
class EnvironmentProxy:
    """A proxy that the environment names."""

    url: str = field(repr=False)
    """The whole URL, credentials included: never show it."""
    variable: str
    """What named it, for errors: a variable such as HTTPS_PROXY, or the settings of the system."""

    def __str__(self) -> str:
        """Return the proxy without its credentials, and the variable that names it."""
        return f"{without_credentials(self.url)} ({self.variable})"


@frozen
class EnvironmentProxies:
    """The proxies that the environment named at one moment.

    `HTTPS_PROXY` serves for https, `HTTP_PROXY` for http, `ALL_PROXY` where these are not set, in
    capitals or not; `NO_PROXY` names hosts that are reached directly. This machine itself never is
    reached by a proxy: a proxy could not find it.
    """

    servers: Mapping[str, str] = field(repr=False)
    """The proxy's URL by the scheme that it serves, or by "all"."""
    exempt: tuple[str, ...] = ()
    """What `NO_PROXY` names."""

    @classmethod
    def read(cls) -> EnvironmentProxies:
        """Read the variables, and on macOS and Windows the settings of the system as well."""
        # Slow to import, and needed only here.
        from urllib.request import getproxies

        named = getproxies()
        servers = {key: named[key] for key in ("http", "https", "all") if named.get(key)}
        entries = (entry.strip().lower() for entry in named.get("no", "").split(","))
        return cls(servers, tuple(entry for entry in entries if entry))

    def find(self, scheme: str, host: str, port: int | None) -> EnvironmentProxy | None:
        """Return the proxy for a server, or None where it is reached directly.

        Args:
            scheme: "http" or "https", which also stand for "ws" and "wss".
            host: the host in ASCII, without brackets.
            port: the port; None for that of the scheme.

        Raises `ConfigurationError` when the URL of the proxy cannot be read; it names the variable.
        """
        key = scheme if scheme in self.servers else "all"
        url = self.servers.get(key)
        if url is None or is_loopback(host):
            return None
        if any(_names(entry, scheme, host, port) for entry in self.exempt):
            return None
        proxy = EnvironmentProxy(url if "://" in url else f"http://{url}", _variable(key))
        _check(proxy)
        return proxy


NO_PROXIES = EnvironmentProxies({})


def without_credentials(url: str) -> str:
    """Return scheme, host and port of a proxy's URL, without the user's name and the password."""
    parts = urlsplit(url)
    port = "" if parts.port is None else f":{parts.port}"
    return f"{parts.scheme}://{bracketed(parts.hostname or '')}{port}"


def _check(proxy: EnvironmentProxy) -> None:
    try:
        parts = urlsplit(proxy.url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        # The text of the library and the URL are left out: both can hold the password.
        raise ConfigurationError(
            f"{proxy.variable} holds a URL that cannot be read. Write http://host:port, with "
            "user:password@ before the host where the proxy asks for them, and special characters "
            "in them percent-encoded."
        )


def _variable(key: str) -> str:
    names = (f"{key}_proxy", f"{key}_PROXY".upper())
    return next((name for name in names if os.environ.get(name)), "the system's proxy settings")


def _names(entry: str, scheme: str, host: str, port: int | None) -> bool:
    """Tell whether an entry of NO_PROXY names a server."""
    if entry == "*":
        return True
    entry_scheme, separator, rest = entry.rpartition("://")
    try:
        parts = urlsplit(f"//{bracketed(rest) if is_ip_address(rest) else rest}")
        entry_port = parts.port
    except ValueError:
        return False
    if entry_scheme not in {"", "all", scheme}:
        return False
    default = _DEFAULT_PORTS.get(scheme)
    # httpx compares with a port that goes without saying as if there were none.
    if entry_port is not None and (entry_port != port or entry_port == default):
        return False
    name = _in_ascii(parts.hostname or "")
    is_exact = bool(separator) or name == "localhost" or is_ip_address(name)
    return _host_matches(name if is_exact else f"*{name}", host)


def _in_ascii(host: str) -> str:
    try:
        return ascii_host(host)
    except ConfigurationError:
        return host


def _host_matches(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return re.fullmatch(rf".+\.{re.escape(pattern[2:])}", host) is not None
    if pattern.startswith("*"):
        return re.fullmatch(rf"(.+\.)?{re.escape(pattern[1:])}", host) is not None
    return pattern in {"", host}
