"""Hosts with several addresses, some of which are dead."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

NAME = "several.localhost"
"""A host with the addresses that a test gives it."""


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """Let the system find these addresses, each with a port of its own, for one name."""
    real = socket.getaddrinfo

    def found(host: Any, *args: Any, **options: Any) -> Any:
        if host not in (NAME, NAME.encode()):
            return real(host, *args, **options)
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (*address, 0, 0))
            if ":" in address[0]
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port where connecting gets no answer, because nobody takes the connections there are."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


# A second one, for a host all of whose addresses are silent.
other_full_port = full_port
