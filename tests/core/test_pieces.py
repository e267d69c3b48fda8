"""Reading a long list a piece at a time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fishjam._core.decode import ShapeError, read_object
from fishjam._core.pieces import PIECE, list_in_pieces

LIST = list_in_pieces("data", read_object, list)


def read(content: bytes) -> tuple[int, Any]:
    """Return how many times it stopped on the way, and what it read."""
    stops, pieces = 0, LIST(content)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return stops, end.value
        stops += 1


def test_a_short_list_is_one_piece() -> None:
    assert read(b' { "data" : [ {"a": 1} , {} ] } ') == (0, [{"a": 1}, {}])


def test_a_long_list_is_read_in_pieces() -> None:
    items = [{"name": "x" * 100, "nested": {"list": [index, "]}"]}} for index in range(1000)]
    content = json.dumps({"data": items}).encode()
    stops, value = read(content)
    assert value == items
    assert len(content) // PIECE - 2 <= stops <= len(content) // PIECE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"data": []}',
        b'{"data": [{}], "more": 1}',
        b'{"data": [{}',
        b'{"data": [{},]}',
        b'{"data": [{"\xff": 1}]}',
        b'{"other": [{}]}',
    ],
)
def test_what_is_unusual_is_left_to_the_usual_reader(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is not used
        read(content)


def test_an_item_of_another_shape() -> None:
    with pytest.raises(ShapeError):
        read(b'{"data": [1]}')
