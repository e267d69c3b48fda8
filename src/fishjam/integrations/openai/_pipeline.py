"""`bridge_pipeline`: connects an agent in a room with a voice pipeline of OpenAI's Agents SDK."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from typing import cast

import numpy as np
import numpy.typing as npt
from agents.voice import StreamedAudioInput, VoicePipeline, VoiceStreamEvent

from fishjam._audio.formats import PcmFormat
from fishjam.agent import AgentSession, IncomingTrackData, OutgoingTrack
from fishjam.clock import AsyncClock, AsyncSystemClock
from fishjam.integrations.bridge._callbacks import Callbacks, check_callbacks
from fishjam.integrations.bridge._conversation import converse
from fishjam.integrations.bridge._loop import require_asyncio
from fishjam.integrations.bridge._room_audio import Heard, RoomAudio, is_loud
from fishjam.integrations.bridge._tracks import with_track
from fishjam.integrations.bridge._voice import Voice, track_options
from fishjam.integrations.openai._realtime import SAMPLE_RATE, EndedBy


async def bridge_pipeline(
    session: AgentSession,
    pipeline: VoicePipeline,
    *,
    track: OutgoingTrack | None = None,
    peer_id: str | Collection[str] | None = None,
    interrupt_after: float | None = 0.3,
    on_interrupted: Callable[[], object] | None = None,
    on_event: Callable[[VoiceStreamEvent], object] | None = None,
    clock: AsyncClock | None = None,
) -> EndedBy:
    """Let a voice pipeline talk with the people in a room, until one side ends. On asyncio only.

    What the agent hears is transcribed, several voices mixed into one; what the pipeline says is
    played in the room in real time, at 24000 Hz. Transcripts and tools are the business of the
    pipeline's workflow. The pipeline itself has no interruptions: the bridge makes it silent when a
    peer speaks for a while, which is recognised by loudness.

    Args:
        session: an agent's session in a room; nothing else may receive from it.
        pipeline: with the models and the workflow.
        track: plays what the pipeline says; without it the bridge adds one, and removes it at the
            end.
        peer_id: the peer or peers that the pipeline hears, by default all of them.
        interrupt_after: seconds of speech that interrupt an answer, or None for never.
        on_interrupted: called when that has happened.
        on_event: called with every event of the pipeline. Both may be `def` or `async def`.
        clock: for tests; give the session the same one.

    Returns:
        "fishjam" when the agent's session ended in order, "openai" when the pipeline did.

    Raises:
        EventLoopError: the loop is trio's. Nothing was done.
        ValueError: the track is one of another session, or not PCM. Nothing was done.
        FishjamError: the agent's session broke.
        Exception: what the pipeline or a function of yours raised, as it is.

    Example:
        >>> pipeline = VoicePipeline(workflow=SingleAgentVoiceWorkflow(assistant))
        >>> await bridge_pipeline(session, pipeline)
    """
    require_asyncio("bridge_pipeline()", "OpenAI's Agents SDK")
    check_callbacks(on_interrupted, on_event)
    clock = clock or AsyncSystemClock()
    callbacks = Callbacks()

    async def talk_on(track: OutgoingTrack) -> EndedBy:
        voice = Voice(track, sample_rate=SAMPLE_RATE, channels=1, clock=clock)
        talk = _Talk(voice, session.agent.audio_sample_rate, interrupt_after)
        talk.on_interrupted = lambda: callbacks.add(on_interrupted)
        audio = RoomAudio(
            session,
            talk.hear,
            clock,
            target=PcmFormat(SAMPLE_RATE),
            peer_id=peer_id,
            admit=talk.notice,
        )

        async def listen() -> EndedBy:
            await audio.listen()
            return "fishjam"

        async def speak() -> EndedBy:
            result = await pipeline.run(talk.input)
            # It is annotated as an AsyncIterator, which has no `aclose`.
            stream = cast("AsyncGenerator[VoiceStreamEvent, None]", result.stream())
            async with aclosing(stream) as events:
                async for event in events:
                    callbacks.add(on_event, event)
                    talk.take(event)
            # Here, so that the last words can be interrupted too.
            await voice.finish()
            return "openai"

        return await converse(voice, callbacks, listen, speak, audio.linger)

    return await with_track(session, track, track_options(SAMPLE_RATE), talk_on) or "fishjam"


class _Talk:
    """What a pipeline hears and says, and its interruptions."""

    def __init__(self, voice: Voice, heard_rate: int, interrupt_after: float | None) -> None:
        self.input = StreamedAudioInput()
        self.on_interrupted: Callable[[], object] = bool
        self._voice = voice
        self._heard_rate = heard_rate
        self._patience = math.inf if interrupt_after is None else interrupt_after
        self._spoken = 0.0
        self._is_cut = False
        """Whether the rest of this turn is not said any more."""

    async def hear(self, heard: Heard) -> None:
        """Let the pipeline hear audio."""
        await self.input.add_audio(np.frombuffer(heard.data, dtype="<i2").astype(np.int16))

    async def notice(self, message: IncomingTrackData) -> bool:
        """Cut what is said once a peer has spoken for long enough; the pipeline hears all of it."""
        if not self._voice.speaking:
            # What was said before the answer does not interrupt it.
            self._spoken = 0.0
            return True
        seconds = len(message.data) / (2 * self._heard_rate)
        # Between loud sounds speech has soft ones, which must not reset the count.
        self._spoken = max(0.0, self._spoken + (seconds if is_loud(message.data) else -seconds))
        if self._spoken >= self._patience:
            self._is_cut = self._voice.in_turn
            await self._voice.interrupt()
            self.on_interrupted()
        return True

    def take(self, event: VoiceStreamEvent) -> None:
        """Play what the pipeline says."""
        if event.type == "voice_stream_event_audio" and event.data is not None:
            if not self._is_cut:
                self._voice.say(_as_bytes(event.data))
        elif event.type == "voice_stream_event_lifecycle" and event.event == "turn_ended":
            self._voice.end_turn()
            self._is_cut = False


def _as_bytes(data: npt.NDArray[np.int16 | np.float32]) -> bytes:
    if data.dtype == np.float32:
        return (np.clip(data, -1, 1) * 32767).astype("<i2").tobytes()
    return data.astype("<i2").tobytes()
