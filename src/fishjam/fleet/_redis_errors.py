"""What the errors of the client and of Redis mean for a fleet; none of ours tells its URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from coredis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    NoScriptError,
    ReadOnlyError,
    RedisClusterError,
    RedisError,
    ResponseError,
    TryAgainError,
    UnblockedError,
)

from fishjam._concurrency.groups import leaves_of
from fishjam.errors import FishjamError
from fishjam.fleet._engine import EngineRefusedError, EngineUnavailableError

_NOT_NOW = (
    "LOADING",
    "BUSY",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "OOM",
    "MISCONF",
    "READONLY",
    "NOREPLICAS",
)
"""How errors begin that another try may not meet."""

_PASSING = (ClusterDownError, NoScriptError, ReadOnlyError, TryAgainError, UnblockedError)
"""The same, where the client knows the error and cuts off how it begins.

The last one ends a wait when the server becomes a replica in a fail-over.
"""

_BROKEN = (anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream, RuntimeError)
"""What a client raises while its connections end (coredis 6.9)."""


@contextmanager
def engine_errors(what: str) -> Iterator[None]:
    """Turn the client's errors into ours, whose text holds neither the URL nor its password."""
    try:
        yield
    except Exception as error:
        leaf = next(leaves_of(error))
        if not isinstance(leaf, (RedisError, OSError, *_BROKEN)):
            raise
        # Without a cause: the text of a client's error can hold the address.
        raise engine_error(what, leaf) from None


def engine_error(what: str, error: BaseException) -> FishjamError:
    """Return what an error means that came of doing something."""
    kind = type(error).__name__
    if isinstance(error, (AuthenticationError, AuthorizationError)):
        return EngineRefusedError(
            f"{what}: Redis refused it ({kind}). Check the user and the password in the address of "
            "the fleet, and what that user may do."
        )
    is_answer = isinstance(error, ResponseError) and not isinstance(error, _PASSING)
    if is_answer and isinstance(error, RedisClusterError):
        answer = kind.removeprefix("Cluster").removesuffix("Error").upper()
        return EngineRefusedError(
            f"{what}: the server is a node of a Redis Cluster that does not hold the keys of this "
            f"fleet; it answered {answer} {error}. All its keys are in one slot: give the address "
            "of the node that holds it, or better that of a Redis without a cluster."
        )
    if is_answer and not str(error).startswith(_NOT_NOW):
        return EngineRefusedError(f"{what}: Redis cannot do it: {error}")
    return EngineUnavailableError(
        f"{what}: Redis cannot be reached ({kind}). Check that it runs at the address of the fleet."
    )
