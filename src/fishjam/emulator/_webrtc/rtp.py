"""What a browser sends: from RTP packets to encoded frames, one track for each media section.

aiortc's own way tells sections apart by sources that simulcast does not announce, ends a track at
the first goodbye of any of its layers, and decodes everything. So packets are taken right behind
its decryption.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from aiortc.codecs.h264 import H264PayloadDescriptor
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import (
    RTCP_PSFB_PLI,
    HeaderExtensionsMap,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtpPacket,
)
from attrs import field, frozen

from fishjam.emulator._webrtc.sdp import Codec, Section

KEY_FRAME_INTERVAL = 0.3
"""Seconds between two requests for a key frame; one takes a browser about 0.1 s to answer."""
_OWN_SSRC = 1
"""The source of the reports; browsers look only at the stream that they are about."""
_HALF_SEQUENCE = 0x8000
_WRAP, _HALF_WRAP = 1 << 32, 1 << 31


@frozen
class EncodedFrame:
    """One frame as it was sent.

    Attributes:
        codec: `opus`, `H264` or `VP8`.
        data: the frame; H.264 with start codes.
        timestamp: when it is to be shown or heard, in ticks of the codec's clock.
        is_key: whether it can be decoded without those before it.
        audio_level: how loud it is in dB under the maximum, if the browser says so.
    """

    codec: str
    data: bytes
    timestamp: int
    is_key: bool = True
    audio_level: int | None = None


class FrameSink(Protocol):
    """Takes the frames of a track, in order."""

    def on_frame(self, frame: EncodedFrame) -> None:
        """Take a frame; called inside the server's loop, so it must not wait."""


class IncomingTrack:
    """One track that a browser sends.

    Lost packets are not asked for again: between programs of one machine none get lost. If some
    do, video waits for a key frame.

    Args:
        kind: `audio` or `video`.
        send_rtcp: sends reports and requests to the browser.
        now: reads a clock that never goes back, in seconds.
    """

    def __init__(
        self,
        kind: str,
        send_rtcp: Callable[[bytes], object],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.kind = kind
        self._send_rtcp = send_rtcp
        self._now = now
        self._codecs: dict[int, Codec] = {}
        self._sinks: dict[FrameSink, None] = {}
        self._asked = float("-inf")
        self._wants_key_frame = False
        self._timeline = Unwrapper()
        self._parts: list[bytes] = []
        self._timestamp = 0
        self._start(None)

    @property
    def codec(self) -> str:
        """The name of the codec that the browser uses, or is to use."""
        return next((codec.name for codec in self._codecs.values()), "")

    def configure(self, codecs: Iterable[Codec]) -> None:
        """Say what its packets may carry, by the answer to the browser's offer."""
        self._codecs = {
            codec.payload_type: codec for codec in codecs if codec.name.lower() != "rtx"
        }

    def add_sink(self, sink: FrameSink) -> None:
        """Hand out frames to a sink from now on; video begins with a key frame soon."""
        self._sinks[sink] = None
        self.request_key_frame()

    def remove_sink(self, sink: FrameSink) -> None:
        """Hand out no more frames to a sink."""
        self._sinks.pop(sink, None)

    def request_key_frame(self) -> None:
        """Ask the browser for a key frame, unless it was asked a moment ago."""
        if self.kind == "audio" or self._ssrc is None:
            return
        # Kept also when it is too early to ask: the next report asks again.
        self._wants_key_frame = True
        if self._now() - self._asked >= KEY_FRAME_INTERVAL:
            self._asked = self._now()
            request = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=_OWN_SSRC, media_ssrc=self._ssrc)
            self._send_rtcp(bytes(request))

    def receive(self, packet: RtpPacket) -> None:
        """Take a packet of this track."""
        codec = self._codecs.get(packet.payload_type)
        if codec is None:
            return
        if packet.ssrc != self._ssrc:
            # RFC 3550: the sequence numbers and timestamps of another source begin anywhere.
            self._start(packet.ssrc)
        is_next = self._follows(packet.sequence_number)
        if is_next is None:
            return
        self._statistics(codec).add(packet)
        if not is_next:
            self._break()
        # A browser tries out the capacity of the network with packets that carry nothing.
        if packet.payload:
            self._take(packet, codec)

    def report(self) -> None:
        """Tell the browser how its packets arrive; without that it assumes a bad network."""
        statistics = self._received
        if statistics is None or self._ssrc is None:
            return
        if self._wants_key_frame:
            # The answer to the last request was lost, or there was nothing to be seen.
            self.request_key_frame()
        info = RtcpReceiverInfo(
            ssrc=self._ssrc,
            fraction_lost=statistics.fraction_lost,
            packets_lost=statistics.packets_lost,
            highest_sequence=statistics.cycles + (statistics.max_seq or 0),
            jitter=statistics.jitter,
            # RFC 3550: zero for both, because the browser's sender reports are not read.
            lsr=0,
            dlsr=0,
        )
        self._send_rtcp(bytes(RtcpRrPacket(ssrc=_OWN_SSRC, reports=[info])))

    def _start(self, ssrc: int | None) -> None:
        self._ssrc = ssrc
        self._sequence: int | None = None
        self._received: StreamStatistics | None = None
        self._timeline.restart()
        # A decoder can only begin with a key frame.
        self._is_broken = self.kind == "video"
        self._drop()

    def _follows(self, sequence: int) -> bool | None:
        """Tell whether a packet comes right after the one before it; None if it is late."""
        before, self._sequence = self._sequence, sequence
        if before is None:
            return True
        # The numbers have 16 bits and wrap around; more than half of the way ahead is behind.
        distance = (sequence - before) & 0xFFFF
        if not 0 < distance < _HALF_SEQUENCE:
            self._sequence = before
            return None
        return distance == 1

    def _statistics(self, codec: Codec) -> StreamStatistics:
        if self._received is None:
            self._received = StreamStatistics(codec.clock_rate)
        return self._received

    def _take(self, packet: RtpPacket, codec: Codec) -> None:
        if self.kind == "audio":
            level = packet.extensions.audio_level
            # aiortc gives a pair: the flag for voice, and the level.
            self._hand_out(packet, codec, packet.payload, True, level and level[1])
            return
        if self._parts and self._timestamp != packet.timestamp:
            # The end of the frame before this one is missing.
            self._break()
        self._timestamp = packet.timestamp
        try:
            self._parts.append(depayload(codec.name, packet.payload))
        except ValueError:
            self._break()
            return
        if packet.marker:
            data = b"".join(self._parts)
            self._drop()
            self._end_frame(packet, codec, data)

    def _end_frame(self, packet: RtpPacket, codec: Codec, data: bytes) -> None:
        is_key = is_key_frame(codec.name, data)
        if is_key:
            self._is_broken = self._wants_key_frame = False
        if self._is_broken:
            self.request_key_frame()
        else:
            self._hand_out(packet, codec, data, is_key, None)

    def _hand_out(
        self, packet: RtpPacket, codec: Codec, data: bytes, is_key: bool, level: int | None
    ) -> None:
        timestamp = self._timeline.unwrap(packet.timestamp)
        frame = EncodedFrame(codec.name, data, timestamp, is_key, level)
        for sink in tuple(self._sinks):
            sink.on_frame(frame)

    def _break(self) -> None:
        self._drop()
        if self.kind == "video":
            self._is_broken = True
            self.request_key_frame()

    def _drop(self) -> None:
        self._parts = []


