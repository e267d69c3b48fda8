"""Reading a JSON answer that is one long list, a piece at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

PIECE = 8 * 1024
"""Characters that are read at a time, which takes a millisecond or two."""

_BETWEEN = re.compile(r"\s*,\s*")
_END = re.compile(r"\s*\]\s*\}\s*")

Pieces = Callable[[bytes], Generator[None, None, T]]
"""Reads an answer: yields after each piece, and returns the whole.

Raises `ValueError` for anything unusual, which is left to the usual reader: its errors say what is
wrong, and where.
"""


def list_in_pieces(name: str, read: Callable[[Any], T], whole: Callable[[list[T]], R]) -> Pieces[R]:
    """Make a reader of an object with one list of objects, called `name`, and nothing else."""
    beginning = re.compile(rf'\s*\{{\s*"{name}"\s*:\s*\[\s*')

    def pieces(content: bytes) -> Generator[None, None, R]:
        text = content.decode()
        items: list[T] = []
        match = beginning.match(text)
        if match is None:
            raise ValueError(name)
        at = given = match.end()
        decode = json.JSONDecoder().raw_decode
        while True:
            value, at = decode(text, at)
            items.append(read(value))
            separator = _BETWEEN.match(text, at)
            if separator is None:
                break
            at = separator.end()
            if at - given > PIECE:
                given = at
                yield
        if _END.fullmatch(text, at) is None:
            raise ValueError(name)
        return whole(items)

    return pieces
