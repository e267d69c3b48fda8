"""`bridge`: connects an agent in a room with a model in a Live session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Literal

from attrs import astuple
from google.genai.live import AsyncSession
from google.genai.types import LiveServerMessage

from fishjam.agent import AgentSession, OutgoingTrack
from fishjam.clock import AsyncClock, AsyncSystemClock
from fishjam.events import TrackEncoding
from fishjam.integrations.bridge._callbacks import Callbacks, check_callbacks
from fishjam.integrations.bridge._conversation import converse
from fishjam.integrations.bridge._image_feed import ImageFeed, check_interval
from fishjam.integrations.bridge._loop import require_asyncio
from fishjam.integrations.bridge._room_audio import RoomAudio
from fishjam.integrations.bridge._tracks import with_track
from fishjam.integrations.bridge._voice import Voice
from fishjam.integrations.gemini._client import OUTPUT_SAMPLE_RATE, Integration
from fishjam.integrations.gemini._live_input import LiveInput
from fishjam.integrations.gemini._live_reader import Listeners, LiveReader

EndedBy = Literal["fishjam", "gemini", "go_away"]
"""The side that ended a bridge in order; see `bridge`."""

Part = Callable[[], Awaitable[EndedBy]]


async def bridge(
    session: AgentSession,
    live: AsyncSession,
    *,
    track: OutgoingTrack | None = None,
    peer_id: str | Collection[str] | None = None,
    audio_stream_end_after: float | None = 1.0,
    image_track_ids: Collection[str] | None = None,
    image_interval: float = 1.0,
    on_input_transcript: Callable[[str], object] | None = None,
    on_output_transcript: Callable[[str], object] | None = None,
    on_interrupted: Callable[[], object] | None = None,
    on_turn_complete: Callable[[], object] | None = None,
    on_message: Callable[[LiveServerMessage], object] | None = None,
    clock: AsyncClock | None = None,
) -> EndedBy:
    """Let a model talk with the people in a room, until one side ends. On asyncio only.

    What the agent hears goes to the model, several voices mixed into one. What the model says is
    played in the room in real time; when a person interrupts it, it is silent at once. The bridge
    reads from both sessions, so nothing else may. It closes neither of them, and can be called
    again, for example with a new Live session after "go_away".

    Args:
        session: an agent's session in a room.
        live: a Live session, from `client.aio.live.connect(...)`, with audio as its response.
        track: plays what the model says, 16-bit PCM at 24000 Hz with one channel; without it the
            bridge adds one, and removes it at the end.
        peer_id: the peer or peers that the model hears, by default all of them.
        audio_stream_end_after: seconds without any audio (from a microphone that was switched
            off, not one that records silence) after which the model is told that no more comes;
            None for never, which a Live session without automatic activity detection needs.
        image_track_ids: video tracks of which the model is shown frames. The collection is read
            again each time, so you may add tracks and take them away.
        image_interval: seconds between two frames of a track, at least 1.
        on_input_transcript: called with pieces of what was said to the model. Like the next one it
            needs transcription to be switched on in the configuration of the Live session.
        on_output_transcript: called with pieces of what the model said.
        on_interrupted: called when a person has interrupted the model.
        on_turn_complete: called when the model has finished its answer, which may still be playing.
        on_message: called with everything that the model sends, before the other functions: tool
            calls (answer with `live.send_tool_response`), handles to resume the session, usage.
        clock: for tests; give the session the same one.

    The functions may be `def` or `async def`. They are called one after another, beside the
    conversation; a plain function must not block.

    Returns:
        "fishjam" when the agent's session ended in order, "gemini" when Google closed the
        connection in order, "go_away" when Google said that it is about to: then the bridge ends
        as soon as the model has finished speaking, and what the room says meanwhile waits in the
        agent's session for the next bridge.

    Raises:
        EventLoopError: the loop is trio's, on which google-genai cannot run. Nothing was done.
        ValueError: an argument does not fit. Nothing was done.
        FishjamError: the agent's session broke.
        google.genai.errors.APIError: the Live session broke, or Google closed it with an error.

    Whatever a function of yours raises ends the bridge too. All of these come as they are, never
    in an exception group, the first one of several.

    Example:
        >>> async with agent.connect() as session:
        ...     async with client.aio.live.connect(model=MODEL, config=CONFIG) as live:
        ...         await bridge(session, live, on_output_transcript=print)
    """
    require_asyncio("bridge()", "google-genai")
    listeners = Listeners(
        on_input_transcript, on_output_transcript, on_interrupted, on_turn_complete, on_message
    )
    # Not recursive: a callable may be an attrs object itself, and would be taken apart.
    check_callbacks(*astuple(listeners, recurse=False))
    check_interval(image_interval)
    if track is not None:
        _check_track(track, session)
    clock = clock or AsyncSystemClock()
    model = LiveInput(live, session.agent.audio_sample_rate)
    room_audio = RoomAudio(
        session,
        model.hear,
        clock,
        peer_id=peer_id,
        see=model.see,
        end=model.end_audio,
        end_after=audio_stream_end_after,
    )

    async def listen() -> EndedBy:
        await room_audio.listen()
        return "fishjam"

    parts: list[Part] = [listen, room_audio.linger]
    if image_track_ids is not None:
        feed = ImageFeed(
            session, model.see, clock, track_ids=image_track_ids, interval=image_interval
        )
        parts.append(feed.run)
    ended_by = await with_track(
        session,
        track,
        Integration().GEMINI_OUTPUT_AUDIO_SETTINGS,
        lambda track: _converse(live, Voice(track, clock=clock), listeners, parts),
    )
    return ended_by or "fishjam"


async def _converse(
    live: AsyncSession,
    voice: Voice,
    listeners: Listeners,
    parts: list[Part],
) -> EndedBy:
    callbacks = Callbacks()
    reader = LiveReader(live, voice, callbacks, listeners)
    return await converse(voice, callbacks, reader.read, *parts)


def _check_track(track: OutgoingTrack, session: AgentSession) -> None:
    if track.session is not session:
        raise ValueError(f"track={track!r} belongs to another session than the bridge's")
    options = track.options
    fits = (
        options.encoding != TrackEncoding.OPUS
        and options.sample_rate == OUTPUT_SAMPLE_RATE
        and options.channels == 1
    )
    if not fits:
        raise ValueError(
            f"track={track!r}: Gemini speaks 16-bit PCM at {OUTPUT_SAMPLE_RATE} Hz with one "
            "channel; add the track with GeminiIntegration.GEMINI_OUTPUT_AUDIO_SETTINGS"
        )
