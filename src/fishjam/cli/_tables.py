"""Tables for people, in plain ASCII."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under a head, in columns; an empty text when there are none."""
    lines = [[plain(cell) for cell in row] for row in rows]
    return _columns([head, *lines]) if lines else ""


def fields(rows: Iterable[tuple[str, str]]) -> str:
    """Return names with their values, one pair a line."""
    return _columns([(name, plain(value)) for name, value in rows])


def plain(text: str) -> str:
    """Return a text that cannot harm a terminal: quoted unless it is printable ASCII.

    Peers and other backends choose some of the texts. An empty text becomes `-`.
    """
    if not text:
        return "-"
    return text if text.isascii() and text.isprintable() else json.dumps(text)


def _columns(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
