"""The demo's output for programs: one JSON object a line."""

from __future__ import annotations

import json
from typing import Any

from fishjam._core.event import Value
from fishjam.cli._demo.narrator import Narrator


class JsonNarrator(Narrator):
    """Prints the same steps with whole ids; the first key of each line says what it is about."""

    def line(self, text: str = "", style: str = "") -> None:
        """Print a remark."""
        if text:
            self._print(note=text)

    def address(self, url: str) -> None:
        """Tell of an address to open."""
        self._print(page=url)

    def short(self, text: str) -> str:
        """Leave it as it is."""
        return text

    def chapter(self, title: str) -> None:
        """Begin the next chapter."""
        self._print(chapter=title)

    def step(self, text: str) -> None:
        """Report a step that was done."""
        self._print(step=text)

    attempt = sound = step

    def event(self, event: Value) -> None:
        """Tell of an event, as `fishjam listen --json` does."""
        self._print(event=type(event).__name__, **event.to_dict())

    def error(self, error: Exception) -> None:
        """Tell of an error that was expected."""
        self._print(refused=type(error).__name__, message=str(error).splitlines()[0])

    def _print(self, **data: Any) -> None:
        # Past `line` of this class, which would wrap the object into a note.
        super().line(json.dumps(data))
