"""The addresses of a host: in which order, and for how long, each of them is tried."""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

AddressInfo: TypeAlias = "tuple[int, int, int, str, Any]"
"""What `socket.getaddrinfo` gives for each address."""

FIRST_PATIENCE = 0.3
"""Seconds that each of several addresses has at first; in each further round, twice as long."""

_LEAST = 0.001
"""Seconds of a try for which hardly any time is left: none at all would mean not to wait."""


def alternating(addresses: Sequence[AddressInfo]) -> list[AddressInfo]:
    """Move an address of the other family to the second place: one of the two may be dead."""
    ordered = list(addresses)
    other = next((address for address in ordered if address[0] != ordered[0][0]), None)
    if other is not None:
        ordered.remove(other)
        ordered.insert(1, other)
    return ordered


def connect_to_any(
    host: str,
    port: int,
    timeout: float | None,
    connect: Callable[[str, int, float | None], T],
    is_timeout: Callable[[Exception], bool],
) -> T:
    """Connect this thread to the first address of a host that answers, in rounds.

    The system's own way gives each address all the time there is, so that a dead one uses it up.

    Args:
        host: its name, or an address.
        port: the port.
        timeout: seconds for it all; None for no limit.
        connect: tries an address and a port for so many seconds.
        is_timeout: tells whether an address did not answer in time, so that it may do so yet.
    """
    end = math.inf if timeout is None else time.monotonic() + timeout
    left = _addresses_of(host, port)
    patience = FIRST_PATIENCE
    while True:
        for address in tuple(left):
            seconds = end - time.monotonic()
            if len(left) > 1:
                seconds = min(seconds, patience)
            try:
                return connect(*address, None if seconds == math.inf else max(seconds, _LEAST))
            except Exception as error:
                if not is_timeout(error):
                    left.remove(address)
                if not left or time.monotonic() >= end:
                    raise
        patience *= 2


def _addresses_of(host: str, port: int) -> list[tuple[str, int]]:
    try:
        infos = alternating(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        # The connection looks it up too, and its error says what is wrong.
        return [(host, port)]
    # A name may be given the same address several times.
    several = dict.fromkeys((address[4][0], address[4][1]) for address in infos)
    return list(several) if len(several) > 1 else [(host, port)]
