"""The address of the engine: what its URL says, in errors that never tell the URL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

import coredis
from coredis.connection import TCPLocation
from coredis.exceptions import ConnectionError as RedisConnectionError
from coredis.retry import ConstantRetryPolicy

from fishjam.errors import ConfigurationError

Connect: TypeAlias = Callable[[], AbstractAsyncContextManager["coredis.Redis[bytes]"]]

SENTINEL = "redis+sentinel"
SENTINEL_PORT = 26379

_RETRY = ConstantRetryPolicy((RedisConnectionError, TimeoutError), retries=1, delay=0.01)


def connector(url: str) -> Connect:
    """Return what makes a client and connects it for the length of a block.

    Raises `ConfigurationError` for a URL that cannot be used.
    """
    try:
        make = _sentinel(url) if urlsplit(url).scheme == SENTINEL else _single(url)
        # Nothing connects yet, but options that cannot be used are refused.
        make()
    except ValueError:
        # Without its text, which can hold the URL and with it a password.
        raise _unusable() from None
    return make


def _unusable() -> ConfigurationError:
    return ConfigurationError(
        "The URL of the fleet's engine cannot be used: write redis://user:password@host:6379/0, "
        "rediss://... with TLS, redis+sentinel://user:password@host:26379,host:26379/service/0, or "
        "memory://. Characters such as / and @ in a password are written as %2F and %40."
    )


def _single(url: str) -> Connect:
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise _unusable()
    return lambda: coredis.Redis.from_url(url, retry_policy=_RETRY)


def _sentinel(url: str) -> Connect:
    parts = urlsplit(url)
    account, _, places = parts.netloc.rpartition("@")
    nodes = [_location(place) for place in places.split(",")]
    service, _, database = parts.path.lstrip("/").partition("/")
    if not service:
        raise _unusable()
    user, _, password = account.partition(":")
    options: dict[str, Any] = {
        "username": unquote(user) or None,
        "password": unquote(password) or None,
        "db": int(database or 0),
    }

    @asynccontextmanager
    async def connect() -> AsyncIterator[coredis.Redis[bytes]]:
        # The account is the one of Redis; the sentinels are asked without.
        sentinel = coredis.Sentinel(nodes, retry_policy=_RETRY)
        async with sentinel, sentinel.primary_for(service, **options) as client:
            yield client

    return connect


def _location(place: str) -> TCPLocation:
    host, _, port = place.partition(":")
    if not host:
        raise _unusable()
    return TCPLocation(host, int(port or SENTINEL_PORT))
