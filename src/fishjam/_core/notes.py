"""Notes on errors (PEP 678): what was being done, and what to do, beside the error's own text."""

from __future__ import annotations

from typing import TypeVar

from fishjam.errors import FishjamError

E = TypeVar("E", bound=FishjamError)


def with_notes(error: E, *notes: str | None) -> E:
    """Add notes to an error and return it; empty ones are left out."""
    for note in filter(None, notes):
        error.add_note(note)
    return error


def explained(error: BaseException) -> str:
    """Return an error's text and its notes, one below the other, for a log or a terminal."""
    # An exception has no `__notes__` before the first note is added.
    return "\n".join([str(error), *getattr(error, "__notes__", ())])
