"""The addresses at which browsers reach the emulator's media."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import aioice.ice

LOOPBACK = "127.0.0.1"
_chosen: ContextVar[Sequence[str] | None] = ContextVar("_chosen", default=None)
_original: Any = aioice.ice.get_host_addresses


def choose(addresses: Sequence[str] | None) -> None:
    """Offer these addresses in connections that the current task makes.

    Args:
        addresses: the addresses of this machine; None for the loopback address, which Firefox does
            not use, and those of the network interfaces, which nobody uses without a network.
    """
    # The arguments are `use_ipv4` and `use_ipv6`. aioice binds a UDP socket to every address for
    # each connection.
    own = [address for address in _original(True, False) if address != LOOPBACK]
    _chosen.set([LOOPBACK, *own] if addresses is None else list(addresses))


def check(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses that a user gave, checked.

    Raises:
        ValueError: if one of them is not an IP address, or if there is none.
    """
    if isinstance(addresses, str) or not addresses:
        raise ValueError(f"ice_addresses must be a sequence of IP addresses, not {addresses!r}")
    return tuple(str(ipaddress.ip_address(address)) for address in addresses)


def _host_addresses(*args: Any, **kwargs: Any) -> list[str]:
    chosen = _chosen.get()
    addresses: list[str] = _original(*args, **kwargs) if chosen is None else list(chosen)
    return addresses


# aioice leaves the loopback address out and has no setting for that. Connections that others in
# this process make are as before.
aioice.ice.get_host_addresses = _host_addresses
