"""Servers that follow a script, certificates, and a check that nothing is left behind."""

from __future__ import annotations

import gc
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
import trustme

from tests.support.addresses import full_port
from tests.support.websocket_server import Script, Server

__all__ = ("full_port",)


class Serve(Protocol):
    """Starts a server for the length of the test."""

    def __call__(
        self,
        script: Script,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        receive_buffer: int | None = None,
    ) -> Server: ...


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(script: Script, **options: Any) -> Server:
            return stack.enter_context(Server(script, **options))

        yield start


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA) -> Callable[[str], ssl.SSLContext]:
    """Make the TLS settings of a server with a certificate for a name."""

    def make(name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        return context

    return make


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """The TLS settings of a client that trusts the test's authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def authority_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session", autouse=True)
def quick_collection() -> Iterator[None]:
    collect()
    yield
    gc.unfreeze()


def collect() -> None:
    """Find what was left to the collector; what is left after that need not be looked at again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
async def nothing_left(anyio_backend_name: str) -> AsyncIterator[None]:
    """After the test no task of its loop is left, and nothing that should have been closed."""
    before = living_tasks(anyio_backend_name)
    yield
    assert living_tasks(anyio_backend_name) == before
    collect()


def living_tasks(backend: str) -> int:
    """Count the tasks of the running loop."""
    if backend == "trio":
        import trio

        return trio.lowlevel.current_statistics().tasks_living
    import asyncio

    return len(asyncio.all_tasks())
