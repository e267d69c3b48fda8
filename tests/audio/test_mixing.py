"""Mixing several voices into one stream."""

from __future__ import annotations

import struct

from fishjam._audio.mixing import Mixer


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
