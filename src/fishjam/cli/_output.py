"""Where the output goes: results to stdout, notes to stderr, and nowhere if nobody reads it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO


class Output:
    """What a command prints: texts for people, or one JSON object a line for programs.

    Each line leaves at once, so that another program can read along.
    """

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def item(self, data: Mapping[str, Any], text: str) -> None:
        """Print one result, as the data or as the text."""
        self.items([data], text)

    def items(self, data: Iterable[Mapping[str, Any]], text: str) -> None:
        """Print several results, as the data, one a line, or as the text; none print nothing."""
        lines = map(json.dumps, data) if self._as_json else filter(None, [text])
        for line in lines:
            print(line, flush=True)

    def ids(self, ids: Iterable[str]) -> None:
        """Print ids, one a line."""
        for one in ids:
            self.item({"id": one}, one)

    def note(self, text: str) -> None:
        """Tell people something that is no result."""
        if not self._as_json:
            print(text, file=sys.stderr, flush=True)


def drop_output(stream: TextIO) -> None:
    """Drop what is still to be printed, because nobody reads it; Python would complain at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
