"""Older names of what tracks are, which warn: use `fishjam.events`."""

from typing import Any

from fishjam._core.moved import homes_of, moved

_HOMES = homes_of({"fishjam.events": "Track TrackEncoding TrackType"})


def __getattr__(name: str) -> Any:
    return moved(__name__, name, _HOMES)
