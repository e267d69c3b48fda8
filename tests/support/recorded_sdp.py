"""Offers of browsers and answers that worked with them, as they were recorded."""

from __future__ import annotations

from pathlib import Path

from fishjam.emulator._webrtc.sdp import Description, parse

_FOLDER = Path(__file__).parents[1] / "data" / "sdp"
NAMES = sorted(path.name.removesuffix("-offer.sdp") for path in _FOLDER.glob("*-offer.sdp"))


def offer(name: str) -> Description:
    return parse((_FOLDER / f"{name}-offer.sdp").read_text())


def answer(name: str) -> Description:
    """Return the answer as aiortc had made it, without what was added afterwards."""
    text = (_FOLDER / f"{name}-answer.sdp").read_text()
    return parse("\r\n".join(filter(None, map(_original, text.splitlines()))))


def _original(line: str) -> str:
    added = ("a=rid:", "a=simulcast:")
    if line.startswith(added) or "rtp-stream-id" in line:
        return ""
    line = line.replace(";x-google-start-bitrate=1500", "")
    return "" if line.endswith(" x-google-start-bitrate=1500") else line
