"""One REST call as a value: what to send, and how to read the answer. Nothing here does I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from attrs import field, frozen

from fishjam._core.encode import dump
from fishjam._core.pieces import Pieces
from fishjam.errors import HTTPError

T = TypeVar("T")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@frozen
class FilePart:
    """A file that goes into a multipart body.

    `content` is the file's bytes, `filename` its base name, `content_type` its media type.
    """

    content: bytes = field(repr=False)
    filename: str
    content_type: str = "application/octet-stream"


@frozen
class Part:
    """One named part of a multipart body; `filename` is None for a part that is not a file."""

    name: str
    content: bytes = field(repr=False)
    content_type: str
    filename: str | None = None


@frozen
class Request(Generic[T]):
    """A REST call that can be sent by any HTTP client.

    `path` is percent-encoded and relative to the API's base URL; `body` becomes JSON, `parts` a
    multipart body, and at most one of the two is there. `read` turns the content of a good answer
    into the result and raises `ShapeError` when it cannot. `statuses` are the good statuses that
    the document promises, `not_found` is the error of a 404 where it can be told more precisely.
    `method_name` is the method of the client that made the request; empty where the operation has
    the same name. `pieces` reads the content of a large answer a piece at a time.
    """

    operation: str
    method: str
    path: str
    read: Callable[[bytes], T] = field(repr=False)
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    parts: tuple[Part, ...] = ()
    statuses: tuple[int, ...] = ()
    not_found: type[HTTPError] | None = None
    method_name: str = ""
    pieces: Pieces[T] | None = field(default=None, repr=False)

    @property
    def called(self) -> str:
        """The method that the user called, for errors."""
        return self.method_name or self.operation


def checked_id(value: str, name: str) -> str:
    """Return an id as it is.

    Raises `ValueError` for what cannot be one: not a text, blank text, `.` and `..` (HTTP clients
    fold them away, and the request would go to another path), and control characters.
    """
    if not isinstance(value, str):
        kind = type(value).__name__
        raise ValueError(f"{name} must be a string, not {kind}{_mixed_up(value)}")
    if not value.strip():
        raise ValueError(f"{name} is empty: pass the id that the server gave")
    if value in {".", ".."} or _CONTROL.search(value):
        raise ValueError(f"{name}={value!r} cannot be an id: it would not stay one path segment")
    # Half of a surrogate pair has no UTF-8: `quote` would fail, and not say for which argument.
    if _SURROGATE.search(value):
        raise ValueError(f"{name}={value!r} cannot be an id: it is not valid Unicode")
    return value


def _mixed_up(value: Any) -> str:
    """Say what to do about what is often passed in place of an id."""
    if isinstance(value, tuple):
        return ": create_peer returns two things, peer, token = client.create_peer(...)"
    if hasattr(value, "__await__"):
        return ": was an await forgotten?"
    return ": pass its id" if hasattr(value, "id") else ""


def segment(value: str, name: str) -> str:
    """Percent-encode an id as exactly one segment of a path; see `checked_id` for what is none."""
    return quote(checked_id(value, name), safe="")


def query_value(value: Any) -> str:
    """Write one value into a query: booleans and null as JSON words, the rest as its text."""
    plain = dump(value)
    # `str` would write `True` and `None`, and the API compares with the words of JSON.
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if plain is not None and not isinstance(plain, (str, int, float)):
        raise ValueError(f"{type(value).__name__} cannot be compared in a query: {value!r}")
    return "null" if plain is None else str(plain)


def plain_query(name: str, value: Any) -> tuple[tuple[str, str], ...]:
    """Write one query parameter; None leaves it out."""
    return () if value is None else ((name, query_value(value)),)


def deep_query(name: str, value: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """Write a mapping as a `deepObject` query: `name[key]=value`, nested as `name[a][b]=value`.

    A list repeats its key, null elements of a list become empty, an empty mapping sends nothing.
    """
    pairs: list[tuple[str, str]] = []
    for key, item in (value or {}).items():
        inner = f"{name}[{key}]"
        if isinstance(item, Mapping):
            pairs.extend(deep_query(inner, item))
        elif isinstance(item, (list, tuple)):
            pairs.extend(
                (inner, "" if element is None else query_value(element)) for element in item
            )
        else:
            pairs.append((inner, query_value(item)))
    return tuple(pairs)


def json_bytes(value: Any, what: str) -> bytes:
    """Write a value as JSON; what JSON cannot hold (NaN, an object of your own) is a `ValueError`.

    `what` names it in the error.
    """
    try:
        # Python would write NaN and Infinity, which are not JSON.
        return json.dumps(dump(value), allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"{what}: this cannot be sent as JSON: {error}. "
            "Text, numbers, booleans, None, lists and dicts can; turn everything else into these."
        ) from error


def json_part(name: str, value: Any) -> Part:
    """Make the part of a multipart body that holds JSON."""
    return Part(name, json_bytes(value, name), "application/json")


def file_part(name: str, file: FilePart) -> Part:
    """Make the part of a multipart body that holds a file."""
    return Part(name, file.content, file.content_type, file.filename)
