"""Enums that keep a value they do not know when it comes from the server.

A newer server may answer with a member that this SDK has never heard of. Such a value must not cost
the user the whole answer, so the decoder (`from_wire`) keeps it as a member without a place in the
class. Calling the class with an unknown value stays a `ValueError`: a typing mistake in the user's
own code is still found.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Any

from typing_extensions import Self

from fishjam._core.decode import read_int, read_str


class OpenStrEnum(str, Enum):
    """A text enum: members equal their plain strings, and print as them."""

    @classmethod
    def from_wire(cls, value: Any) -> Self:
        """Return the member for a value of an answer; an unknown text is kept, not refused."""
        text = read_str(value)
        known = cls._value2member_map_.get(text)
        if isinstance(known, cls):
            return known
        # Not kept in the class, which a server with ever new values would make grow without end.
        unknown = str.__new__(cls, text)
        unknown._name_ = text
        unknown._value_ = text
        return unknown

    def __str__(self) -> str:
        return str(self._value_)

    # Python 3.11 changed what `format` makes of such members; here it is always the same.
    def __format__(self, spec: str) -> str:
        return format(str(self._value_), spec)

    # Enum's own way calls the class, which refuses a value that it does not know.
    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return self.__class__.from_wire, (self._value_,)

    # Copying goes through `__reduce_ex__` only from Python 3.11 on.
    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self


class OpenIntEnum(IntEnum):
    """A number enum: members equal their plain numbers, and print as them."""

    @classmethod
    def from_wire(cls, value: Any) -> Self | int:
        """Return the member for a value of an answer; an unknown number stays a plain `int`."""
        number = read_int(value)
        known = cls._value2member_map_.get(number)
        return known if isinstance(known, cls) else number

    def __str__(self) -> str:
        return str(int(self))

    def __format__(self, spec: str) -> str:
        return format(int(self), spec)
