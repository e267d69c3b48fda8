"""Names of jobs, and what may be kept of them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fishjam.fleet import JobDataError, JobKey
from fishjam.fleet._job import Job
from fishjam.fleet._jobs import MAX_STORED, Taken, from_text, to_text
from fishjam.fleet._memory import MemoryEngine

KEY = JobKey("room", "assistant")


@pytest.mark.parametrize("key", [KEY, JobKey("a|b%", "c", "d e"), JobKey("ż", "{}", "*")])
def test_a_name_is_read_as_it_was_written(key: JobKey) -> None:
    assert JobKey.parse(str(key)) == key


@pytest.mark.parametrize("text", ["", "room", "a|b|c|d", "|assistant", "room|", "room|assistant|"])
def test_what_names_no_job(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        JobKey.parse(text)


@pytest.mark.parametrize("name", [None, 5, b"room"])
def test_names_are_texts(name: Any) -> None:
    with pytest.raises(TypeError):
        JobKey(name, "assistant")


def test_half_a_character_is_not_part_of_a_name() -> None:
    with pytest.raises(ValueError, match="cannot be written as UTF-8"):
        JobKey("\ud800", "assistant")


@pytest.mark.anyio
@pytest.mark.parametrize("state", [[1], None, "text"])
async def test_only_a_dictionary_can_be_saved(state: Any) -> None:
    job = Job(MemoryEngine(), Taken(KEY, "1"))
    with pytest.raises(TypeError, match="save: pass a dictionary"):
        await job.save(state)


def test_half_a_character_is_kept_as_an_escape() -> None:
    value = {"a": "\ud800"}
    assert from_text(to_text(value, "data"), "data") == value


@pytest.mark.parametrize("value", [{"a": {1}}, {"a": math.nan}, {"a": object()}])
def test_what_cannot_be_kept(value: Any) -> None:
    with pytest.raises(ValueError, match="data: this cannot be kept as JSON"):
        to_text(value, "data")


def test_what_holds_itself_cannot_be_kept() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ValueError, match="cannot be kept"):
        to_text(value, "state")


def test_what_is_too_large_is_not_kept() -> None:
    assert len(to_text("a" * (MAX_STORED - 2), "data")) == MAX_STORED
    with pytest.raises(ValueError, match="more than 65536 bytes"):
        to_text("ż" * MAX_STORED, "data")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"' + "a" * MAX_STORED + '"', "is larger than"),
        ("{", "is not JSON"),
        ("[" * 50_000, "is not JSON"),
        ("[]", "is not a JSON object"),
        ("5", "is not a JSON object"),
    ],
)
def test_what_is_stored_and_cannot_be_used(text: str, message: str) -> None:
    with pytest.raises(JobDataError, match=f"The data of the job {message}"):
        from_text(text, "data")


def test_nothing_is_an_empty_object() -> None:
    assert from_text("", "data") == {}


def test_what_a_handler_sees_of_its_job() -> None:
    taken = Taken(JobKey("room", "assistant", "peer"), "1", (), '{"a":1}', '{"b":2}', failures=3)
    job = Job(MemoryEngine(), taken)
    assert (job.room_id, job.agent, job.peer_id) == ("room", "assistant", "peer")
    assert (job.data, job.state, job.failures) == ({"a": 1}, {"b": 2}, 3)
