# ruff: noqa: S301 (only what was pickled here is unpickled)
"""Enums that equal their plain values, and keep what they do not know."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import subprocess
import sys
from typing import Any

import pytest

from fishjam._core.decode import ShapeError
from fishjam._core.enums import OpenIntEnum, OpenStrEnum
from fishjam._generated.fishjam_api import models
from fishjam.recording import RecordingStatus
from fishjam.room import RoomType

CLASSES: list[Any] = [
    one
    for one in vars(models).values()
    if inspect.isclass(one) and issubclass(one, (OpenStrEnum, OpenIntEnum)) and len(one)
]
TEXTS = [one for one in CLASSES if issubclass(one, OpenStrEnum)]
NUMBERS = [one for one in CLASSES if issubclass(one, OpenIntEnum)]
UNKNOWN: RoomType = RoomType.from_wire("hologram")
ODD = ["", " ", "CONFERENCE", "a\nb", "ż", "x" * 1000, "None", "value", "__class__"]


def test_there_are_such_classes() -> None:
    assert len(TEXTS) > 8
    assert [models.AudioSampleRate] == NUMBERS


@pytest.mark.parametrize("kind", CLASSES)
def test_members_are_in_upper_case_and_equal_their_plain_values(kind: Any) -> None:
    for member in kind:
        assert member.name == member.name.upper()
        assert member == member.value
        assert str(member) == f"{member}" == format(member, "") == str(member.value)
        assert json.dumps(member) == json.dumps(member.value)
        assert {member: 1}[member.value] == 1
        assert {member.value: 1}[member] == 1
        assert kind(member.value) is kind[member.name] is kind.from_wire(member.value) is member
        assert pickle.loads(pickle.dumps(member)) is member
        assert copy.copy(member) is copy.deepcopy(member) is member


def test_the_names_that_users_write() -> None:
    names: dict[str, Any] = {
        "conference": RoomType.CONFERENCE,
        "h264": models.VideoCodec.H264,
        "webrtc": models.PeerType.WEBRTC,
    }
    assert all(member == text for text, member in names.items())
    assert f"{models.PeerStatus.CONNECTED:>12}" == "   connected"
    assert f"{models.AudioSampleRate.HZ_16000:,}" == "16,000"
    assert str(models.AudioSampleRate.HZ_16000) == "16000"
    assert models.AudioSampleRate.HZ_16000 + 1 == 16001


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("value", ["hologram", "", None, 5, [], {}])
def test_calling_the_class_with_something_else_is_an_error(kind: Any, value: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        kind(value)


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("text", ["hologram", *ODD])
def test_an_unknown_text_of_a_server_is_kept(kind: Any, text: str) -> None:
    kept = kind.from_wire(text)
    assert type(kept) is kind
    assert str in type(kept).__mro__
    assert kept == text
    assert text == kept
    assert kept == kind.from_wire(text)
    assert kept != "another"
    assert all(kept != member for member in kind)
    assert kept.value == kept.name == text
    assert str(kept) == f"{kept}" == text
    assert f"{kept:>20}" == f"{text:>20}"
    assert repr(kept) == f"<{kind.__name__}.{text}: {text!r}>"
    assert json.dumps({"a": kept}) == json.dumps({"a": text})
    assert {kept: 1}[text] == 1
    assert len({kept, text}) == 1
    assert kept.upper() == text.upper()


def test_it_leaves_no_trace_in_the_class() -> None:
    before = list(RoomType)
    RoomType.from_wire("leaves no trace")
    assert list(RoomType) == before
    with pytest.raises(ValueError, match="leaves no trace"):
        RoomType("leaves no trace")


@pytest.mark.parametrize("text", ["hologram", *ODD])
def test_an_unknown_text_survives_pickling_and_copying(text: str) -> None:
    kept = RoomType.from_wire(text)
    others = [copy.copy(kept), copy.deepcopy(kept), copy.deepcopy([kept])[0]]
    protocols = range(pickle.HIGHEST_PROTOCOL + 1)
    others += [pickle.loads(pickle.dumps(kept, protocol)) for protocol in protocols]
    for other in others:
        assert type(other) is RoomType
        assert other == kept
        assert str(other) == text


def test_an_unknown_text_survives_another_process() -> None:
    values = [UNKNOWN, RoomType.LIVESTREAM, RecordingStatus.from_wire("paused"), 16000]
    code = (
        "import pickle, sys; values = pickle.load(sys.stdin.buffer);"
        "print(*values, *(type(one).__name__ for one in values));"
        "sys.stdout.flush(); pickle.dump(values, sys.stdout.buffer)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], input=pickle.dumps(values), capture_output=True, check=True
    )
    line, _, pickled = done.stdout.partition(b"\n")
    words = "hologram livestream paused 16000 RoomType RoomType RecordingStatus int"
    assert line.decode().split() == words.split()
    assert pickle.loads(pickled) == values


def test_an_unknown_number_stays_a_number() -> None:
    kept = models.AudioSampleRate.from_wire(48000)
    assert type(kept) is int
    assert kept == 48000
    assert models.AudioSampleRate.from_wire(16000.0) is models.AudioSampleRate.HZ_16000


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("value", [None, 5, True, [], {}, b"connected"])
def test_what_is_no_text_at_all(kind: Any, value: Any) -> None:
    with pytest.raises(ShapeError, match="expected a string"):
        kind.from_wire(value)


@pytest.mark.parametrize("value", [None, "16000", True, 1.5, [], {}])
def test_what_is_no_number_at_all(value: Any) -> None:
    with pytest.raises(ShapeError, match="expected a whole number"):
        models.AudioSampleRate.from_wire(value)


def test_a_model_with_unknown_values_is_whole() -> None:
    peer = {"id": "p", "type": "hologram", "status": "asleep", "subscribeMode": "sometimes"}
    peer |= {"metadata": None, "subscriptions": {"peers": [], "tracks": []}, "tracks": []}  # type: ignore[dict-item]
    model = models.Peer.from_dict(peer)
    assert (model.type_, model.status, model.subscribe_mode) == ("hologram", "asleep", "sometimes")
    assert model.to_dict() == peer
    assert copy.deepcopy(model) == pickle.loads(pickle.dumps(model)) == model
    assert type(model.to_dict()["type"]) is str
