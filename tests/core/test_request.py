"""Requests as values: segments, queries, JSON and multipart parts, without any I/O."""

from __future__ import annotations

import json
from string import ascii_letters, digits
from typing import Any
from urllib.parse import unquote

import pytest

from fishjam._core.request import (
    FilePart,
    Part,
    deep_query,
    file_part,
    json_bytes,
    json_part,
    plain_query,
    query_value,
    segment,
)
from fishjam._generated.fishjam_api import endpoints
from fishjam.recording import RecordingStatus
from tests.support.bad_ids import bad_texts, cannot_be_an_id


def test_any_text_is_refused_or_stays_one_segment() -> None:
    refused = 0
    for text in bad_texts(5_000):
        if cannot_be_an_id(text):
            refused += 1
            with pytest.raises(ValueError, match=r"^the_id"):
                segment(text, "the_id")
        else:
            encoded = segment(text, "the_id")
            assert unquote(encoded) == text
            assert not set(encoded) - set(ascii_letters + digits + "-_.~%")
    assert 250 < refused < 4_750


@pytest.mark.parametrize("bad", [None, 5, b"x", ["x"], object()])
def test_what_is_no_text_is_no_id(bad: Any) -> None:
    with pytest.raises(ValueError, match="room_id must be a string"):
        endpoints.get_room(bad)


@pytest.mark.parametrize("bad", ["\ud800", "a\udfff"])
def test_half_a_surrogate_pair_is_no_id(bad: str) -> None:
    with pytest.raises(ValueError, match="not valid Unicode"):
        segment(bad, "room_id")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (5, "5"),
        (1.5, "1.5"),
        ("x y", "x y"),
        ("", ""),
        (RecordingStatus.ACTIVE, "active"),
    ],
)
def test_query_values(value: Any, text: str) -> None:
    assert query_value(value) == text


def test_a_plain_query() -> None:
    assert plain_query("status", None) == ()
    assert plain_query("status", RecordingStatus.ACTIVE) == (("status", "active"),)


@pytest.mark.parametrize(
    ("metadata", "pairs"),
    [
        (None, []),
        ({}, []),
        ({"a": {}}, []),
        ({"a": {"b": {}}}, []),
        ({"a": []}, []),
        ({"a": "x"}, [("metadata[a]", "x")]),
        ({"a": None}, [("metadata[a]", "null")]),
        ({"a": True, "b": 1.5}, [("metadata[a]", "true"), ("metadata[b]", "1.5")]),
        ({"a": {"b": {"c": 1}}}, [("metadata[a][b][c]", "1")]),
        ({"a": [1, None, "x"]}, [("metadata[a]", "1"), ("metadata[a]", ""), ("metadata[a]", "x")]),
        ({"a": ("x",)}, [("metadata[a]", "x")]),
        ({"a[b]&c": "="}, [("metadata[a[b]&c]", "=")]),
    ],
)
def test_a_deep_query(metadata: Any, pairs: list[tuple[str, str]]) -> None:
    assert list(deep_query("metadata", metadata)) == pairs


def test_json_is_compact_and_pure_ascii() -> None:
    assert json_bytes({"a": [1, "ż"], "b": RecordingStatus.ACTIVE}, "x") == (
        b'{"a":[1,"\\u017c"],"b":"active"}'
    )


RING: dict[str, Any] = {}
RING["self"] = RING


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), object(), b"x", {(1, 2): 3}, RING])
def test_what_json_cannot_hold_is_an_error_before_anything_is_sent(bad: Any) -> None:
    with pytest.raises(ValueError, match="create_room: this cannot be sent as JSON"):
        json_bytes(bad, "create_room")


def test_parts() -> None:
    part = json_part("config", {"a": 1})
    assert part == Part("config", b'{"a":1}', "application/json")
    file = file_part("template", FilePart(b"code", "t.js", "text/javascript"))
    assert file == Part("template", b"code", "text/javascript", "t.js")
    assert "code" not in repr(file)
    assert json.loads(part.content) == {"a": 1}


def test_a_request_does_not_show_its_body() -> None:
    request = endpoints.create_recording_multipart(
        config=_Config(),  # type: ignore[arg-type]
        template=FilePart(b"code", "t.js"),
    )
    assert "s3cret" not in repr(request)
    assert "code" not in repr(request)


class _Config:
    def to_dict(self) -> dict[str, str]:
        return {"key": "s3cret"}


def test_a_query_takes_plain_values_only() -> None:
    with pytest.raises(ValueError, match="cannot be compared in a query"):
        query_value(object())
