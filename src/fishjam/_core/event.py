"""What all events can do: become plain JSON data, and show their metadata parsed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from enum import IntEnum
from typing import Any, ClassVar, NamedTuple

from attrs import Attribute, fields

from fishjam._core.encode import camel_case
from fishjam._core.model import Record

_FEW_BYTES = 16


class Value(Record):
    """An immutable message, or a part of one; the JSON form is that of protobuf."""

    __slots__ = ()

    # For type checkers: `attrs.fields` takes only classes that declare it.
    __attrs_attrs__: ClassVar[Any]

    def to_dict(self, include_default_values: bool = False) -> dict[str, Any]:
        """Return plain JSON data with camelCase names and enum members by name.

        Args:
            include_default_values: whether fields that hold their default are there too.
        """
        data = {}
        for field in fields(type(self)):
            value = getattr(self, field.name)
            if value is not None and (include_default_values or not _is_default(value, field)):
                # Not isinstance: members are numbers already, and so are booleans.
                if type(value) is int:
                    value = _member_for(value, field)
                data[camel_case(field.name)] = _plain(value, include_default_values)
        return data

    def to_json(self, indent: int | str | None = None, include_default_values: bool = False) -> str:
        """Return the same data as JSON text."""
        return json.dumps(self.to_dict(include_default_values), indent=indent)


class Event(Value):
    """Something that happened in a Fishjam."""

    __slots__ = ()


class Entry(NamedTuple):
    """How one kind of message is found in its envelope, and read from it."""

    content: str
    number: int
    full_name: str
    kind: type[Value]
    read: Callable[[Any], Any]
    surfaced: bool


class WithMetadata:
    """A message with metadata as JSON text."""

    __slots__ = ()

    metadata: str

    @property
    def parsed_metadata(self) -> Any:
        """The metadata as a Python value; None when there are none (empty text, or `null`).

        Raises `ValueError` when the text is not JSON.
        """
        try:
            return json.loads(self.metadata) if self.metadata else None
        except RecursionError:
            raise ValueError("the metadata are nested too deeply") from None


def setter(cls: type[Value], name: str) -> Callable[[Any, Any], None]:
    """Return what sets a field of a value under construction, which is frozen for anybody else."""
    set_: Callable[[Any, Any], None] = getattr(cls, name).__set__
    return set_


def brief(data: bytes) -> str:
    """Return how bytes are shown in a `repr`, where all of them would only be in the way."""
    return repr(data) if len(data) <= _FEW_BYTES else f"<{len(data)} bytes>"


def _member_for(value: int, field: Attribute[Any]) -> Any:
    """Return the enum member if a field was built with the plain number of one."""
    if not isinstance(field.default, IntEnum):
        return value
    return type(field.default)._value2member_map_.get(value, value)


def _is_default(value: Any, field: Attribute[Any]) -> bool:
    return bool(value == field.default)


def _plain(value: Any, include_default_values: bool) -> Any:
    if isinstance(value, Value):
        return value.to_dict(include_default_values)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.name if isinstance(value, IntEnum) else value
