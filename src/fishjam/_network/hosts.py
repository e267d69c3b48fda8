"""Host names: in the ASCII form in which they travel, and whether they are this machine."""

from __future__ import annotations

import ipaddress

from fishjam.errors import ConfigurationError


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
