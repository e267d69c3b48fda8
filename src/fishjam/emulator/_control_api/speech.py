"""What an agent said, as a WAV file."""

from __future__ import annotations

from collections.abc import Sequence

from fishjam._audio.formats import PcmFormat
from fishjam.emulator._control_api.heard import wav
from fishjam.emulator._media.audio import AudioFormat


def speech_wav(frames: Sequence[bytes], audio: AudioFormat) -> bytes:
    """Return frames of a track as a WAV file; those of Opus are decoded."""
    if audio.encoding == "opus":
        # It loads FFmpeg, which an emulator that nobody plays anything of does not need.
        from fishjam.emulator._webrtc.codecs import OPUS_FORMAT, OpusDecoder

        decoder = OpusDecoder()
        frames, audio = [decoder.decode(frame) for frame in frames], OPUS_FORMAT
    return wav(b"".join(frames), PcmFormat(audio.sample_rate, audio.channels))
