"""How the demo speaks: chapters, steps with the events that they cause, and short ids."""

from __future__ import annotations

import re
import textwrap
import threading
import time
from typing import TextIO, cast

from rich.console import Console
from rich.text import Text

from fishjam._core.event import Value
from fishjam.cli._output import drop_output

_BESIDE = 66
"""The column in which events stand beside their step, where the terminal is wide enough."""
_EVENT_WIDTH = 40
_INDENT = " " * 5
_PLAIN = str.maketrans({"✓": "*", "✗": "x", "•": "*", "♪": "~", "←": "<"})
_ID = re.compile(r"\b([0-9a-f]{6})[0-9a-f]{2}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


class _Page(Console):
    """A console whose reader may go; the demo goes on, since it still has to delete its rooms."""

    def on_broken_pipe(self) -> None:
        drop_output(cast("TextIO", self.file))


class Narrator:
    """Prints the story line by line, in colours on a terminal.

    Args:
        out: where to.
        pace: seconds after each step, in which its events come to stand beside it.
    """

    def __init__(self, out: TextIO, pace: float = 0) -> None:
        self._console = _Page(file=out, highlight=False, soft_wrap=True)
        # On Windows and under LANG=C the signs cannot be written.
        has_signs = (out.encoding or "utf").lower().startswith("utf")
        self._signs: dict[int, str] = {} if has_signs else _PLAIN
        self._pace = pace
        self._chapter = 0
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        self._step: Text | None = None
        self._events: list[Text] = []

    def know(self, id_: str, name: str) -> None:
        """Call something by its name from now on."""
        self._names[id_] = name

    def short(self, text: str) -> str:
        """Put names in the place of ids that are known, and shorten the others."""
        for id_, name in self._names.items():
            text = text.replace(id_, name)
        return _ID.sub(r"\1", text).translate(self._signs)

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line; the steps and the events come from different threads."""
        with self._lock:
            self._write_events()
            self._console.print(Text(self.short(text), style))

    def address(self, url: str) -> None:
        """Print an address to open, with its ids whole."""
        with self._lock:
            self._write_events()
            self._console.print(Text(f"  {url}"))

    def chapter(self, title: str) -> None:
        """Begin the next chapter."""
        self._chapter += 1
        self.line()
        self.line(f"{self._chapter}. {title}", "bold")

    def step(self, text: str) -> None:
        """Report a step that was done, and leave time to read it."""
        self._tell("✓", text, "green")

    def attempt(self, text: str) -> None:
        """Report what is tried and will be refused."""
        self._tell("•", text, "")

    def sound(self, text: str) -> None:
        """Report what is being heard, without a pause: it goes on meanwhile."""
        self.line(f"   ♪ {text}", "magenta")

    def error(self, error: Exception) -> None:
        """Report an expected error: its class and its first line."""
        text = f"refused, as it should be: {type(error).__name__}: {str(error).splitlines()[0]}"
        self._tell("✗", text, "yellow")

    def event(self, event: Value) -> None:
        """Report an event: its class and the ids in it."""
        data = event.to_dict()
        held = ", ".join(
            f"{key[:-2]} {value}" for key, value in data.items() if key.endswith("Id") and value
        )
        with self._lock:
            self._events.append(Text(self.short(f"← {type(event).__name__} {held}"), "cyan"))
            # They come over a socket of their own, as a rule before the answer that ends the step.
            if not self._pace:
                self._write_events()

    def _tell(self, mark: str, text: str, style: str) -> None:
        mark, lines = mark.translate(self._signs), self._wrapped(self.short(text))
        with self._lock:
            for line in lines[:-1]:
                self._console.print(Text.assemble("   ", (mark, style), " ", line))
                mark = " "
            self._step = Text.assemble("   ", (mark, style), " ", lines[-1])
            self._console.print(self._step, end="")
        try:
            time.sleep(self._pace)
        finally:
            # Also when Ctrl+C ends the wait: what follows begins a line of its own.
            with self._lock:
                self._write_events()

    def _wrapped(self, text: str) -> list[str]:
        if not self._console.is_terminal:
            return [text]
        # Addresses and ids stay whole, so that they can be copied.
        return textwrap.wrap(
            text,
            max(40, min(self._console.width - len(_INDENT), 100)),
            break_long_words=False,
            break_on_hyphens=False,
        )

    def _write_events(self) -> None:
        """End the line of the open step with the first event, and give the others their own."""
        step, self._step = self._step, None
        events, self._events = self._events, []
        has_room = self._console.is_terminal and self._console.width >= _BESIDE + _EVENT_WIDTH
        column = _BESIDE if has_room else len(_INDENT) + 1
        if step is not None:
            if events and has_room and step.cell_len < column:
                self._console.print(" " * (column - step.cell_len), end="")
                self._console.print(events.pop(0))
            else:
                self._console.print()
        for event in events:
            self._console.print(Text.assemble(" " * column, event))


def hint(token: str) -> str:
    """Show enough of a token to recognise it, and too little to use it."""
    return f"{token[:8]}... ({len(token)} characters)"
