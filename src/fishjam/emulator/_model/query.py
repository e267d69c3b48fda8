"""The query of a request, and the metadata filter that may be in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from attrs import frozen

from fishjam.emulator._model.refusals import BadRequest

_BEGIN = "metadata["

Query = list[tuple[str, str]]


def parse_query(raw: bytes) -> Query:
    """Split a query string into names and values, in their order.

    Raises:
        BadRequest: if it is not UTF-8 underneath its percent encoding.
    """
    try:
        # Blank values count: clients write a null within a list that way.
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise BadRequest("query: not valid UTF-8") from error


@frozen
class MetadataFilter:
    """What `metadata[key]=value` and `metadata[key][nested]=value` ask for.

    All conditions must hold. A condition holds if the value at its path is a string and equals the
    given text, or one of the texts if the same name was given repeatedly. Values that are not
    strings (numbers, booleans, null, lists) match nothing, as the API documents it.

    Attributes:
        conditions: the wanted texts, by the path of keys.
    """

    conditions: Mapping[tuple[str, ...], frozenset[str]]

    @classmethod
    def parse(cls, query: Query) -> MetadataFilter:
        """Read the filter from a query; other names are left alone.

        Raises:
            BadRequest: if the name or its brackets have another form.
        """
        values: dict[tuple[str, ...], frozenset[str]] = {}
        for name, value in query:
            # Names with broken brackets, too: ignored, they would let every recording match.
            if name.split("[")[0] == "metadata":
                keys = _keys(name)
                values[keys] = values.get(keys, frozenset()) | {value}
        return cls(values)

    def matches(self, metadata: Mapping[str, Any] | None) -> bool:
        """Tell whether all conditions hold for the metadata of a recording."""
        return all(_at(metadata, keys) in texts for keys, texts in self.conditions.items())


def _keys(name: str) -> tuple[str, ...]:
    if not (name.startswith(_BEGIN) and name.endswith("]")):
        raise BadRequest(f"query.{name}: a filter has the form metadata[key]=value")
    return tuple(name[len(_BEGIN) : -1].split("]["))


def _at(value: Any, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None
