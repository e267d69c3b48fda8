"""Reading JSON values of an answer: small checks whose errors say what is wrong, and where."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from attrs import frozen

T = TypeVar("T")


class ShapeError(ValueError):
    """A JSON value is not of the shape that the API document promises.

    `path` is where, from the outside in (`data.peers[2].status`); `problem` is what.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(problem, path)
        self.problem = problem
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem

    def inside(self, outer: str) -> ShapeError:
        """Return the same error seen from one level further out."""
        joint = "" if not self.path or self.path.startswith("[") else "."
        return ShapeError(self.problem, f"{outer}{joint}{self.path}")


UNUSUAL = (AttributeError, KeyError, TypeError, ShapeError)
"""What reading an answer straight raises where something in it is not as promised."""


def kind_of(value: Any) -> str:
    """Name the JSON kind of a value, for messages."""
    if value is None:
        return "null"
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        # Before the numbers, because bool is a subclass of int.
        (bool, "a boolean"),
        ((int, float), "a number"),
        (str, "a string"),
        ((list, tuple), "an array"),
        (Mapping, "an object"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), type(value).__name__)


def _wanted(what: str, value: Any) -> ShapeError:
    return ShapeError(f"expected {what}, got {kind_of(value)}")


def read_str(value: Any) -> str:
    """Return a string, or raise `ShapeError`."""
    if isinstance(value, str):
        return value
    raise _wanted("a string", value)


def read_int(value: Any) -> int:
    """Return a whole number, or raise `ShapeError`; `5.0` counts, `true` does not."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # JSON has one kind of number: some writers put 5.0 where others put 5.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise _wanted("a whole number", value)


def read_float(value: Any) -> float:
    """Return a number, or raise `ShapeError`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        # Python reads whole numbers of any length, and a float ends at about 1.8e308.
        except OverflowError:
            raise ShapeError("a number that is too large") from None
    raise _wanted("a number", value)


def read_bool(value: Any) -> bool:
    """Return a boolean, or raise `ShapeError`."""
    if isinstance(value, bool):
        return value
    raise _wanted("a boolean", value)


def read_bytes(value: Any) -> bytes:
    """Return the bytes of a file, or raise `ShapeError`; JSON cannot hold any."""
    if isinstance(value, bytes):
        return value
    raise _wanted("bytes", value)


def read_any(value: Any) -> Any:
    """Return the value as it is: the document does not say what it holds."""
    return value


def read_object(value: Any) -> Mapping[str, Any]:
    """Return a JSON object, or raise `ShapeError`."""
    if isinstance(value, Mapping):
        return value
    raise _wanted("an object", value)


def read_list(value: Any, read: Callable[[Any], T]) -> list[T]:
    """Read each item of an array with `read`; an error names the item's index."""
    if not isinstance(value, (list, tuple)):
        raise _wanted("an array", value)
    items: list[T] = []
    for index, item in enumerate(value):
        try:
            items.append(read(item))
        except ShapeError as error:
            raise error.inside(f"[{index}]") from None
    return items


def required(data: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T:
    """Read a property that must be there."""
    if name not in data:
        raise ShapeError("is missing", name)
    return _read_at(data[name], name, read)


def optional(data: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T | None:
    """Read a property that may be absent or null; both read as `None`."""
    value = data.get(name)
    return None if value is None else _read_at(value, name, read)


def _read_at(value: Any, name: str, read: Callable[[Any], T]) -> T:
    try:
        return read(value)
    except ShapeError as error:
        raise error.inside(name) from None


def list_of(read: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    """Make a reader of arrays out of a reader of one item."""
    return lambda value: read_list(value, read)


def json_answer(read: Callable[[Any], T]) -> Callable[[bytes], T]:
    """Make a reader of a whole JSON answer out of a reader of its value."""

    def read_answer(content: bytes) -> T:
        try:
            value = json.loads(content)
        # The parser answers deep nesting with RecursionError; no server may bring a program down.
        except (ValueError, RecursionError):
            problem = "it is not JSON" if content else "it is empty"
        else:
            return read(value)
        # Not inside: the parser's error keeps the whole answer, in which there may be tokens.
        raise ShapeError(problem)

    return read_answer


def no_answer(content: bytes) -> None:
    """Read an answer that has nothing to say: whatever a server or a proxy sends is ignored."""


@frozen
class Shape(Generic[T]):
    """How to tell one member of a union: what it must have, and what it may have.

    `known` is None for a member that allows any further property.
    """

    read: Callable[[Mapping[str, Any]], T]
    required: tuple[str, ...]
    known: tuple[str, ...] | None

    def fits(self, data: Mapping[str, Any], *, exactly: bool) -> bool:
        """Whether an object can be this member; `exactly` refuses properties that are new."""
        if not all(name in data for name in self.required):
            return False
        return not exactly or self.known is None or all(name in self.known for name in data)


def choose(
    data: Mapping[str, Any], *shapes: Shape[Any]
) -> Callable[[Mapping[str, Any]], Any] | None:
    """Return the reader of the member that an object is, or None when it is none of them.

    A member that fits to the letter goes first; then the one with the most required properties,
    which a newer server may have given further ones.
    """
    for shape in shapes:
        if shape.fits(data, exactly=True):
            return shape.read
    loose = [shape for shape in shapes if shape.fits(data, exactly=False)]
    # Of equals `max` returns the first, so the order in the document decides.
    return max(loose, key=lambda shape: len(shape.required)).read if loose else None
