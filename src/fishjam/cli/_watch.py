"""`fishjam watch`: the peers, tracks and events of a room of the emulator, live."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.text import Text

from fishjam._core.request import segment
from fishjam.cli._calls import ROOM, calling
from fishjam.cli._command import Command
from fishjam.cli._events import event_of, event_types
from fishjam.cli._listen.lines import human_line
from fishjam.cli._output import Columns, Output, plain, table, timed
from fishjam.cli._peers import PEERS, next_steps
from fishjam.errors import NotFoundError
from fishjam.room import Room

if TYPE_CHECKING:
    from fishjam.cli._control import Control

Json = dict[str, Any]
_LAST_EVENTS = 100
_ENDS = ("RoomDeleted", "RoomCrashed")
_PEERS = {head: shown for head, shown in PEERS.items() if head != "TRACKS"}
_TRACKS: Columns[tuple[str, Any]] = {
    "TRACK": lambda row: row[1].id,
    "OF PEER": lambda row: row[0],
    "TYPE": lambda row: str(row[1].type_),
    "METADATA": lambda row: json.dumps(row[1].metadata) if row[1].metadata else "",
}


class Screen:
    """Shows a room as it is now, with its last events below it."""

    def __init__(self, live: Live, room: Room) -> None:
        self._live = live
        self._events: deque[Text] = deque(maxlen=_LAST_EVENTS)
        self._room = room
        self._show(room)

    def event(self, line: Text, data: Json, room: Room | None) -> None:
        """Show an event, and the room after it, if it is still there."""
        self._events.append(line)
        self._room = room or self._room
        self._show(self._room)

    def _show(self, room: Room) -> None:
        tracks = [(peer.id, track) for peer in room.peers for track in peer.tracks]
        title = Text.assemble(("room ", "dim"), (plain(room.id), "bold"), f"  {_count(room)}")
        parts: list[Any] = [
            title,
            table(room.peers, _PEERS, one_line=True) if room.peers else Text(next_steps(room)),
        ]
        parts += [table(tracks, _TRACKS, one_line=True)] if tracks else []
        # The heads, the lines below them and between the parts; the newest events have to fit.
        left = max(3, self._live.console.height - len(room.peers) - len(tracks) - 10)
        parts += [Text("\n", no_wrap=True, overflow="ellipsis").join(list(self._events)[-left:])]
        self._live.update(Group(*(Padding(part, (0, 0, 1, 0)) for part in parts)), refresh=True)


class Lines:
    """Prints a room as it was at first, and each event as a line: for pipes and for programs."""

    def __init__(self, out: Output, room: Room) -> None:
        self._out = out
        out.item(room.to_dict(), f"room {plain(room.id)}  {_count(room)}")
        out.more(room.peers, PEERS)

    def event(self, line: Text, data: Json, room: Room | None) -> None:
        """Print an event."""
        self._out.item(data, line.plain)


@contextmanager
def _view(out: Output, room: Room) -> Iterator[Screen | Lines]:
    console = Console(highlight=False)
    if out.as_json or not console.is_terminal:
        yield Lines(out, room)
        return
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        yield Screen(live, room)


@ROOM
def _watch(control: Control, out: Output, room: str) -> None:
    """Watch a room of the emulator.

    Shows the peers, tracks and events of a room of a running `fishjam emulator`. On a terminal it
    is a live table; elsewhere, and with --json, each event is a line. It ends with Ctrl+C, or when
    the room does. For a room of Fishjam itself there is `fishjam listen --room`.
    """
    position = control.call("GET", "/state")["position"]
    with _view(out, _room(control, room)) as view:
        for item in control.activity(position):
            data = item["data"]
            if data.get("roomId") == room:
                now = None
                # Its end may have come already; the event of it comes later.
                with suppress(NotFoundError):
                    now = _room(control, room)
                view.event(timed(_line(data), item["time"]), data, now)
                if data["event"] in _ENDS:
                    break
    out.note(f"The room {room} is gone.")


watch = click.command("watch", cls=Command)(
    calling(
        _watch,
        client="emulator",
        hints={NotFoundError: "`fishjam rooms list` shows the rooms that there are."},
    )
)


def _room(control: Control, room: str) -> Room:
    return Room.from_dict(control.call("GET", f"/fishjam/room/{segment(room, 'room')}"))


def _count(room: Room) -> str:
    return f"{len(room.peers)} peer{'' if len(room.peers) == 1 else 's'}"


def _line(data: Json) -> str:
    """Return an event as a line for people, as `fishjam listen` does, without the room."""
    fields = {name: value for name, value in data.items() if name not in ("event", "roomId")}
    return human_line(event_of(event_types()[data["event"]], fields))
