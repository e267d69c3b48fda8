"""Output: results go to stdout, notes to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO


class Output:
    """Prints texts for people, or one JSON object a line for programs.

    Each line leaves at once, so that another program can read along.
    """

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def item(self, data: Mapping[str, Any], text: str) -> None:
        """Print one result, as the data or as the text."""
        self.items([data], text)

    def items(self, data: Iterable[Mapping[str, Any]], text: str) -> None:
        """Print several results, as data, one a line, or as the text; for none, print nothing."""
        lines = map(json.dumps, data) if self._as_json else filter(None, [text])
        for line in lines:
            print(line, flush=True)

    def ids(self, ids: Iterable[str]) -> None:
        """Print ids, one a line."""
        for each_id in ids:
            self.item({"id": each_id}, each_id)

    def note(self, text: str) -> None:
        """Print something for people that is not a result."""
        if not self._as_json:
            print(text, file=sys.stderr, flush=True)


def drop_output(stream: TextIO) -> None:
    """Drop what was not printed yet, because the reader has gone; Python would complain at exit."""
    # Python flushes stdout once more at exit. With /dev/null under its descriptor that cannot fail;
    # closing the stream would try to write first.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
