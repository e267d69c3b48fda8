"""Metadata as they come in messages: JSON in a text, or an empty text for none."""

from __future__ import annotations

from typing import Any

from fishjam.emulator._model.refusals import BadRequest
from fishjam.emulator._rest.bodies import decode_json


def peer_metadata(text: str) -> Any:
    """Read what a peer says about itself, any JSON value; None if it says nothing.

    Raises:
        BadRequest: if it is no JSON.
    """
    return decode_json(text.encode(), "metadata") if text else None


def track_metadata(text: str) -> dict[str, Any] | None:
    """Read what a peer says about a track, an object; an empty text and null say nothing.

    Raises:
        BadRequest: if it is no JSON, or of another kind.
    """
    metadata = peer_metadata(text)
    if not isinstance(metadata, dict | None):
        raise BadRequest("metadata: a track's metadata are a JSON object")
    return metadata
