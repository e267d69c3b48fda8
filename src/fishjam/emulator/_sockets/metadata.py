"""Metadata as they come in messages: JSON text, or empty text for none."""

from __future__ import annotations

from typing import Any

from fishjam.emulator._model.refusals import BadRequest
from fishjam.emulator._rest.bodies import decode_json


def peer_metadata(text: str) -> Any:
    """Parse the metadata of a peer, any JSON value; None for empty text.

    Raises:
        BadRequest: if it is not JSON.
    """
    return decode_json(text.encode(), "metadata") if text else None


def track_metadata(text: str) -> dict[str, Any] | None:
    """Parse the metadata of a track, a JSON object; None for empty text and null.

    Raises:
        BadRequest: if it is not JSON, or not an object.
    """
    metadata = peer_metadata(text)
    if not isinstance(metadata, dict | None):
        raise BadRequest("metadata: the metadata of a track must be a JSON object")
    return metadata
