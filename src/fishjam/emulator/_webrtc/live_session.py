"""One streamer or viewer of a livestream: what it may do, and its connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Literal

from attrs import frozen

from fishjam.emulator._model.livestream_presence import LivestreamPresence
from fishjam.emulator._model.refusals import BadRequest
from fishjam.emulator._webrtc import sdp
from fishjam.emulator._webrtc.outgoing import OutgoingSource, SenderTrack
from fishjam.emulator._webrtc.peer import REPORT_INTERVAL
from fishjam.emulator._webrtc.rtp import Demultiplexer, IncomingTrack
from fishjam.emulator._webrtc.sources import DecodedVideo
from fishjam.emulator._webrtc.transport import Transport

# Streams are made without a codec, unlike rooms, whose default this is.
_VIDEO_CODEC = "h264"

Role = Literal["streamer", "viewer"]


@frozen
class Admission:
    """What a token lets somebody do.

    Attributes:
        stream_id: the livestream, or the room that is one.
        participant_id: the streamer or viewer.
        find_presence: finds where it is noted that they are connected; raises `NotFound` once they
            or the livestream are gone. The lock is held.
        takes_video: whether the livestream has video.
    """

    stream_id: str
    participant_id: str
    find_presence: Callable[[], LivestreamPresence]
    takes_video: bool


class LiveSession:
    """One streamer or viewer.

    Args:
        role: which of them.
        admission: what it may do.
        on_lost: called with it when it cannot be reached any more.

    Attributes:
        role: which of them.
        admission: what it may do.
        tracks: what a streamer sends, by kind.
    """

    def __init__(
        self, role: Role, admission: Admission, on_lost: Callable[[LiveSession], object]
    ) -> None:
        self.role: Role = role
        self.admission = admission
        self.tracks: dict[str, IncomingTrack] = {}
        self._decoded: DecodedVideo | None = None
        self._outgoing: list[tuple[SenderTrack, str]] = []
        self._demultiplexer = Demultiplexer()
        self._on_lost = partial(on_lost, self)
        self._deadline: asyncio.TimerHandle | None = None
        self._transport = Transport(
            self._demultiplexer.receive, self._on_lost, on_connected=self._cancel_deadline
        )
        self._reporting: asyncio.Task[None] | None = None

    async def receive(self, offer: sdp.Description) -> sdp.Description:
        """Answer the offer of a streamer."""
        sections = [section for section in offer.sections if section.direction.startswith("send")]
        if any(section.kind == "video" for section in sections) and not self.admission.takes_video:
            raise sdp.SdpError("this livestream takes no video: it is for audio only")
        if not sections:
            raise sdp.SdpError("the offer has no media section that sends")
        answer = await self._transport.answer(offer, _VIDEO_CODEC, {})
        codecs = {section.mid: section.codecs for section in answer.sections}
        tracks = {
            section.mid: IncomingTrack(section.kind, self._transport.send_rtcp)
            for section in sections
        }
        for mid, track in tracks.items():
            track.configure(codecs[mid])
            # A viewer receives one track of each kind.
            self.tracks.setdefault(track.kind, track)
        self._demultiplexer.configure(offer.extensions, offer.sections, tracks)
        self._reporting = asyncio.get_running_loop().create_task(self._report())
        return sdp.finish_answer(offer, answer, {})

    async def send(self, offer: sdp.Description) -> sdp.Description:
        """Answer the offer of a viewer."""
        tracks: dict[str, SenderTrack | None] = {
            section.mid: SenderTrack(section.kind)
            for section in offer.sections
            if section.direction == "recvonly" and section.kind in ("audio", "video")
        }
        if not tracks:
            raise sdp.SdpError("the offer has no media section that receives")
        answer = await self._transport.answer(offer, _VIDEO_CODEC, tracks)
        for section in answer.sections:
            track = tracks.get(section.mid)
            if track is not None:
                self._outgoing.append((track, section.codecs[0].name))
        streams = dict.fromkeys(tracks, self.admission.stream_id)
        return sdp.finish_answer(offer, answer, streams)

    def watch(self, streamer: LiveSession | None) -> None:
        """Send a viewer what a streamer sends; nothing if that has left in the meantime."""
        for track, codec in self._outgoing:
            track.attach(None if streamer is None else streamer.source(track.kind, codec))

    def source(self, kind: str, codec: str) -> OutgoingSource | None:
        """Return what gives the frames of a streamer, in a codec."""
        track = self.tracks.get(kind)
        if track is None or kind == "audio" or track.codec.lower() == codec.lower():
            return track
        self._decoded = self._decoded or DecodedVideo(track)
        return self._decoded

    def expect_connection(self, seconds: float) -> None:
        """Take it for lost unless it connects in time, now that it has its answer."""
        # aiortc would wait for ever for addresses of a page that is gone.
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(seconds, self._on_lost)

    async def add_candidates(self, fragment: str) -> None:
        """Take addresses of the browser.

        Raises:
            BadRequest: if they cannot be used.
        """
        mid = ""
        for line in fragment.splitlines():
            if line.startswith("a=mid:"):
                mid = line.removeprefix("a=mid:")
            elif line.startswith("a=candidate:"):
                try:
                    await self._transport.add_candidate(line.removeprefix("a="), mid, 0)
                except sdp.SdpError as error:
                    raise BadRequest(str(error)) from error

    async def aclose(self) -> None:
        """End the connection."""
        self._cancel_deadline()
        if self._reporting is not None:
            self._reporting.cancel()
        for track, _ in self._outgoing:
            track.attach(None)
        await self._transport.aclose()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_INTERVAL)
            for track in self.tracks.values():
                track.report()
