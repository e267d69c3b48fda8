"""The half of a transport that begins a pipeline: what is heard and seen in the room."""

from __future__ import annotations

import asyncio
import io
from typing import Any

from PIL import Image
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    StartFrame,
    UserAudioRawFrame,
    UserImageRawFrame,
    UserImageRequestFrame,
)
from pipecat.processors.frame_processor import (
    FrameDirection,
    FrameProcessorSetup,
)
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_transport import BaseTransport
from pipecat.utils.errors import ErrorCategory

from fishjam._audio.formats import PcmFormat
from fishjam.agent import IncomingTrackImage
from fishjam.errors import AgentError
from fishjam.integrations.bridge._room_audio import Heard
from fishjam.integrations.pipecat._connection import Connection
from fishjam.integrations.pipecat._half import Half
from fishjam.integrations.pipecat._params import FishjamParams
from fishjam.integrations.pipecat._participants import (
    CAMERA,
    SCREEN,
    Participants,
    ParticipantTrack,
)


class FishjamInputTransport(Half, BaseInputTransport):
    """Gives what the agent hears and sees; made by `FishjamTransport.input`."""

    def __init__(
        self,
        transport: BaseTransport,
        connection: Connection,
        participants: Participants,
        params: FishjamParams,
        **options: Any,
    ) -> None:
        super().__init__(params, **options)
        self._transport = transport
        self._connection = connection
        self._participants = participants
        self._channels = params.audio_in_channels
        self._image_timeout = params.image_timeout
        self._listens = False
        self._requests: set[asyncio.Task[None]] = set()

    def can_generate_metrics(self) -> bool:
        """Tell Pipecat that the time to connect is measured, as processing time."""
        return True

    # Pipecat's own processors narrow the argument of their base class in the same way.
    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]
        """Learn the sample rate of the pipeline."""
        await super().setup(setup)
        self._connection.hears = PcmFormat(self.sample_rate, self._channels)

    async def start(self, frame: StartFrame) -> None:
        """Join the room; a failure is pushed as an `ErrorFrame`, and ends the pipeline."""
        await super().start(frame)
        await self.start_processing_metrics()
        joined = await self._connection.join(self)
        await self.stop_processing_metrics()
        if joined:
            await self.set_transport_ready(frame)
            self._listens = True

    async def stop(self, frame: EndFrame) -> None:
        """Stop listening; the room is left when the other half has finished too."""
        await super().stop(frame)
        await self._leave()

    async def cancel(self, frame: CancelFrame) -> None:
        """Leave at once."""
        await super().cancel(frame)
        await self._leave()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Process a frame, and answer a request for an image beside it."""
        await super().process_frame(frame, direction)
        if isinstance(frame, UserImageRequestFrame):
            task = self.create_task(self._answer(frame))
            self._requests.add(task)
            task.add_done_callback(self._requests.discard)

    async def hear(self, heard: Heard) -> None:
        """Give a piece of audio to the pipeline."""
        if not self._listens:
            return
        form: dict[str, Any] = {
            "audio": heard.data,
            "sample_rate": self.sample_rate,
            "num_channels": self._channels,
        }
        frame = InputAudioRawFrame(**form)
        if heard.peer_id is not None:
            frame = UserAudioRawFrame(user_id=heard.peer_id, **form)
            frame.transport_source = heard.track_id
        await self.push_audio_frame(frame)

    async def see(
        self,
        image: IncomingTrackImage,
        track: ParticipantTrack,
        request: UserImageRequestFrame | None = None,
    ) -> None:
        """Give an image to the pipeline, as RGB."""
        try:
            size, pixels = await asyncio.to_thread(_decoded, image.data)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            why = f"An image of {track.peer_id} cannot be read: {error}"
            await self._refuse(request, why, error)
            return
        if not self._listens:
            return
        frame = UserImageRawFrame(
            user_id=track.peer_id,
            image=pixels,
            size=size,
            format="RGB",
            text=request.text if request else None,
            append_to_context=request.append_to_context if request else None,
            request=request,
        )
        frame.transport_source = track.source
        await self.push_video_frame(frame)

    async def _answer(self, request: UserImageRequestFrame) -> None:
        session = self._connection.session
        source = request.video_source or CAMERA
        if not self._params.video_in_enabled:
            await self._refuse(request, "No image: video_in_enabled is off.")
            return
        tracks = [
            track
            for track in self._participants.video_tracks(request.user_id)
            if track.source == source
        ]
        if session is None or not tracks:
            await self._refuse(request, f"{request.user_id} sends no video ({source}).")
            return
        try:
            image = await session.request_image(tracks[-1].id, timeout=self._image_timeout)
        except AgentError as error:
            await self._refuse(request, f"No image of {request.user_id} ({source}): {error}", error)
            return
        await self.see(image, tracks[-1], request)

    async def _refuse(
        self, request: UserImageRequestFrame | None, why: str, error: Exception | None = None
    ) -> None:
        await self.push_error(why, error, category=ErrorCategory.APPLICATION)
        # The function call that made the request would never end otherwise.
        if request is not None and request.result_callback is not None:
            await request.result_callback({"error": why})

    async def _leave(self) -> None:
        self._listens = False
        for task in list(self._requests):
            await self.cancel_task(task)
        await super()._leave()

    def _supports_video_in_source(self, video_source: str) -> bool:
        return video_source in (CAMERA, SCREEN)


def _decoded(data: bytes) -> tuple[tuple[int, int], bytes]:
    with Image.open(io.BytesIO(data)) as image:
        return image.size, image.convert("RGB").tobytes()
