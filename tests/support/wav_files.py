"""WAV files of every kind, written byte by byte."""

from __future__ import annotations

import struct

PCM, FLOAT, ALAW, MULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_GUID = bytes.fromhex("000000001000800000aa00389b71")


def wav_file(
    audio: bytes,
    rate: int = 16000,
    channels: int = 1,
    *,
    kind: int = PCM,
    bits: int = 16,
    announced: int | None = None,
    extensible: bool = False,
    extra: bytes = b"",
) -> bytes:
    """Return a WAV file.

    Args:
        audio: its samples.
        rate: in Hz.
        channels: how many there are.
        kind: of the samples.
        bits: of one sample.
        announced: the bytes of audio that it claims to have, if that is not the truth.
        extensible: whether its header is of the longer form.
        extra: chunks before the audio.
    """
    block = channels * bits // 8
    first = EXTENSIBLE if extensible else kind
    header = struct.pack("<HHIIHH", first, channels, rate, rate * block, block, bits)
    if extensible:
        header += struct.pack("<HHIH", 22, bits, (1 << channels) - 1, kind) + _GUID
    size = len(audio) if announced is None else announced
    chunks = b"fmt " + struct.pack("<I", len(header)) + header + extra
    chunks += b"data" + struct.pack("<I", size)
    total = min(2**32 - 1, 4 + len(chunks) + size)
    return b"RIFF" + struct.pack("<I", total) + b"WAVE" + chunks + audio
