"""What becomes of the output when nobody reads it any more."""

from __future__ import annotations

import os
from typing import TextIO


def drop_output(stream: TextIO) -> None:
    """Drop what is still to be printed, because nobody reads it; Python would complain at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
