"""From models and plain values to JSON data."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from fishjam._core.encode import dump, masked, masked_address
from fishjam.composition import Mp4Input
from fishjam.moq import MoqAccess
from fishjam.recording import RecordingFile, RecordingStatus
from fishjam.room import RoomConfig

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


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (None, "None"),
        ("https://host/a/b.mp4", "'https://host/a/b.mp4'"),
        ("https://host:1/b?signature=s3cret", "'https://host:1/b?***'"),
        ("https://user:s3cret@host/b@c", "'https://***@host/b@c'"),
        ("//s3cret@host", "'//***@host'"),
        ("user:s3cret@host/b?x", "'***@host/b?***'"),
        ("", "''"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(address: object, shown: str) -> None:
    assert masked_address(address) == shown


def test_models_show_no_secrets_of_addresses() -> None:
    for model in (
        RecordingFile("https://files.example/r.mp4?signature=s3cret"),
        RoomConfig(webhook_url="https://user:s3cret@example.com/hook"),
        Mp4Input("https://files.example/in.mp4?s3cret"),
    ):
        assert "s3cret" not in repr(model)
        assert "example" in repr(model)
