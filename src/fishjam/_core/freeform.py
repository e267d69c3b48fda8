"""Free-form JSON objects: a dict with the conversions that models have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import Self

from fishjam._core.decode import read_object
from fishjam._core.encode import dump
from fishjam._core.model import Serializable


class FreeForm(dict[str, Any], Serializable):
    """A JSON object whose properties are the user's own; it is a plain `dict` in every respect."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Make one from a mapping; the mapping is copied, its values are not."""
        return cls(read_object(src_dict))

    def to_dict(self) -> dict[str, Any]:
        """Return a plain `dict` with the same properties, ready for JSON."""
        return {key: dump(value) for key, value in self.items()}

    @classmethod
    def _validated(cls, value: Any) -> Self:
        return cls.from_dict(value)

    @property
    def additional_properties(self) -> dict[str, Any]:
        """The properties themselves; the same object, so changing it changes this one.

        Setting it replaces all of them.
        """
        return self

    @additional_properties.setter
    def additional_properties(self, properties: Mapping[str, Any]) -> None:
        given = dict(properties)  # which may be this very object
        self.clear()
        self.update(given)

    @property
    def additional_keys(self) -> list[str]:
        """The names of the properties, in order."""
        return list(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict.__repr__(self)})"

    def copy(self) -> Self:
        """Return a shallow copy of the same class."""
        # `dict.copy` would return a plain dict.
        return type(self)(self)
