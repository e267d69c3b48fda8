"""The address of the engine: what its URL says, in errors that never tell the URL."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

import coredis
from coredis.connection import TCPLocation
from coredis.retry import NoRetryPolicy

from fishjam.errors import ConfigurationError

Connect: TypeAlias = Callable[[], AbstractAsyncContextManager["coredis.Redis[bytes]"]]

SENTINEL = "redis+sentinel"
SENTINEL_PORT = 26379
MAX_PORT = 65_535

_PLACE = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<host>[^\[\]:]+))(?::(?P<port>\d+))?")


def connector(url: str) -> Connect:
    """Return what makes a client and connects it for the length of a block.

    The client repeats no command by itself: not all of them may be repeated.

    Raises `ConfigurationError` for a URL that cannot be used.
    """
    scheme, _, rest = url.partition("://")
    try:
        make = _sentinel(rest) if scheme.lower() == SENTINEL else _single(url)
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
    return lambda: coredis.Redis.from_url(url, retry_policy=NoRetryPolicy())


def _sentinel(rest: str) -> Connect:
    # By hand, since `urlsplit` refuses a list of hosts with an IPv6 address in it.
    authority, _, path = rest.partition("/")
    account, _, places = authority.rpartition("@")
    nodes = [_location(place) for place in places.split(",")]
    service, _, database = path.partition("?")[0].partition("/")
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
        sentinel = coredis.Sentinel(nodes, retry_policy=NoRetryPolicy())
        async with sentinel, sentinel.primary_for(service, **options) as client:
            yield client

    return connect


def _location(place: str) -> TCPLocation:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise _unusable()
    port = int(found["port"] or SENTINEL_PORT)
    if not 0 < port <= MAX_PORT:
        raise _unusable()
    return TCPLocation(found["ipv6"] or found["host"], port)
