"""Fresh tokens for an agent whose token has expired."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import anyio

from fishjam._concurrency.callbacks import failures_of
from fishjam._core.notes import with_notes
from fishjam.errors import (
    AgentAuthError,
    FishjamConnectionError,
    FishjamError,
    RateLimitError,
    ServerError,
    ServiceUnavailableError,
)

RenewToken: TypeAlias = Callable[[], Awaitable[str] | str]

TEMPORARY = (FishjamConnectionError, RateLimitError, ServerError, ServiceUnavailableError)
"""What another try may not meet again."""

# The server's own words; no code tells this refusal from the others.
_EXPIRED = "expired token"


def is_expired(error: AgentAuthError) -> bool:
    """Tell whether a token was refused because of its age alone."""
    return _EXPIRED in error.reason


async def renewed(renew: RenewToken, refusal: AgentAuthError) -> str:
    """Get a fresh token in place of one that was refused.

    Raises the refusal when the server gives no other token, because the peer is gone for example;
    what may be different with another try, and errors of the user's own, come out as they are.
    """
    try:
        with failures_of(renew):
            if inspect.iscoroutinefunction(renew):
                token = await renew()
            else:
                # The method of a sync client, which would hold up the loop.
                token = await anyio.to_thread.run_sync(renew, abandon_on_cancel=True)
                token = await token if inspect.isawaitable(token) else token
    except TEMPORARY:
        raise
    except FishjamError as error:
        hint = f"A fresh token could not be had: {error}"
        raise with_notes(AgentAuthError(refusal.reason), hint) from error
    if not isinstance(token, str):
        raise TypeError(f"token: it returned {type(token).__name__}, and not the text of a token")
    return token
