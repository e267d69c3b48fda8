"""What was heard, struck out against what is written."""

from __future__ import annotations

import pytest

from fishjam.events import Notification, PeerConnected, PeerDisconnected, RoomCreated
from fishjam.fleet import _ledger as ledger_module
from fishjam.fleet._events import StreamMessage
from fishjam.fleet._ledger import KEPT, SKEW, Ledger

ON = PeerConnected("room", "ada")
OFF = PeerDisconnected("room", "ada")
OTHER = RoomCreated("other")


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.begin(1000.0)
    return ledger


def hear(ledger: Ledger, *events: Notification, at: float = 1100.0) -> None:
    for event in events:
        ledger.add_heard(event, at)


def see(ledger: Ledger, *events: Notification, at: float = 1100.0) -> None:
    for event in events:
        ledger.add_written(StreamMessage(event), at)


def rest(ledger: Ledger) -> list[object]:
    return [heard.message.event for heard in ledger.unwritten(100)]


def test_what_is_written_is_struck_out_in_the_order_of_its_room(ledger: Ledger) -> None:
    hear(ledger, ON, OTHER, OFF, ON)
    assert rest(ledger) == [ON, OTHER, OFF, ON]
    assert len(ledger.unwritten(2)) == 2
    see(ledger, ON)
    assert rest(ledger) == [OTHER, OFF, ON]
    see(ledger, OFF, OTHER)
    assert rest(ledger) == [ON]


def test_what_is_written_before_it_is_heard(ledger: Ledger) -> None:
    see(ledger, ON, OFF, ON)
    hear(ledger, ON, OFF, OTHER)
    assert rest(ledger) == [OTHER]
    hear(ledger, ON, OFF)
    assert rest(ledger) == [OTHER, OFF]


def test_a_process_that_stood_still_hears_late(ledger: Ledger) -> None:
    hear(ledger, ON, at=1100 + 3 * SKEW)
    see(ledger, ON, OFF, at=1100)
    hear(ledger, OFF, at=1100 + 3 * SKEW)
    assert rest(ledger) == []


def test_what_was_written_before_it_began_stands_for_nothing(ledger: Ledger) -> None:
    see(ledger, ON, at=1000 - 2 * SKEW)
    hear(ledger, OFF, ON, at=1000 + SKEW)
    see(ledger, ON, at=1000 - SKEW)
    assert rest(ledger) == [OFF, ON]
    # What this one has not heard is dropped when it hears the next.
    see(ledger, OTHER, at=1001)
    hear(ledger, RoomCreated("other"), at=1001)
    assert rest(ledger) == [OFF, ON]


def test_what_a_leader_has_left_out_is_not_waited_for(ledger: Ledger) -> None:
    hear(ledger, OFF, ON)
    see(ledger, ON)
    assert rest(ledger) == []
    see(ledger, OFF, ON)
    hear(ledger, ON, OFF)
    assert rest(ledger) == [OFF]


def test_what_the_leader_has_surely_written_is_settled(ledger: Ledger) -> None:
    hear(ledger, ON)
    hear(ledger, OTHER, at=1101)
    ledger.give_up_before(1100.5)
    assert rest(ledger) == [OTHER]
    ledger.give_up_before(1102)
    assert rest(ledger) == []


def test_all_that_is_kept_is_unwritten_after_a_loss(ledger: Ledger) -> None:
    hear(ledger, ON, OFF)
    written = StreamMessage(ON)
    ledger.add_written(written, 1100)
    assert ledger.start_over() == 1100
    assert [(heard.message.event, heard.was_written) for heard in ledger.unwritten(9)] == [
        (ON, True),
        (OFF, False),
    ]
    # As it was written, so that it is known by its id.
    assert ledger.unwritten(1)[0].message is written
    assert ledger.since == 1000


def test_what_is_old_is_forgotten(ledger: Ledger) -> None:
    hear(ledger, OTHER, ON)
    see(ledger, OTHER)
    ledger.prune(1101 + KEPT)
    # The other one is not written yet.
    assert ledger.start_over() == 1100
    assert rest(ledger) == [ON]
    see(ledger, ON)
    ledger.prune(1101 + KEPT)
    assert ledger.start_over() == ledger.since == 1100
    see(ledger, ON, at=1102 + SKEW)
    ledger.prune(1102 + SKEW)
    hear(ledger, ON, at=1103 + SKEW)
    assert rest(ledger) == []
    see(ledger, ON, at=1104 + SKEW)
    ledger.prune(1105 + KEPT + SKEW)
    hear(ledger, ON, at=1105 + KEPT + SKEW)
    assert rest(ledger) == [ON]


def test_no_more_is_kept_than_fits(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "MAX_HEARD", 2)
    hear(ledger, ON, at=1100)
    being_written = ledger.unwritten(1)
    hear(ledger, OFF, OTHER, at=1101)
    assert rest(ledger) == [OFF, OTHER]
    # From here on everything is known.
    assert ledger.since == 1100
    ledger.mark_written(being_written)
    assert rest(ledger) == [OFF, OTHER]