@frozen
class _Route:
    """The tracks by what their packets bear."""

    by_mid: dict[str, IncomingTrack] = field(factory=dict)
    by_ssrc: dict[int, IncomingTrack] = field(factory=dict)


class Demultiplexer:
    """Hands packets of one transport to the tracks that they belong to."""

    def __init__(self) -> None:
        self._extensions = HeaderExtensionsMap()
        self._route = _Route()
        # The sections of sources that no offer names, by what their first packets said.
        self._learnt: dict[int, str] = {}

    def configure(
        self,
        extensions: Mapping[str, int],
        sections: Iterable[Section],
        tracks: Mapping[str, IncomingTrack],
    ) -> None:
        """Learn which packets belong to which track.

        Args:
            extensions: the numbers of the header extensions.
            sections: the sections of the browser's offer.
            tracks: the tracks that come, by the mids of their sections.
        """
        numbered = [
            RTCRtpHeaderExtensionParameters(id=id_, uri=uri) for uri, id_ in extensions.items()
        ]
        self._extensions.configure(RTCRtpParameters(headerExtensions=numbered))
        by_ssrc = {
            ssrc: tracks[section.mid]
            for section in sections
            # The layers that are not taken have sources of their own.
            if section.mid in tracks and not section.rids
            for ssrc in section.ssrcs
        }
        # After the first packets browsers do not say it again, not even after another offer.
        for ssrc, mid in self._learnt.items():
            if mid in tracks:
                by_ssrc.setdefault(ssrc, tracks[mid])
        self._route = _Route(dict(tracks), by_ssrc)

    async def receive(self, data: bytes, arrival_time_ms: int) -> None:
        """Take a packet as it came, in place of what aiortc would do with it."""
        try:
            packet = RtpPacket.parse(data, self._extensions)
        # aiortc's parser may let any of these out when a packet is cut short.
        except (ValueError, IndexError, struct.error):
            return
        mid = packet.extensions.mid or ""
        track = self._route.by_mid.get(mid)
        if track is not None and packet.extensions.repaired_rtp_stream_id is None:
            # Browsers name the section only until they know that it was heard.
            self._route.by_ssrc.setdefault(packet.ssrc, track)
            self._learnt[packet.ssrc] = mid
        track = self._route.by_ssrc.get(packet.ssrc)
        if track is not None:
            track.receive(packet)


class Unwrapper:
    """Makes timestamps of 32 bits rise for ever, also across a new source."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._total = 0

    def restart(self) -> None:
        """Go on from here with whatever comes next."""
        self._last = None

    def unwrap(self, timestamp: int) -> int:
        """Return the timestamp in the long count."""
        if self._last is not None:
            step = (timestamp - self._last) % _WRAP
            self._total += step - _WRAP if step >= _HALF_WRAP else step
        self._last = timestamp
        return self._total


def depayload(codec: str, payload: bytes) -> bytes:
    """Return what a packet of video holds of its frame.

    Raises:
        ValueError: if it does not hold what the codec says.
    """
    if codec.upper() == "H264":
        return bytes(H264PayloadDescriptor.parse(payload)[1])
    return bytes(VpxPayloadDescriptor.parse(payload)[1])


def is_key_frame(codec: str, data: bytes) -> bool:
    """Tell whether a frame of video can be decoded without those before it."""
    if codec.upper() != "H264":
        # RFC 6386, 9.1: the lowest bit of the first byte is 0 in a key frame.
        return bool(data) and not data[0] & 1
    position = data.find(b"\0\0\1")
    while position >= 0:
        kind = data[position + 3 : position + 4]
        # The types of NAL units: 5 is a picture that stands for itself, 7 the parameters that come
        # before one.
        if kind and kind[0] & 0x1F in (5, 7):
            return True
        position = data.find(b"\0\0\1", position + 3)
    return False
