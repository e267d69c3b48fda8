"""Rounds of offers and answers with one peer, and which of its slots carries which track."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, frozen


@frozen
class Counts:
    """How many tracks of each kind a peer is to be ready to receive."""

    audio: int
    video: int


@define
class _Slot:
    """A section of the peer's offers in which it can receive one track.

    Attributes:
        kind: `audio` or `video`.
        track_id: the track that it carries, or None.
        is_resting: whether it was just emptied. The peer learns that a track is there when a slot
            turns from inactive to active, so there is a round without a track between two tracks.
    """

    kind: str
    track_id: str | None = None
    is_resting: bool = False


class Negotiation:
    """Says when to ask a peer for an offer, for how many tracks, and what to answer.

    The server asks (`next_round`), the peer offers (`assign`), the server answers (`finish`). There
    is one round at a time: what comes up during a round waits for the next one. A round that
    brought nothing is not repeated before something changes, for there are peers that never give
    the slot that they were asked for.
    """

    def __init__(self) -> None:
        self._wanted: dict[str, str] = {}
        self._slots: dict[str, _Slot] = {}
        self._in_round = False
        self._is_owed = False
        self._gave_up = False
        self._asked = Counts(0, 0)
        # Whether its offers have sections even if it is asked for none.
        self._has_sections = False

    @property
    def assigned(self) -> dict[str, str]:
        """The ids of the tracks that slots carry, by the mids of the slots."""
        return {
            mid: slot.track_id for mid, slot in self._slots.items() if slot.track_id is not None
        }

    def want(self, tracks: Mapping[str, str]) -> None:
        """Say which tracks the peer is to receive from now on.

        Args:
            tracks: the kinds of the tracks, `audio` or `video`, by their ids.
        """
        if self._wanted != tracks:
            self._wanted = dict(tracks)
            self._gave_up = False

    def owe(self) -> None:
        """Ask for a round in any case, because the peer waits for one."""
        self._is_owed = True

    def request(self) -> None:
        """Ask for a round because the peer asks for one; it has something to offer."""
        self._is_owed = self._has_sections = True

    def next_round(self) -> Counts | None:
        """Begin a round if there is a reason for one and none is under way."""
        if self._in_round or not (self._is_owed or self._has_reason()):
            return None
        self._in_round = True
        # Cleared before the round: a peer may ask between making its offer and sending it, and that
        # must lead to one more round.
        self._is_owed = False
        audio, video = self._count("audio"), self._count("video")
        if not (audio or video or self._has_sections):
            # An offer without any section could not be answered.
            audio = 1
        # Clients stop some other slots if they are asked for fewer than before.
        self._asked = Counts(max(audio, self._asked.audio), max(video, self._asked.video))
        return self._asked

    def assign(self, offered: Mapping[str, str]) -> None:
        """Give the slots of an offer to tracks.

        Args:
            offered: the kinds of the sections in which the peer can receive, by their mids.
        """
        self._has_sections = True
        before = self._slots
        # A slot that is not offered any more was stopped by the peer; its track counts as missing
        # again.
        self._slots = {mid: before.get(mid) or _Slot(kind) for mid, kind in offered.items()}
        has_new_slots = bool(self._slots.keys() - before.keys())
        # Before tracks are given out, so that a slot is not emptied and filled in the same round.
        rested = [slot for slot in self._slots.values() if self._rest(slot)]
        taken = [self._fill(*wanted) for wanted in self._missing().items()]
        brought_nothing = not all(taken) and not (has_new_slots or rested or any(taken))
        # What was wanted only during the round was not asked for yet.
        self._gave_up = brought_nothing and self._has_asked_enough()

    def give_up(self) -> None:
        """Note that the round failed: it is repeated only if something changes or is asked for."""
        self._gave_up = True

    def finish(self) -> None:
        """End the round: the answer is out."""
        self._in_round = False

    def _has_reason(self) -> bool:
        is_stale = any(track_id not in self._wanted for track_id in self.assigned.values())
        return is_stale or bool(self._missing() and not self._gave_up)

    def _has_asked_enough(self) -> bool:
        asked = {"audio": self._asked.audio, "video": self._asked.video}
        return all(self._count(kind) <= number for kind, number in asked.items())

    def _missing(self) -> dict[str, str]:
        """Return the tracks that have no slot yet."""
        assigned = set(self.assigned.values())
        return {id_: kind for id_, kind in self._wanted.items() if id_ not in assigned}

    def _rest(self, slot: _Slot) -> bool:
        """Empty a slot whose track is gone for this round; tell whether it was."""
        slot.is_resting = slot.track_id is not None and slot.track_id not in self._wanted
        if slot.is_resting:
            slot.track_id = None
        return slot.is_resting

    def _fill(self, track_id: str, kind: str) -> bool:
        for slot in self._slots.values():
            if slot.kind == kind and slot.track_id is None and not slot.is_resting:
                slot.track_id = track_id
                return True
        return False

    def _count(self, kind: str) -> int:
        slots = sum(slot.kind == kind for slot in self._slots.values())
        return max(slots, sum(wanted == kind for wanted in self._wanted.values()))
