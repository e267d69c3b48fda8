"""The parts of the Gemini bridge that need no network: mixing voices, and ending together."""

from __future__ import annotations

import struct

import anyio
import anyio.lowlevel
import pytest

from fishjam.integrations.gemini._mixing import Mixer
from fishjam.integrations.gemini._together import all_of, first


def pcm(*samples: int) -> bytes:
    return struct.pack(f"<{len(samples)}h", *samples)


def heard(mixer: Mixer, source: str, *samples: int) -> tuple[int, ...]:
    """Let a source say something, and give what can be passed on."""
    mixer.push(source, pcm(*samples))
    data = mixer.take()
    return struct.unpack(f"<{len(data) // 2}h", data)


def test_who_speaks_alone_is_passed_on_at_once() -> None:
    mixer = Mixer(8)
    assert heard(mixer, "ada", 1, 2, 3) == (1, 2, 3)
    assert heard(mixer, "ada", 4) == (4,)
    assert mixer.drain() == b""


def test_voices_at_the_same_time_are_added_up() -> None:
    mixer = Mixer(8)
    assert heard(mixer, "ada", 1, 2) == (1, 2)
    # Ada may be about to say something at this very time.
    assert heard(mixer, "bob", 10, 20) == ()
    assert heard(mixer, "ada", 3, 4, 5) == (13, 24)
    assert heard(mixer, "bob", 30, 40) == (35,)
    assert mixer.drain() == pcm(40)


def test_what_is_too_loud_is_cut_off() -> None:
    mixer = Mixer(8)
    heard(mixer, "ada", 0)
    heard(mixer, "bob", 30000, -30000)
    assert heard(mixer, "ada", 30000, -30000) == (32767, -32768)


def test_who_has_stopped_is_not_waited_for_any_more() -> None:
    mixer = Mixer(8)
    assert heard(mixer, "ada", 1) == (1,)
    assert heard(mixer, "bob", 2, 3) == ()
    assert heard(mixer, "bob", 4, 5) == ()
    assert heard(mixer, "bob", 6) == (2, 3, 4, 5, 6)
    assert heard(mixer, "bob", 7) == (7,)
    # Who comes back is mixed with what is said now.
    assert heard(mixer, "ada", 10) == ()
    assert heard(mixer, "bob", 8) == (18,)


def test_after_a_pause_nobody_is_waited_for() -> None:
    mixer = Mixer(8)
    heard(mixer, "ada", 1)
    heard(mixer, "bob", 2)
    assert mixer.drain() == pcm(2)
    assert heard(mixer, "ada", 3) == (3,)


def test_half_a_sample_is_left_out() -> None:
    mixer = Mixer(8)
    mixer.push("ada", pcm(1, 2) + b"\x01")
    assert mixer.take() == pcm(1, 2)


asynchronous = pytest.mark.anyio


@asynchronous
async def test_the_first_to_end_ends_all() -> None:
    cancelled: list[str] = []

    async def endless() -> str:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.append("endless")
        return "never"

    async def short() -> str:
        await anyio.lowlevel.checkpoint()
        return "short"

    assert await first(endless, short) == "short"
    assert cancelled == ["endless"]


@asynchronous
async def test_the_first_error_comes_as_it_is() -> None:
    async def endless() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise KeyError("on the way out")

    async def fail() -> None:
        raise LookupError("first")

    for together in (first, all_of):
        with pytest.raises(LookupError, match="first") as caught:
            await together(endless, fail)
        assert not isinstance(caught.value, KeyError)


@asynchronous
async def test_all_are_waited_for() -> None:
    done: list[int] = []

    async def work() -> None:
        await anyio.lowlevel.checkpoint()
        done.append(1)

    await all_of(work, work)
    await all_of()
    assert done == [1, 1]


@asynchronous
async def test_a_cancellation_goes_through() -> None:
    with anyio.move_on_after(0) as scope:
        await first(anyio.sleep_forever, anyio.sleep_forever)
    assert scope.cancelled_caught
