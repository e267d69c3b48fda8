"""Printing lines: events to stdout, everything else to stderr."""

from __future__ import annotations

from attrs import evolve

from fishjam import ConnectionLost, ConnectionRestored, Notification
from fishjam.cli._listen.lines import human_line, json_line
from fishjam.cli._output import note, show, timed


class Printer:
    """Prints each line at once, so that another program can read along."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def event(self, event: Notification) -> None:
        """Print an event."""
        show(json_line(event) if self._as_json else timed(human_line(event)))

    def connection(self, news: ConnectionLost | ConnectionRestored) -> None:
        """Print that the connection is lost or back; as JSON it stands among the events."""
        if self._as_json:
            show(json_line(news))
            return
        if isinstance(news, ConnectionLost):
            # The rest is advice to connect again, which this command does anyway.
            news = evolve(news, reason=news.reason.partition("\n")[0])
        self.note(human_line(news))

    def note(self, text: str) -> None:
        """Print a note that is not an event."""
        note(timed(text).plain)
