"""What both halves of a transport do when a pipeline is cancelled and when it has ended."""

from __future__ import annotations

from pipecat.frames.frames import CancelFrame, Frame
from pipecat.processors.frame_processor import FrameCallback, FrameDirection, FrameProcessor
from pipecat.transports.base_transport import BaseTransport

from fishjam.integrations.pipecat._connection import Connection


class Half(FrameProcessor):
    """Half of a transport; `_transport` and `_connection` are set by what is made of it."""

    _transport: BaseTransport
    _connection: Connection

    async def queue_frame(
        self,
        frame: Frame,
        direction: FrameDirection = FrameDirection.DOWNSTREAM,
        callback: FrameCallback | None = None,
    ) -> None:
        """Queue a frame; a cancel does not wait for a start that still connects."""
        if isinstance(frame, CancelFrame):
            self._connection.cancel_join()
        await super().queue_frame(frame, direction, callback)

    async def cleanup(self) -> None:
        """Leave the room, if nothing else has led to that."""
        await super().cleanup()
        await self._leave()
        await self._transport.cleanup()

    async def _leave(self) -> None:
        await self._connection.leave(self)
