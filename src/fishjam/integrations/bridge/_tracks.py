"""The track on which a bridge speaks: one of the user's, or one that lasts as long as it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from fishjam.agent import AgentSession, OutgoingAudioTrackOptions, OutgoingTrack
from fishjam.errors import AgentSessionClosedError
from fishjam.events import TrackEncoding

T = TypeVar("T")


def check_track(track: OutgoingTrack, session: AgentSession) -> None:
    """Raise `ValueError` for a track of the user's that a bridge cannot speak on."""
    if track.session is not session:
        raise ValueError(f"track={track!r} belongs to another session than the bridge's")
    if track.options.encoding == TrackEncoding.OPUS:
        raise ValueError(f"track={track!r}: a bridge speaks 16-bit PCM; add a track for that")


async def with_track(
    session: AgentSession,
    track: OutgoingTrack | None,
    options: OutgoingAudioTrackOptions,
    converse: Callable[[OutgoingTrack], Awaitable[T]],
) -> T | None:
    """Converse on the user's track, or on one that is removed afterwards.

    Returns None when the session had ended before, and raises `ValueError` for a track that does
    not fit.
    """
    if track is not None:
        check_track(track, session)
        return await converse(track)
    try:
        own = await session.add_track(options)
    except AgentSessionClosedError:
        return None
    try:
        return await converse(own)
    finally:
        await remove(own)


async def remove(track: OutgoingTrack) -> None:
    """Remove a track, also when the task is cancelled: it must not stay in the room."""
    with anyio.move_on_after(1, shield=True):
        await track.remove()
