"""From models and plain values to JSON data."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from fishjam._core.encode import dump, masked
from fishjam.moq import MoqAccess
from fishjam.recording import RecordingStatus

OTHER = object()


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (5, 5),
        (1.5, 1.5),
        ("x", "x"),
        (RecordingStatus.ACTIVE, "active"),
        (RecordingStatus.from_wire("new"), "new"),
        (MoqAccess("u", "t"), {"connection_url": "u", "token": "t"}),
        ({"a": (1, {2})}, {"a": [1, [2]]}),
        (MappingProxyType({"a": frozenset({1})}), {"a": [1]}),
        ([RecordingStatus.ACTIVE], ["active"]),
        (OTHER, OTHER),
        (b"x", b"x"),
    ],
)
def test_dump(value: Any, plain: Any) -> None:
    assert dump(value) == plain
    assert type(dump(value)) is type(plain)


def test_masked() -> None:
    assert masked("secret") == masked("") == "'***'"
    assert masked(None) == "None"
