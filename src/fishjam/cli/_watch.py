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
from fishjam.cli._peers import PEERS
from fishjam.errors import NotFoundError
from fishjam.room import Room

if TYPE_CHECKING:
    from fishjam.cli._control import Control

Json = dict[str, Any]
_LAST_EVENTS = 12
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

    def __init__(self, live: Live) -> None:
        self._live = live
        self._events: deque[Text] = deque(maxlen=_LAST_EVENTS)

    def room(self, room: Room) -> None:
        """Show the room anew."""
        title = Text.assemble(("room ", "dim"), (plain(room.id), "bold"), f"  {_count(room)}")
        tracks = [(peer.id, track) for peer in room.peers for track in peer.tracks]
        parts: list[Any] = [title, table(room.peers, _PEERS)]
        parts += [table(tracks, _TRACKS)] if tracks else []
        parts += [Text("\n").join(self._events)] if self._events else []
        self._live.update(Group(*(Padding(part, (0, 0, 1, 0)) for part in parts)), refresh=True)

    def event(self, line: Text, data: Json) -> None:
        """Keep an event for the next time that the room is shown."""
        self._events.append(line)


class Lines:
    """Prints the peers once and each event as a line, for pipes and for programs."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._begun = False

    def room(self, room: Room) -> None:
        """Print the room at the beginning."""
        if not self._begun:
            self._out.item(room.to_dict(), f"room {plain(room.id)}  {_count(room)}")
            self._out.more(room.peers, PEERS)
        self._begun = True

    def event(self, line: Text, data: Json) -> None:
        """Print an event."""
        self._out.item(data, line.plain)


@contextmanager
def _view(out: Output) -> Iterator[Screen | Lines]:
    console = Console(highlight=False)
    if out.as_json or not console.is_terminal:
        yield Lines(out)
        return
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        yield Screen(live)


@ROOM
def _watch(control: Control, out: Output, room: str) -> None:
    """Watch a room of a running `fishjam emulator`: its peers, tracks and events.

    On a terminal it is a live table; elsewhere, and with --json, each event is a line. It ends with
    Ctrl+C, or when the room does. For a room of Fishjam itself there is `fishjam listen --room`.
    """
    position = control.call("GET", "/state")["position"]
    with _view(out) as view:
        view.room(_room(control, room))
        for item in control.activity(position):
            data = item["data"]
            if data.get("roomId") != room:
                continue
            view.event(timed(_line(data), item["time"]), data)
            if data["event"] in _ENDS:
                break
            # Its end may have come already; the event of it comes next.
            with suppress(NotFoundError):
                view.room(_room(control, room))
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
