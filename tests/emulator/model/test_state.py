"""The state as a whole: what a reset does to what is still in use."""

from __future__ import annotations

from itertools import count

from fishjam.emulator._model.rooms import RoomConfig
from fishjam.emulator._model.state import State
from fishjam.emulator._model.state_changes import StateChange
from fishjam.events import RoomCreated


def test_of_what_a_reset_has_forgotten_nothing_is_told() -> None:
    changes: list[StateChange] = []
    ids = map(str, count())
    state = State(lambda: 0.0, lambda: next(ids), changes.append)
    rooms, recordings = state.rooms, state.recordings
    room = rooms.create(RoomConfig(room_type="livestream"))
    stream = state.streams.create(public=True, audio_only=False, webhook_url=None, batch=False)
    for presence in (room.presence, stream.presence):
        presence.connect("viewer", "v")
    assert len(changes) == 3
    changes.clear()
    state.reset()
    rooms.delete(room.id)
    for presence in (room.presence, stream.presence):
        presence.disconnect("viewer", "v")
        presence.connect("viewer", "w")
    recordings.create({}, None, None)
    assert changes == []
    new = state.rooms.create(RoomConfig())
    assert [change.event for change in changes] == [RoomCreated(room_id=new.id)]
