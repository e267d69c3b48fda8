"""Output: results go to stdout, notes to stderr; colours and tables only to a terminal."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TextIO, TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

T = TypeVar("T")
Columns = Mapping[str, Callable[[T], str]]
"""The heads of a table, and what each column shows of an item."""

_STYLES: dict[str, str] = {
    **dict.fromkeys(("connected", "available", "active", "ok"), "green"),
    **dict.fromkeys(("failed", "FAIL"), "red"),
}
_ENDLESS = 1_000_000
"""Columns of a page on which no line is broken."""
_ID_WIDTH = 36
_CELL_WIDTH = 6
"""Columns of a cell other than an id at least: with fewer, a word takes up half a screen."""


class Item(Protocol):
    """What the API returns."""

    def to_dict(self) -> dict[str, Any]:
        """Give the item in its JSON names."""
        ...


class Output:
    """Prints texts for people, or one JSON object a line for programs.

    Each line leaves at once, so that another program can read along.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def item(
        self,
        data: Mapping[str, Any],
        text: str | Mapping[str, str],
        *,
        with_token: bool = True,
    ) -> None:
        """Print one result: as the data, or as the text or the fields that stand for it.

        Args:
            data: what programs get.
            text: what people get.
            with_token: whether tokens in the data are printed.
        """
        if self.as_json:
            print(json.dumps(data if with_token else _tokenless(data)), flush=True)
        else:
            show(text if isinstance(text, str) else fields(text))

    def created(self, data: Mapping[str, Any], token: str, with_token: bool) -> None:
        """Print the id of what was made, with --json all of it, and its token if it is wanted."""
        # Only on request, because what a command prints often ends up in a log.
        text = f"{data['id']}\n{token}" if with_token else str(data["id"])
        self.item({**data, "token": token}, text, with_token=with_token)

    def rows(
        self,
        items: Sequence[Any],
        columns: Columns[Any],
        advice: str = "",
        *,
        ids: bool = False,
        with_token: bool = True,
    ) -> None:
        """Print several results, as data, one a line, or as a table; for none, a note."""
        for item in items if ids or self.as_json else ():
            data = {"id": item.id} if ids else item.to_dict()
            self.item(data, item.id, with_token=with_token)
        if items and not ids and not self.as_json:
            show(table(items, columns))
        if not items:
            self.note(f"There are none. {advice}".strip())

    def more(self, items: Sequence[Any], columns: Columns[Any]) -> None:
        """Print a table below an item, for people; programs have all of it already."""
        if items and not self.as_json:
            show("")
            show(table(items, columns))

    def note(self, text: str) -> None:
        """Print something for people that is not a result."""
        if not self.as_json:
            note(text)


def _tokenless(data: Any) -> Any:
    """Return data without the tokens in it."""
    if isinstance(data, Mapping):
        return {name: _tokenless(each) for name, each in data.items() if name != "token"}
    return [_tokenless(each) for each in data] if isinstance(data, list) else data


def table(items: Iterable[T], columns: Columns[T], *, one_line: bool = False) -> Table:
    """Make a table; what others wrote into the items cannot harm the terminal.

    Args:
        items: the rows.
        columns: the heads, and what each column shows of an item.
        one_line: whether what is too long for its column is cut off, not broken.
    """
    made = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        show_edge=False,
        header_style="bold",
    )
    cut: dict[str, Any] = {"no_wrap": True, "overflow": "ellipsis"} if one_line else {}
    for number, head in enumerate(columns):
        # The first one holds the id, which is to be copied: others give way to it.
        made.add_column(Text(head, **cut), overflow="fold", no_wrap=number == 0)
    for item in items:
        cells = (plain(show_cell(item)) for show_cell in columns.values())
        made.add_row(*(Text(cell, _STYLES.get(cell, ""), **cut) for cell in cells))
    return made


def fields(rows: Mapping[str, str]) -> Table:
    """Make a table of names with their values, one pair a line."""
    made = Table(box=None, pad_edge=False, show_header=False)
    made.add_column(style="bold")
    made.add_column(overflow="fold")
    for name, value in rows.items():
        made.add_row(name, Text(plain(value)))
    return made


def plain(text: str) -> str:
    """Return a text that cannot harm a terminal: quoted unless it is printable ASCII.

    Peers and other backends choose some of the texts. An empty text becomes `-`.
    """
    if not text:
        return "-"
    return text if text.isascii() and text.isprintable() else json.dumps(text)


def safe(text: str) -> str:
    """Return lines for people with all that could steer a terminal escaped."""
    return "".join(
        each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text
    )


def show(content: str | Text | Table) -> None:
    """Print a result on stdout: as it is on a terminal, without colours and frames elsewhere."""
    console = Console(highlight=False)
    if isinstance(content, str):
        print(content, flush=True)
    # A table would lose cells on a narrower terminal, so plain lines are printed, which it wraps.
    elif console.is_terminal and (
        isinstance(content, Text) or console.width >= _least_width(content)
    ):
        console.print(content, soft_wrap=isinstance(content, Text))
    else:
        print(_unframed(content) if isinstance(content, Table) else content.plain, flush=True)


def _least_width(content: Table) -> int:
    """Return the columns of a terminal that are enough for a table to be read."""
    width = 2 * (len(content.columns) - 1)
    for number, column in enumerate(content.columns):
        # The id is in the first column, or, without heads, in the one beside the names.
        most = _CELL_WIDTH if number and content.show_header else _ID_WIDTH
        width += min(most, max(len(str(cell)) for cell in (column.header, *column.cells)))
    return width


def timed(line: str, moment: float | None = None) -> Text:
    """Return a line that begins with a name, after the time of day."""
    name, space, rest = line.partition(" ")
    clock = time.strftime("%H:%M:%S", time.localtime(moment))
    return Text.assemble((clock, "dim"), " ", (name, "cyan"), space, rest)


def note(text: str, style: str = "dim") -> None:
    """Print a note on stderr."""
    console = stderr_console()
    if console.is_terminal:
        console.print(Text(safe(text), style))
    else:
        print(safe(text), file=sys.stderr, flush=True)


def stderr_console() -> Console:
    """Return the terminal, or what else stderr is."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def _unframed(content: Table) -> str:
    """Return a table as lines, in columns."""
    # Without the frame there would be one space between two columns.
    content.box, content.collapse_padding = None, False
    page = Console(file=io.StringIO(), width=_ENDLESS, color_system=None)
    with page.capture() as captured:
        page.print(content)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def flush_output(stream: TextIO) -> None:
    """Flush, and drop what cannot be written because the reader has gone."""
    try:
        stream.flush()
    except BrokenPipeError:
        drop_output(stream)


def drop_output(stream: TextIO) -> None:
    """Drop what was not printed yet, because the reader has gone; Python would complain at exit."""
    # Python flushes stdout once more at exit. With /dev/null under its descriptor that cannot fail;
    # closing the stream would try to write first.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
