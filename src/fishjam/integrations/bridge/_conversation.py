"""A conversation between a room and a model: what runs side by side, and how it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fishjam._concurrency.racing import race
from fishjam.integrations.bridge._callbacks import Callbacks
from fishjam.integrations.bridge._voice import Voice

EndedBy = TypeVar("EndedBy", bound=str)
"""The side that ended a conversation in order; "fishjam" is the room."""


async def converse(
    voice: Voice, callbacks: Callbacks, *parts: Callable[[], Awaitable[EndedBy]]
) -> EndedBy:
    """Run the parts until one ends; then what was said is heard, and the last callbacks run.

    Args:
        voice: plays what the model says.
        callbacks: call the user's functions.
        parts: each returns the side that ended, or never returns.
    """

    async def talk() -> EndedBy:
        ended_by = await race(*parts)
        # When the agent's session has ended, there is nowhere left to play the rest.
        if ended_by != "fishjam":
            await voice.finish()
        await callbacks.finish()
        return ended_by

    # The other two never return: they are here for the errors that they may raise.
    return await race(talk, voice.run, callbacks.run)
