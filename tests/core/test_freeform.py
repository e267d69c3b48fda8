# ruff: noqa: S301 (only what was pickled here is unpickled)
"""Free-form metadata: a dict in every respect, with the conversions of a model."""

from __future__ import annotations

import copy
import json
import pickle
from collections import OrderedDict
from typing import Any

import pytest

from fishjam import PeerMetadata
from fishjam._core.decode import ShapeError
from fishjam.recording import RecordingStatus

DATA: dict[str, Any] = {"server": {"name": "Ada", "tags": ["a", None]}, "peer": {}}


def test_it_is_a_dict() -> None:
    metadata = PeerMetadata.from_dict(DATA)
    assert isinstance(metadata, dict)
    assert metadata == DATA
    assert metadata["server"]["name"] == "Ada"
    assert metadata.get("nothing") is None
    assert list(metadata) == ["server", "peer"]
    assert {**metadata} == DATA
    assert json.loads(json.dumps(metadata)) == DATA
    metadata["new"] = 1
    assert "new" in metadata
    assert "new" not in DATA
    del metadata["new"]
    assert metadata == DATA


def test_it_is_made_like_a_dict() -> None:
    assert PeerMetadata() == {}
    assert PeerMetadata({"a": 1}, b=2) == {"a": 1, "b": 2}
    assert PeerMetadata.from_dict(OrderedDict(a=1)) == {"a": 1}


def test_to_dict_is_plain_and_a_copy() -> None:
    metadata = PeerMetadata(status=RecordingStatus.ACTIVE, inner=PeerMetadata(a=(1, 2)))
    plain = metadata.to_dict()
    assert plain == {"status": "active", "inner": {"a": [1, 2]}}
    assert type(plain) is type(plain["inner"]) is dict
    assert type(plain["status"]) is str
    plain["more"] = 1
    assert "more" not in metadata


def test_additional_properties_are_the_properties() -> None:
    metadata = PeerMetadata.from_dict(DATA)
    metadata.additional_properties["x"] = 1
    assert metadata["x"] == 1
    assert metadata.additional_properties == {**DATA, "x": 1}


def test_copies_are_of_the_same_class() -> None:
    metadata = PeerMetadata.from_dict(DATA)
    shallow = [metadata.copy(), copy.copy(metadata)]
    deep = [copy.deepcopy(metadata), pickle.loads(pickle.dumps(metadata))]
    for other in shallow + deep:
        assert type(other) is PeerMetadata
        assert other == metadata
        assert other is not metadata
    assert all(other["server"] is metadata["server"] for other in shallow)
    assert all(other["server"] is not metadata["server"] for other in deep)


def test_the_repr_names_the_class() -> None:
    assert repr(PeerMetadata(a=1)) == "PeerMetadata({'a': 1})"


@pytest.mark.parametrize("bad", [None, [], "text", 5, True])
def test_only_an_object_can_be_read(bad: Any) -> None:
    with pytest.raises(ShapeError, match="expected an object"):
        PeerMetadata.from_dict(bad)


def test_its_properties_can_be_replaced() -> None:
    metadata = PeerMetadata(old=1)
    metadata.additional_properties = {"a": 1, "b": {"c": 2}}
    assert metadata.to_dict() == {"a": 1, "b": {"c": 2}}
    assert metadata.additional_keys == ["a", "b"]
    metadata.additional_properties = metadata.additional_properties
    assert metadata == {"a": 1, "b": {"c": 2}}
    with pytest.raises(TypeError):
        metadata.additional_properties = 5  # type: ignore[assignment]
    assert metadata.additional_keys == ["a", "b"]
