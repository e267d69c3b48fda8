# ruff: noqa: S301 (only what was pickled here is unpickled)
"""The small readers of JSON values, and what their errors say."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from fishjam._core.decode import (
    Shape,
    ShapeError,
    choose,
    json_answer,
    kind_of,
    list_of,
    no_answer,
    optional,
    read_any,
    read_bool,
    read_float,
    read_int,
    read_list,
    read_object,
    read_str,
    required,
)

VALUES: list[tuple[Any, str]] = [
    (None, "null"),
    (True, "a boolean"),
    (5, "a number"),
    (1.5, "a number"),
    ("", "a string"),
    ([], "an array"),
    ((), "an array"),
    ({}, "an object"),
    (MappingProxyType({}), "an object"),
    (b"", "bytes"),
]


@pytest.mark.parametrize(("value", "kind"), VALUES)
def test_kinds_have_json_names(value: Any, kind: str) -> None:
    assert kind_of(value) == kind


@pytest.mark.parametrize(
    ("read", "taken"),
    [
        (read_str, {"a string"}),
        (read_bool, {"a boolean"}),
        (read_float, {"a number"}),
        (read_object, {"an object"}),
        (list_of(read_any), {"an array"}),
        (read_any, {kind for _, kind in VALUES}),
    ],
)
def test_each_reader_takes_its_kind_and_no_other(read: Any, taken: set[str]) -> None:
    for value, kind in VALUES:
        if kind in taken:
            assert read(value) == (list(value) if kind == "an array" else value) or value == ()
        else:
            with pytest.raises(ShapeError, match=rf"^expected [a-z ]+, got {kind}$"):
                read(value)


@pytest.mark.parametrize(("value", "number"), [(0, 0), (-3, -3), (5.0, 5), (10**30, 10**30)])
def test_whole_numbers(value: Any, number: int) -> None:
    assert read_int(value) == number
    assert type(read_int(value)) is int


def test_the_place_is_built_from_the_inside_out() -> None:
    rooms = [{"peers": [{"tags": ["x"]}, {"tags": ["x", 5]}]}]

    def peer(value: Any) -> list[str]:
        return required(read_object(value), "tags", list_of(read_str))

    def room(value: Any) -> Any:
        return optional(read_object(value), "peers", list_of(peer))

    with pytest.raises(ShapeError) as caught:
        required({"data": rooms}, "data", lambda value: read_list(value, room))
    assert str(caught.value) == "data[0].peers[1].tags[1]: expected a string, got a number"
    assert isinstance(caught.value, ValueError)


def test_absent_and_null() -> None:
    assert optional({}, "a", read_str) is None
    assert optional({"a": None}, "a", read_str) is None
    assert required({"a": None}, "a", read_any) is None
    with pytest.raises(ShapeError, match=r"^a: is missing$"):
        required({}, "a", read_any)


def test_shape_errors_copy_and_pickle() -> None:
    error = ShapeError("is missing", "a.b")
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(other), other.problem, other.path) == ("a.b: is missing", "is missing", "a.b")
    assert str(ShapeError("is missing")) == "is missing"


def test_answers() -> None:
    read = json_answer(read_object)
    assert read(b'{"a": 1}') == {"a": 1}
    assert read('\ufeff{"a": "ż"}'.encode()) == {"a": "ż"}
    assert no_answer(b"whatever") is None  # type: ignore[func-returns-value]


A = Shape(lambda data: "a", required=("a",), known=("a", "x"))
AB = Shape(lambda data: "ab", required=("a", "b"), known=("a", "b"))
WIDE = Shape(lambda data: "wide", required=("a",), known=("a", "b", "w"))
OPEN = Shape(lambda data: "open", required=("o",), known=None)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"a": 1}, "a"),
        ({"a": 1, "x": 1}, "a"),
        ({"a": 1, "b": 1}, "ab"),
        ({"a": 1, "b": 1, "x": 1}, "ab"),
        ({"a": 1, "new": 1}, "a"),
        ({"a": 1, "b": 1, "w": 1}, "wide"),
        ({"o": 1, "whatever": 1}, "open"),
        ({"b": 1}, None),
        ({}, None),
    ],
)
def test_the_member_of_a_union(data: Mapping[str, Any], found: str | None) -> None:
    read = choose(data, A, AB, WIDE, OPEN)
    assert (read and read(data)) == found
