"""What models, events and metadata have in common: frameworks can serialise them."""

from __future__ import annotations

from collections.abc import KeysView, Mapping
from typing import Any

from typing_extensions import Self


class Serializable:
    """Something with `to_dict`, which pydantic and FastAPI take as it is, without a dependency."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> dict[str, Any]:
        # A plain dict, as the functions of `pydantic_core.core_schema` would make it.
        return {
            "type": "function-plain",
            "function": {"type": "no-info", "function": cls._validated},
            "serialization": {"type": "function-plain", "function": cls.to_dict},
        }

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "object", "title": cls.__name__}

    @classmethod
    def _validated(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        raise ValueError(f"expected {cls.__name__}, not {type(value).__name__}")


class Record(Serializable):
    """A value of which `dict` makes the same as `to_dict`; FastAPI calls it without a return type.

    It cannot be iterated over, which would be one value taken for a list of them.
    """

    __slots__ = ()
    # With `__getitem__` and without this, Python would try the indices 0, 1, 2 and so on.
    __iter__ = None

    def keys(self) -> KeysView[str]:
        """Return the JSON names of what is there."""
        return self.to_dict().keys()

    def __getitem__(self, name: str) -> Any:
        return self.to_dict()[name]


class Model(Record):
    """A part of what a request takes or an answer holds."""

    __slots__ = ()

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read a JSON object."""
        raise NotImplementedError

    @classmethod
    def _validated(cls, value: Any) -> Self:
        return cls.from_dict(value) if isinstance(value, Mapping) else super()._validated(value)
