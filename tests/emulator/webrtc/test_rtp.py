"""From packets to frames: order, losses, new sources, key frames, reports."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.rtp import (
    RTCP_PSFB_PLI,
    HeaderExtensionsMap,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtpPacket,
)

from fishjam.emulator._webrtc.rtp import (
    Demultiplexer,
    EncodedFrame,
    IncomingTrack,
    Unwrapper,
    depayload,
    is_key_frame,
)
from fishjam.emulator._webrtc.sdp import Codec
from tests.support import recorded_sdp as recorded
from tests.support.browser import RED, Wall

VP8, H264, OPUS = Codec(96, "VP8", 90000), Codec(102, "H264", 90000), Codec(111, "opus", 48000)
RTX = Codec(97, "rtx", 90000, "apt=96")
KEY, DELTA = b"\x10\x00key", b"\x10\x01delta"
"""Payloads of VP8, whose first byte begins a frame; the next one says what it is."""


class Receiver:
    """A track, what comes out of it, and what it asks for."""

    def __init__(self, kind: str, *codecs: Codec) -> None:
        self.now = 0.0
        self.frames: list[EncodedFrame] = []
        self.rtcp: list[Any] = []
        self.track = IncomingTrack(kind, self._send, lambda: self.now)
        self.track.configure(codecs)
        self.track.add_sink(self)
        self.sequence = 65534
        self.ssrc = 7

    def on_frame(self, frame: EncodedFrame) -> None:
        self.frames.append(frame)

    def receive(self, payload: bytes, timestamp: int = 0, **fields: Any) -> None:
        """Take the next packet, a whole frame unless `marker` says otherwise."""
        sequence = fields.pop("sequence", None)
        if sequence is None:
            self.sequence = sequence = (self.sequence + 1) & 0xFFFF
        values = {"payload_type": 96, "marker": 1, "ssrc": self.ssrc, **fields}
        packet = RtpPacket(sequence_number=sequence, timestamp=timestamp, **values)
        packet.payload = payload
        self.track.receive(packet)

    @property
    def data(self) -> list[bytes]:
        return [frame.data for frame in self.frames]

    def requests(self) -> int:
        """Return how many key frames were asked for."""
        return sum(isinstance(packet, RtcpPsfbPacket) for packet in self.rtcp)

    def _send(self, data: bytes) -> None:
        self.rtcp += RtcpPacket.parse(data)


@pytest.fixture
def video() -> Receiver:
    return Receiver("video", VP8, RTX)


@pytest.fixture
def audio() -> Receiver:
    return Receiver("audio", OPUS)


def test_frames_of_several_packets_are_put_together(video: Receiver) -> None:
    video.receive(KEY, 10, marker=0)
    video.receive(b"\x00more", 10)
    assert video.frames == [EncodedFrame("VP8", b"\x00keymore", 0)]
    video.receive(DELTA, 3010)
    assert video.frames[1] == EncodedFrame("VP8", b"\x01delta", 3000, is_key=False)


def test_nothing_is_shown_before_a_key_frame_and_one_is_asked_for(video: Receiver) -> None:
    video.receive(DELTA)
    assert video.frames == []
    (request,) = video.rtcp
    assert (request.fmt, request.media_ssrc) == (RTCP_PSFB_PLI, 7)
    video.receive(KEY)
    assert video.data == [b"\x00key"]


def test_a_loss_breaks_until_the_next_key_frame(video: Receiver) -> None:
    video.receive(KEY, 0)
    video.sequence += 1
    video.receive(DELTA, 1)
    video.receive(DELTA, 2)
    assert video.data == [b"\x00key"]
    assert video.requests() == 1
    video.receive(KEY, 3)
    video.receive(DELTA, 4)
    assert video.data == [b"\x00key", b"\x00key", b"\x01delta"]


def test_late_and_double_packets_are_dropped(video: Receiver) -> None:
    video.receive(KEY, 0)
    video.receive(KEY, 0, sequence=video.sequence)
    video.receive(KEY, 0, sequence=video.sequence - 5)
    assert len(video.frames) == 1
    assert video.requests() == 0


def test_a_frame_without_an_end_breaks(video: Receiver) -> None:
    video.receive(KEY, 0, marker=0)
    video.receive(DELTA, 1)
    assert video.frames == []
    assert video.requests() == 1


def test_what_the_codec_cannot_have_written_breaks(video: Receiver) -> None:
    video.receive(KEY, 0)
    video.receive(b"\x80", 1)
    video.receive(DELTA, 2)
    assert video.data == [b"\x00key"]


def test_packets_without_content_and_of_other_types_are_passed_over(video: Receiver) -> None:
    video.receive(KEY, 0)
    video.receive(b"", 0)
    video.receive(b"x", 0, payload_type=97, sequence=9)
    video.receive(DELTA, 1)
    assert video.data == [b"\x00key", b"\x01delta"]


def test_a_new_source_goes_on_where_the_old_one_was(video: Receiver) -> None:
    video.receive(KEY, 1000)
    video.receive(DELTA, 4000)
    video.ssrc = 8
    video.receive(KEY, 77)
    video.receive(DELTA, 3077)
    assert [frame.timestamp for frame in video.frames] == [0, 3000, 3000, 6000]


def test_key_frames_are_asked_for_at_a_bounded_rate_and_again(video: Receiver) -> None:
    video.receive(KEY)
    video.track.request_key_frame()
    video.track.request_key_frame()
    assert video.requests() == 1
    video.now = 1.0
    video.track.report()
    assert video.requests() == 2
    video.receive(KEY)
    video.now = 2.0
    video.track.report()
    assert video.requests() == 2


def test_nothing_is_asked_for_or_reported_before_the_first_packet(video: Receiver) -> None:
    video.track.request_key_frame()
    video.track.report()
    assert video.rtcp == []


def test_reports_say_what_arrived(audio: Receiver) -> None:
    for timestamp in range(3):
        audio.receive(b"opus", timestamp * 960, payload_type=111)
    audio.sequence += 1
    audio.receive(b"opus", 3840, payload_type=111)
    audio.track.report()
    (report,) = audio.rtcp
    assert isinstance(report, RtcpRrPacket)
    (info,) = report.reports
    assert (info.ssrc, info.packets_lost, info.highest_sequence) == (7, 1, 65536 + 3)


def test_every_packet_of_audio_is_a_frame_with_its_level(audio: Receiver) -> None:
    packet = RtpPacket(payload_type=111, sequence_number=1, ssrc=7, payload=b"opus")
    packet.extensions.audio_level = (True, 20)
    audio.track.receive(packet)
    audio.sequence = 5
    audio.receive(b"after a gap", 960, payload_type=111)
    assert audio.frames == [
        EncodedFrame("opus", b"opus", 0, audio_level=20),
        EncodedFrame("opus", b"after a gap", 960),
    ]
    audio.track.request_key_frame()
    assert audio.rtcp == []


def test_who_is_removed_gets_nothing_more(video: Receiver) -> None:
    video.track.remove_sink(video)
    video.track.remove_sink(video)
    video.receive(KEY)
    assert video.frames == []


def test_a_track_has_the_codec_that_was_agreed_upon(video: Receiver) -> None:
    assert video.track.codec == "VP8"
    assert IncomingTrack("video", lambda _data: None).codec == ""


def test_timestamps_rise_for_ever() -> None:
    unwrapper = Unwrapper()
    given = [4294967290, 4, 3, 10]
    assert [unwrapper.unwrap(number) for number in given] == [0, 10, 9, 16]


@pytest.mark.parametrize(("codec", "encoder"), [("H264", H264Encoder()), ("VP8", Vp8Encoder())])
def test_key_frames_are_told_from_others(codec: str, encoder: Any) -> None:
    key_frames = []
    for number in range(2):
        picture = Wall(RED).frame()
        picture.pts = number * 3000
        picture.time_base = encoder_time_base()
        payloads, _ = encoder.encode(picture, number == 0)
        key_frames.append(
            is_key_frame(codec, b"".join(depayload(codec, payload) for payload in payloads))
        )
    assert key_frames == [True, False]
    assert not is_key_frame(codec, b"")


def encoder_time_base() -> Any:
    from aiortc.mediastreams import VIDEO_TIME_BASE

    return VIDEO_TIME_BASE


def test_h264_without_a_key_is_not_taken_for_one() -> None:
    assert not is_key_frame("H264", b"\0\0\0\1\x41abc\0\0\1")
    assert is_key_frame("H264", b"\0\0\0\1\x41abc\0\0\1\x65abc")


@pytest.mark.parametrize(
    ("codec", "payload"),
    [("H264", b""), ("H264", b"\x1c"), ("H264", b"\x1f\x00"), ("VP8", b""), ("VP8", b"\x80\xf0")],
)
def test_payloads_that_are_cut_off_are_an_error(codec: str, payload: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the library's
        depayload(codec, payload)


class Wire:
    """A demultiplexer with two tracks, and packets for it."""

    def __init__(self) -> None:
        self.receivers = {mid: Receiver("video", VP8) for mid in "23"}
        self.demultiplexer = Demultiplexer()
        self.offer = recorded.offer("chromium-a-4")
        self.configure("23")
        self.map = HeaderExtensionsMap()
        self.numbers = self.offer.extensions

    def configure(self, mids: str) -> None:
        tracks = {mid: self.receivers[mid].track for mid in mids}
        self.demultiplexer.configure(self.offer.extensions, self.offer.sections, tracks)

    def send(self, ssrc: int, sequence: int, payload: bytes = KEY, **extensions: str) -> None:
        packet = RtpPacket(
            payload_type=96, marker=1, sequence_number=sequence, ssrc=ssrc, payload=payload
        )
        for name, value in extensions.items():
            setattr(packet.extensions, name, value)
        self.send_raw(packet.serialize(extension_map(self.numbers)))

    def send_raw(self, data: bytes) -> None:
        asyncio.run(self.demultiplexer.receive(data, arrival_time_ms=0))

    def counts(self) -> dict[str, int]:
        return {mid: len(receiver.frames) for mid, receiver in self.receivers.items()}


def extension_map(numbers: dict[str, int]) -> HeaderExtensionsMap:
    from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters

    extension_map = HeaderExtensionsMap()
    extensions = [
        RTCRtpHeaderExtensionParameters(id=number, uri=name) for name, number in numbers.items()
    ]
    extension_map.configure(RTCRtpParameters(headerExtensions=extensions))
    return extension_map


def test_packets_find_their_track_by_source_and_by_section() -> None:
    wire = Wire()
    # The source stands in the offer.
    wire.send(2722147400, 1)
    assert wire.counts() == {"2": 1, "3": 0}
    # Simulcast announces no source, so the packets name the section, until they are heard.
    wire.send(99, 1, mid="3", rtp_stream_id="h")
    wire.send(99, 2)
    assert wire.counts() == {"2": 1, "3": 2}


def test_what_packets_said_of_themselves_outlives_another_offer() -> None:
    wire = Wire()
    wire.send(99, 1, mid="3")
    wire.send(100, 1, mid="2")
    wire.configure("3")
    # Neither is named any more, and the section of the second one has ended.
    wire.send(99, 2)
    wire.send(100, 2)
    assert wire.counts() == {"2": 1, "3": 2}


def test_packets_of_nobody_are_passed_over() -> None:
    wire = Wire()
    wire.send(98, 1)
    wire.send(98, 1, mid="7")
    wire.send(97, 1, mid="3", repaired_rtp_stream_id="h")
    wire.send(97, 2)
    wire.send_raw(b"")
    wire.send_raw(b"\x90" + b"\xff" * 40)
    assert wire.counts() == {"2": 0, "3": 0}
    assert "urn:ietf:params:rtp-hdrext:sdes:mid" in wire.numbers
