"""Rounds of offers and answers, and the slots that carry tracks."""

from __future__ import annotations

from fishjam.emulator._webrtc.slots import Counts, Negotiation

AUDIO, VIDEO = "audio", "video"


def slots(audio: int = 0, video: int = 0) -> dict[str, str]:
    """Return what a peer offers that was asked for so many slots; it never takes one back."""
    return {
        **{f"a{number}": AUDIO for number in range(audio)},
        **{f"v{number}": VIDEO for number in range(video)},
    }


def run(negotiation: Negotiation, offered: dict[str, str]) -> dict[str, str]:
    """Answer an offer and end the round."""
    negotiation.assign(offered)
    assigned = negotiation.assigned
    negotiation.finish()
    return assigned


def settle(negotiation: Negotiation) -> dict[str, str]:
    """Let a well-behaved peer take part until no round is left."""
    assigned = negotiation.assigned
    for _ in range(10):
        counts = negotiation.next_round()
        if counts is None:
            return assigned
        assigned = run(negotiation, slots(counts.audio, counts.video))
    raise AssertionError("the rounds never end")


def test_without_a_reason_there_is_no_round() -> None:
    assert Negotiation().next_round() is None


def test_a_peer_is_asked_for_as_many_slots_as_there_are_tracks() -> None:
    negotiation = Negotiation()
    negotiation.want({"mic": AUDIO, "cam": VIDEO, "other": AUDIO})
    assert negotiation.next_round() == Counts(audio=2, video=1)
    assert run(negotiation, slots(2, 1)) == {"a0": "mic", "v0": "cam", "a1": "other"}
    assert negotiation.next_round() is None


def test_there_is_one_round_at_a_time_and_the_next_one_is_not_forgotten() -> None:
    negotiation = Negotiation()
    negotiation.want({"mic": AUDIO})
    negotiation.next_round()
    negotiation.want({"mic": AUDIO, "cam": VIDEO})
    negotiation.owe()
    assert negotiation.next_round() is None
    assert run(negotiation, slots(1)) == {"a0": "mic"}
    assert negotiation.next_round() == Counts(audio=1, video=1)
    assert run(negotiation, slots(1, 1)) == {"a0": "mic", "v0": "cam"}
    assert negotiation.next_round() is None


def test_a_peer_that_asks_gets_a_round() -> None:
    negotiation = Negotiation()
    negotiation.request()
    assert negotiation.next_round() == Counts(audio=0, video=0)
    assert run(negotiation, slots()) == {}
    assert negotiation.next_round() is None


def test_a_peer_that_may_have_nothing_is_asked_for_something() -> None:
    negotiation = Negotiation()
    negotiation.owe()
    assert negotiation.next_round() == Counts(audio=1, video=0)
    assert run(negotiation, slots(1)) == {}
    assert negotiation.next_round() is None


def test_video_alone_needs_no_slot_for_audio() -> None:
    negotiation = Negotiation()
    negotiation.want({"cam": VIDEO})
    assert negotiation.next_round() == Counts(audio=0, video=1)


def test_a_slot_rests_for_a_round_before_it_carries_another_track() -> None:
    negotiation = Negotiation()
    negotiation.want({"one": AUDIO})
    settle(negotiation)
    negotiation.want({"two": AUDIO})
    assert negotiation.next_round() == Counts(audio=1, video=0)
    assert run(negotiation, slots(1)) == {}
    assert negotiation.next_round() == Counts(audio=1, video=0)
    assert run(negotiation, slots(1)) == {"a0": "two"}
    assert negotiation.next_round() is None


def test_slots_are_used_again_for_ever() -> None:
    negotiation = Negotiation()
    for number in range(40):
        negotiation.want({f"mic{number}": AUDIO, f"cam{number}": VIDEO})
        assert settle(negotiation) == {"a0": f"mic{number}", "v0": f"cam{number}"}
        negotiation.want({})
        assert settle(negotiation) == {}


def test_a_track_that_comes_back_at_once_keeps_its_slot() -> None:
    negotiation = Negotiation()
    negotiation.want({"mic": AUDIO})
    settle(negotiation)
    negotiation.want({})
    negotiation.want({"mic": AUDIO})
    assert negotiation.next_round() is None


def test_a_peer_is_never_asked_for_fewer_than_before() -> None:
    negotiation = Negotiation()
    negotiation.want({"one": AUDIO, "two": AUDIO, "cam": VIDEO})
    settle(negotiation)
    negotiation.want({"one": AUDIO})
    assert negotiation.next_round() == Counts(audio=2, video=1)
    # Not even if it takes back some of what it offered.
    run(negotiation, slots(1))
    negotiation.owe()
    assert negotiation.next_round() == Counts(audio=2, video=1)


def test_a_peer_that_gives_no_slot_is_not_asked_for_ever() -> None:
    negotiation = Negotiation()
    negotiation.want({"cam": VIDEO})
    assert negotiation.next_round() is not None
    assert run(negotiation, {}) == {}
    assert negotiation.next_round() is None
    # Something else in the room is a reason to try again.
    negotiation.want({"cam": VIDEO, "mic": AUDIO})
    assert negotiation.next_round() == Counts(audio=1, video=1)
    assert run(negotiation, slots(1)) == {"a0": "mic"}
    assert negotiation.next_round() is not None
    run(negotiation, slots(1))
    assert negotiation.next_round() is None
    # And so is a wish of the peer.
    negotiation.owe()
    assert negotiation.next_round() is not None
    assert run(negotiation, slots(1, 1)) == {"a0": "mic", "v0": "cam"}


def test_an_offer_without_being_asked_is_answered() -> None:
    negotiation = Negotiation()
    negotiation.want({"mic": AUDIO})
    assert run(negotiation, slots(1)) == {"a0": "mic"}
    assert negotiation.next_round() is None


def test_what_is_wanted_during_a_round_is_asked_for_in_the_next_one() -> None:
    negotiation = Negotiation()
    negotiation.request()
    assert negotiation.next_round() == Counts(audio=0, video=0)
    negotiation.want({"mic": AUDIO})
    assert run(negotiation, {}) == {}
    assert settle(negotiation) == {"a0": "mic"}


def test_a_round_that_failed_is_repeated_when_something_changes() -> None:
    negotiation = Negotiation()
    negotiation.want({"mic": AUDIO})
    assert negotiation.next_round() == Counts(audio=1, video=0)
    negotiation.give_up()
    negotiation.finish()
    assert negotiation.next_round() is None
    negotiation.want({"mic": AUDIO, "cam": VIDEO})
    assert settle(negotiation) == {"a0": "mic", "v0": "cam"}


def test_a_slot_that_a_peer_takes_back_gives_its_track_to_another_one() -> None:
    negotiation = Negotiation()
    negotiation.want({"mic": AUDIO})
    settle(negotiation)
    assert run(negotiation, {"x": AUDIO}) == {"x": "mic"}
    assert negotiation.next_round() is None
