"""`bridge`: connects an agent in a room with a realtime session of OpenAI's Agents SDK."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from typing import Literal, TypeAlias, cast

import anyio
from agents.realtime import RealtimeSession, RealtimeSessionEvent
from attrs import frozen
from websockets.exceptions import ConnectionClosed

from fishjam._audio.formats import PcmFormat
from fishjam.agent import AgentSession, OutgoingTrack
from fishjam.clock import AsyncClock, AsyncSystemClock
from fishjam.integrations.bridge._callbacks import Callbacks, check_callbacks
from fishjam.integrations.bridge._conversation import converse
from fishjam.integrations.bridge._loop import require_asyncio
from fishjam.integrations.bridge._room_audio import Heard, RoomAudio
from fishjam.integrations.bridge._tracks import with_track
from fishjam.integrations.bridge._voice import Voice, track_options

EndedBy: TypeAlias = Literal["fishjam", "openai"]
"""The side that ended a bridge in order."""

SAMPLE_RATE = 24000
"""What the models of OpenAI hear and say, in Hz."""


@frozen
class _Listeners:
    """The user's functions, by what they are called for."""

    input_transcript: Callable[[str], object] | None
    output_transcript: Callable[[str], object] | None
    interrupted: Callable[[], object] | None
    event: Callable[[RealtimeSessionEvent], object] | None


async def bridge(
    session: AgentSession,
    model: RealtimeSession,
    *,
    track: OutgoingTrack | None = None,
    peer_id: str | Collection[str] | None = None,
    on_input_transcript: Callable[[str], object] | None = None,
    on_output_transcript: Callable[[str], object] | None = None,
    on_interrupted: Callable[[], object] | None = None,
    on_event: Callable[[RealtimeSessionEvent], object] | None = None,
    clock: AsyncClock | None = None,
) -> EndedBy:
    """Let a realtime model talk with the people in a room, until one side ends. On asyncio only.

    What the agent hears goes to the model, several voices mixed into one. What the model says is
    played in the room in real time; when a person interrupts it, it is silent at once. The Agents
    SDK calls the tools, as usual. The bridge reads from both sessions, so nothing else may. It
    closes neither of them.

    The model hears and says 16-bit PCM at 24000 Hz, its default. An agent that was created with
    `AgentOutputOptions(audio_sample_rate=24000)` hears that; any other rate is converted, for
    which the extra `audio` is needed.

    Args:
        session: an agent's session in a room.
        model: a realtime session that was entered: `async with await runner.run() as model`.
        track: plays what the model says; without it the bridge adds one, and removes it at the end.
        peer_id: the peer or peers that the model hears, by default all of them.
        on_input_transcript: called with what was said to the model, once transcribed.
        on_output_transcript: called with pieces of what the model says.
        on_interrupted: called when a person has interrupted the model.
        on_event: called with every event of the Agents SDK, before the other functions: tools that
            start and end, changes of the history, errors.
        clock: for tests; give the session the same one.

    The functions may be `def` or `async def`. They are called one after another, beside the
    conversation; a plain function must not block.

    Returns:
        "fishjam" when the agent's session ended in order, "openai" when the model's did.

    Raises:
        EventLoopError: the loop is trio's. Nothing was done.
        ValueError: the track is one of another session, or not PCM. Nothing was done.
        FishjamError: the agent's session broke.
        Exception: what ended the model's session, as the Agents SDK raises it, or what a function
            of yours raised.

    Example:
        >>> async with await RealtimeRunner(assistant).run() as model:
        ...     await bridge(session, model, on_output_transcript=print)
    """
    require_asyncio("bridge()", "OpenAI's Agents SDK")
    functions = (on_input_transcript, on_output_transcript, on_interrupted, on_event)
    check_callbacks(*functions)
    listeners = _Listeners(*functions)
    clock = clock or AsyncSystemClock()

    async def talk(track: OutgoingTrack) -> EndedBy:
        return await _talk(session, model, track, peer_id, listeners, clock)

    return await with_track(session, track, track_options(SAMPLE_RATE), talk) or "fishjam"


async def _talk(
    session: AgentSession,
    model: RealtimeSession,
    track: OutgoingTrack,
    peer_id: str | Collection[str] | None,
    listeners: _Listeners,
    clock: AsyncClock,
) -> EndedBy:
    voice = Voice(track, sample_rate=SAMPLE_RATE, channels=1, clock=clock)
    callbacks = Callbacks()
    reader = _Reader(voice, callbacks, listeners)

    async def hear(heard: Heard) -> None:
        try:
            await model.send_audio(heard.data)
        except ConnectionClosed:
            # The reader gets the reason, and ends the bridge.
            await anyio.sleep_forever()

    audio = RoomAudio(session, hear, clock, target=PcmFormat(SAMPLE_RATE), peer_id=peer_id)

    async def listen() -> EndedBy:
        await audio.listen()
        return "fishjam"

    async def read() -> EndedBy:
        # It is annotated as an AsyncIterator, which has no `aclose`.
        stream = cast("AsyncGenerator[RealtimeSessionEvent, None]", aiter(model))
        async with aclosing(stream) as events:
            async for event in events:
                await reader.take(event)
        return "openai"

    return await converse(voice, callbacks, listen, audio.linger, read)


class _Reader:
    """Plays the model's audio, and calls the user's functions."""

    def __init__(self, voice: Voice, callbacks: Callbacks, listeners: _Listeners) -> None:
        self._voice = voice
        self._callbacks = callbacks
        self._listeners = listeners
        self._item_id: str | None = None
        """What the model said last."""
        self._cut: set[str | None] = set()
        """What was interrupted, and may still be coming."""

    async def take(self, event: RealtimeSessionEvent) -> None:
        self._callbacks.add(self._listeners.event, event)
        if event.type == "audio":
            self._item_id = event.item_id
            if event.item_id not in self._cut:
                self._voice.say(event.audio.data)
        elif event.type == "audio_end":
            self._voice.end_turn()
        elif event.type == "audio_interrupted":
            # A playback tracker of the user's names the item that was heard, not the last one.
            self._cut = {event.item_id, self._item_id}
            await self._voice.interrupt()
            self._callbacks.add(self._listeners.interrupted)
        elif event.type == "raw_model_event":
            data = event.data
            if data.type == "input_audio_transcription_completed":
                self._callbacks.add(self._listeners.input_transcript, data.transcript)
            elif data.type == "transcript_delta":
                self._callbacks.add(self._listeners.output_transcript, data.delta)
