"""Metadata that a program gives: whatever JSON can say."""

from __future__ import annotations

import json
from typing import Any


def plain_metadata(metadata: Any) -> Any:
    """Return metadata as they come out of JSON, which makes a copy of them.

    Raises:
        ValueError: if they cannot be written as JSON.
    """
    try:
        return json.loads(json.dumps(metadata, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"metadata cannot be written as JSON: {error}") from error
