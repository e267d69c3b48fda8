"""Metadata from a program, as JSON values."""

from __future__ import annotations

import json
from typing import Any


def plain_metadata(metadata: Any) -> Any:
    """Return a copy of metadata as JSON values.

    Raises:
        ValueError: if they cannot be written as JSON.
    """
    try:
        # Tuples become lists and keys become texts, as they would on the wire.
        return json.loads(json.dumps(metadata, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"metadata cannot be written as JSON: {error}") from error
