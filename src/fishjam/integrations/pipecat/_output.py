"""The half of a transport that ends a pipeline: what the bot says in the room."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import anyio
from loguru import logger
from pipecat.frames.frames import (
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    OutputAudioRawFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
    StartFrame,
)
from pipecat.processors.frame_processor import (
    FrameDirection,
    FrameProcessorSetup,
)
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import BaseTransport

from fishjam._audio.converter import Converter
from fishjam._audio.formats import WIDTH, PcmFormat
from fishjam.errors import AgentError
from fishjam.integrations.bridge._voice import Voice, track_options
from fishjam.integrations.pipecat._connection import Connection
from fishjam.integrations.pipecat._half import Half
from fishjam.integrations.pipecat._params import FishjamParams

_LAST_WORDS = 2.0
"""Seconds for what is on its way to be heard, before the agent leaves."""


class FishjamOutputTransport(Half, BaseOutputTransport):
    """Plays what the bot says, in real time; made by `FishjamTransport.output`."""

    def __init__(
        self,
        transport: BaseTransport,
        connection: Connection,
        params: FishjamParams,
        **options: Any,
    ) -> None:
        super().__init__(params, **options)
        self._transport = transport
        self._connection = connection
        self._channels = params.audio_out_channels
        # Pipecat gives the transport up for good when a write takes longer than that.
        self._patience = params.audio_out_write_timeout_secs / 2
        self._converter: tuple[PcmFormat, Converter] | None = None
        self._told_of_messages = False
        self._interruptible = True
        """Whether an interruption may drop what is being said."""

    # Pipecat's own processors narrow the argument of their base class in the same way.
    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]
        """Learn the sample rate of the pipeline."""
        await super().setup(setup)
        self._connection.speaks = PcmFormat(self.sample_rate, self._channels)

    async def start(self, frame: StartFrame) -> None:
        """Join the room."""
        await super().start(frame)
        if await self._connection.join(self):
            await self.set_transport_ready(frame)

    async def stop(self, frame: EndFrame) -> None:
        """Play what is left, and leave."""
        await super().stop(frame)
        voice = self._connection.voice
        if voice is not None:
            with anyio.move_on_after(_LAST_WORDS):
                await voice.finish()
        await self._leave()

    async def cancel(self, frame: CancelFrame) -> None:
        """Leave at once."""
        await super().cancel(frame)
        await self._leave()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Process a frame; an interruption is silent at once, if the audio may be interrupted."""
        if isinstance(frame, OutputAudioRawFrame):
            # Before Pipecat joins it with other audio, and cuts that into frames of its own.
            if not await self._is_playable(frame):
                return
            await self._cut(frame)
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame) and self._interruptible:
            self._converter = None
            voice = self._connection.voice
            if voice is not None:
                await self._interrupt(voice)

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        """Push a frame; when the bot has stopped speaking, the rest of its words goes out."""
        voice = self._connection.voice
        if isinstance(frame, BotStoppedSpeakingFrame) and voice is not None:
            self._flush(voice)
        await super().push_frame(frame, direction)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        """Play audio; returns when the room needs more, or an interruption came."""
        voice = self._connection.voice
        if voice is None:
            if not self._params.audio_out_enabled:
                # A mixer would give the next frame at once, and never let go of the processor.
                await anyio.sleep(self._params.audio_out_10ms_chunks / 100)
            return False
        data = self._converted(frame)
        self._interruptible = frame.interruptible
        # While the connection is lost, the audio waits here and in the pipeline.
        with anyio.move_on_after(self._patience):
            return await voice.write(data)
        return False

    async def send_message(
        self, frame: OutputTransportMessageFrame | OutputTransportMessageUrgentFrame
    ) -> None:
        """Do nothing, and say so once: an agent of Fishjam has no channel for messages."""
        if not self._told_of_messages:
            self._told_of_messages = True
            # Not an error: Pipecat sends some of its own accord, for clients that speak RTVI.
            logger.warning(f"{self}: agents of Fishjam send no messages; they are left out")

    async def _interrupt(self, voice: Voice) -> None:
        # When the session has broken, the end of the connection is reported by itself.
        with suppress(AgentError):
            await voice.interrupt()

    async def _is_playable(self, frame: OutputAudioRawFrame) -> bool:
        """Tell whether audio can be played; if not, an error is pushed."""
        rate, channels = frame.sample_rate, frame.num_channels
        if channels in (1, 2) and 8000 <= rate <= 192_000:
            return True
        await self.push_error(
            f"Audio of {rate} Hz with {channels} channels cannot be played: use 8000 to 192000 Hz "
            "and one channel or two. It is left out"
        )
        return False

    async def _cut(self, frame: OutputAudioRawFrame) -> None:
        """Cut off an incomplete sample, which would turn all that follows into noise."""
        rest = len(frame.audio) % (WIDTH * frame.num_channels)
        if rest:
            await self.push_error(
                f"{len(frame.audio)} bytes are not a whole number of samples: the last {rest} "
                "are left out"
            )
            frame.audio = frame.audio[:-rest]

    def _converted(self, frame: OutputAudioRawFrame) -> bytes:
        """Return audio in the form of the track."""
        source = PcmFormat(frame.sample_rate, frame.num_channels)
        if self._converter is None or self._converter[0] != source:
            target = track_options(self.sample_rate, self._channels)
            self._converter = (source, Converter(source, target, live=True))
        return self._converter[1].convert(frame.audio)

    def _flush(self, voice: Voice) -> None:
        if self._converter is not None and voice.in_turn:
            voice.say(self._converter[1].finish())
        self._converter = None
        self._interruptible = True
        voice.end_turn()
