"""The TLS settings that REST calls and WebSockets use by default: made once, off the event loop."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Mapping
from typing import TypeAlias

import anyio
import anyio.to_thread
import certifi

from fishjam.errors import ConfigurationError

# The last of these is read by `ssl.create_default_context` itself.
_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_Key: TypeAlias = tuple[str | None, ...]


class _Contexts:
    """One context for each set of values that the variables have had."""

    def __init__(self) -> None:
        self._made: dict[_Key, ssl.SSLContext] = {}
        # One for each process: a lock that a thread holds at a fork is never released in the child.
        self._locks: dict[int, threading.Lock] = {}

    def find(self) -> ssl.SSLContext | None:
        return self._made.get(_values(os.environ))

    def make(self) -> ssl.SSLContext:
        # Clients that start together wait for one context instead of making one each.
        with self.lock():
            key = _values(os.environ)
            if key not in self._made:
                self._made[key] = _create(*key)
            return self._made[key]

    def lock(self) -> threading.Lock:
        return self._locks.setdefault(os.getpid(), threading.Lock())


_contexts = _Contexts()


def default_context() -> ssl.SSLContext:
    """Return what is trusted by default: the same as httpx, `SSL_CERT_FILE` included.

    The first call reads the certificates, which takes tens of milliseconds; on an event loop call
    `default_context_off_loop` instead. A variable that changes its value gives another context.

    Raises `ConfigurationError` when a variable names a file that cannot be used.
    """
    return _contexts.find() or _contexts.make()


async def default_context_off_loop() -> ssl.SSLContext:
    """Return the same as `default_context`, reading the certificates in a thread."""
    context = _contexts.find()
    if context is not None:
        return context
    # A limiter of its own: the threads of the caller's program may all be taken for long.
    return await anyio.to_thread.run_sync(
        _contexts.make, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
    )


def _values(environment: Mapping[str, str]) -> _Key:
    return tuple(environment.get(name) or None for name in _VARIABLES)


def _create(file: str | None, directory: str | None, key_log: str | None) -> ssl.SSLContext:
    try:
        if file is not None:
            return ssl.create_default_context(cafile=file)
        if directory is not None:
            return ssl.create_default_context(capath=directory)
        return ssl.create_default_context(cafile=certifi.where())
    except OSError as error:
        values = zip(_VARIABLES, (file, directory, key_log), strict=True)
        named = ", ".join(f"{name}={value}" for name, value in values if value)
        raise ConfigurationError(
            f"The TLS settings cannot be loaded ({named or certifi.where()}): {error}"
        ) from error
