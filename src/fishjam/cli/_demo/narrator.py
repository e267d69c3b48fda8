"""How the demo speaks: numbered chapters, steps, and values that give no secret away."""

from __future__ import annotations

import threading
from typing import TextIO

from fishjam._core.event import Value
from fishjam.cli._output import drop_output


class Narrator:
    """Prints the story line by line, at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._chapter = 0
        self._lock = threading.Lock()

    def line(self, text: str = "") -> None:
        """Print one line; the steps and the events come from different threads."""
        with self._lock:
            try:
                print(text, file=self._out, flush=True)
            except BrokenPipeError:
                # The reader has gone. The demo goes on, because it still has to delete its rooms.
                drop_output(self._out)

    def chapter(self, title: str) -> None:
        """Begin the next chapter."""
        self._chapter += 1
        self.line()
        self.line(f"{self._chapter}. {title}")

    def step(self, text: str) -> None:
        """Report a step that was done."""
        self.line(f"   {text}")

    def event(self, event: Value) -> None:
        """Report an event: its class and its fields."""
        held = ", ".join(f"{name}={value}" for name, value in event.to_dict().items())
        self.line(f"      ~ {type(event).__name__} {held}")

    def error(self, error: Exception) -> None:
        """Report an expected error: its class and its first line."""
        self.step(f"refused, as it should be: {type(error).__name__}: {str(error).splitlines()[0]}")


def hint(token: str) -> str:
    """Show enough of a token to recognise it, and too little to use it."""
    return f"{token[:8]}... ({len(token)} characters)"
