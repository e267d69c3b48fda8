"""Opus, pictures and video, encoded and decoded with PyAV."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import cast

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from fishjam._audio.converter import Converter
from fishjam.emulator._media.audio import AudioFormat

OPUS_FORMAT = AudioFormat(sample_rate=48000, channels=1)
"""What goes into the encoder and comes out of the decoder."""
PACKET_SAMPLES = 960
"""The samples of a packet: 20 ms."""
_PACKET_SIZE = PACKET_SAMPLES * OPUS_FORMAT.sample_size
_BIT_RATE = 48_000
_DECODERS = {"H264": "h264", "VP8": "vp8"}
# FFmpeg's MJPEG encoder takes the full range of colours only, unless it is told to be lenient.
_JPEG_FORMAT = "yuvj420p"


class OpusEncoder:
    """Encodes PCM16 of one track into packets of 20 ms.

    Args:
        source: the format of what comes.
    """

    def __init__(self, source: AudioFormat) -> None:
        self._converter = Converter(source, OPUS_FORMAT, live=True)
        self._waiting = bytearray()
        codec = av.CodecContext.create("libopus", "w")
        codec.sample_rate = OPUS_FORMAT.sample_rate
        codec.layout = "mono"
        codec.format = "s16"
        codec.bit_rate = _BIT_RATE
        codec.time_base = Fraction(1, OPUS_FORMAT.sample_rate)
        self._codec = codec
        self._position = 0

    def encode(self, data: bytes) -> list[bytes]:
        """Take audio, and return the packets that are complete with it."""
        self._waiting += self._converter.convert(data)
        packets: list[bytes] = []
        while len(self._waiting) >= _PACKET_SIZE:
            packets += self._encode(bytes(self._waiting[:_PACKET_SIZE]))
            del self._waiting[:_PACKET_SIZE]
        return packets

    def pad(self) -> list[bytes]:
        """Fill up what waits with silence; without anything it is 20 ms of silence."""
        data = bytes(self._waiting.ljust(_PACKET_SIZE, b"\0"))
        self._waiting.clear()
        return self._encode(data)

    def _encode(self, data: bytes) -> list[bytes]:
        frame = av.AudioFrame(format="s16", layout="mono", samples=PACKET_SAMPLES)
        frame.planes[0].update(data)
        frame.sample_rate = OPUS_FORMAT.sample_rate
        frame.pts = self._position
        frame.time_base = Fraction(1, OPUS_FORMAT.sample_rate)
        self._position += PACKET_SAMPLES
        return [bytes(packet) for packet in self._codec.encode(frame)]


class OpusDecoder:
    """Decodes packets of Opus, also stereo ones, into mono PCM16 of 48 kHz."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "r")
        codec.sample_rate = OPUS_FORMAT.sample_rate
        # libopus mixes stereo down by itself, so that nothing has to be converted afterwards.
        codec.layout = "mono"
        codec.format = "s16"
        self._codec = codec

    def decode(self, data: bytes) -> bytes:
        """Return the sound of a packet; nothing if it is not Opus."""
        if not data:
            # It would be the end of the stream to the decoder.
            return b""
        try:
            frames = self._codec.decode(av.Packet(data))
        except FFmpegError:
            return b""
        size = OPUS_FORMAT.sample_size
        # FFmpeg may pad a plane beyond its samples.
        return b"".join(bytes(frame.planes[0])[: frame.samples * size] for frame in frames)


class VideoDecoder:
    """Decodes the frames of one track.

    Args:
        codec: `H264` or `VP8`.
    """

    def __init__(self, codec: str) -> None:
        self._codec = _video_codec(_DECODERS[codec])

    def decode(self, data: bytes) -> list[av.VideoFrame]:
        """Return what a frame shows; nothing if it cannot be decoded."""
        try:
            return self._codec.decode(av.Packet(data))
        except FFmpegError:
            return []

    def flush(self) -> list[av.VideoFrame]:
        """Return what a decoder holds back until it sees more."""
        return self._codec.decode(None)


def jpeg_of(codec: str, key_frame: bytes) -> bytes | None:
    """Return what a key frame shows as JPEG, or None if it cannot be decoded."""
    decoder = VideoDecoder(codec)
    # A decoder of H.264 may hold a picture back, because frames can come in another order than they
    # are shown.
    frames = decoder.decode(key_frame) + decoder.flush()
    return encode_jpeg(frames[-1]) if frames else None


def encode_jpeg(frame: av.VideoFrame) -> bytes:
    """Return a frame as JPEG."""
    full = frame.reformat(format=_JPEG_FORMAT, dst_color_range="JPEG")
    codec = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height = full.width, full.height
    codec.pix_fmt = _JPEG_FORMAT
    # FFmpeg opens no video encoder without a time base; for one picture any will do.
    codec.time_base = Fraction(1, 25)
    codec.options = {"qscale": "3"}
    full.pts = 0
    return b"".join(bytes(packet) for packet in [*codec.encode(full), *codec.encode(None)])


def decode_jpeg(data: bytes) -> av.VideoFrame | None:
    """Return a JPEG as a frame that any video codec takes; None if it is not one."""
    try:
        with av.open(io.BytesIO(data), "r", format="mjpeg") as container:
            frame = next(container.decode(video=0), None)
    except FFmpegError:
        return None
    # Nothing would be left of a smaller one when its sides are made even.
    if frame is None or min(frame.width, frame.height) < 2:
        return None
    # Codecs halve the resolution of colours.
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    return frame.reformat(
        width, height, format="yuv420p", src_color_range="JPEG", dst_color_range="MPEG"
    )


def copy_picture(picture: av.VideoFrame) -> av.VideoFrame:
    """Return a frame of its own that shows the same; what PyAV has for that needs numpy."""
    copied = av.VideoFrame(picture.width, picture.height, picture.format.name)
    for target, source in zip(copied.planes, picture.planes, strict=True):
        data, size, wanted = bytes(source), source.line_size, target.line_size
        rows = (data[row * size : (row + 1) * size] for row in range(source.height))
        # The lines of the two frames may be padded to different lengths.
        target.update(b"".join(row[:wanted].ljust(wanted, b"\0") for row in rows))
    return copied


def _video_codec(name: str) -> VideoCodecContext:
    codec = cast(VideoCodecContext, av.CodecContext.create(name, "r"))
    # One frame goes in and comes out; more threads would hold frames back.
    codec.thread_count = 1
    return codec
