"""`fishjam recordings`: list, show, stop, fetch and delete recordings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from fishjam.cli._calls import Hints, Noun, ids_of
from fishjam.cli._command import Seconds
from fishjam.cli._options import IDS, choice, metadata
from fishjam.cli._output import Columns, Output, stderr_console
from fishjam.errors import ConflictError, NotFoundError, RecordingError
from fishjam.recording import DownloadProgress, Recording, RecordingStatus

if TYPE_CHECKING:
    from fishjam import FishjamClient

_HINTS: Hints = {
    NotFoundError: "`fishjam recordings list` shows the recordings that there are.",
    ConflictError: "`fishjam recordings stop` ends one that is active.",
    RecordingError: "`fishjam recordings show` tells how far it is.",
}
RECORDING = click.argument("recording", metavar="RECORDING")

_RECORDINGS: Columns[Recording] = {
    "RECORDING": lambda recording: recording.id,
    "STATUS": lambda recording: str(recording.status),
    "FILES": lambda recording: str(len(recording.files)),
    "METADATA": lambda recording: json.dumps(recording.metadata) if recording.metadata else "",
}


@click.group(cls=Noun)
def recordings() -> None:
    """List, stop, download and delete recordings."""


@recordings.call("list")
@choice("--status", RecordingStatus, "only recordings in this state")
@metadata("only recordings whose metadata hold these values")
@IDS
def _list(client: FishjamClient, out: Output, ids: bool, **wanted: Any) -> None:
    """List recordings."""
    out.rows(client.get_all_recordings(**wanted), _RECORDINGS, ids=ids)


@recordings.call("show", hints=_HINTS)
@RECORDING
def _show(client: FishjamClient, out: Output, recording: str) -> None:
    """Show a recording."""
    _print(out, client.get_recording(recording))


@recordings.call("stop", hints=_HINTS)
@RECORDING
def _stop(client: FishjamClient, out: Output, recording: str) -> None:
    """Stop a recording.

    Its files can be downloaded once it is available: `fishjam recordings wait`.
    """
    _print(out, client.stop_recording(recording))


@recordings.call("wait", hints=_HINTS)
@RECORDING
@click.option(
    "--within",
    type=Seconds(),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="how long it may take",
)
def _wait(client: FishjamClient, out: Output, recording: str, within: float) -> None:
    """Wait until the files of a recording are available.

    It does not stop the recording: do that first.
    """
    _print(out, client.wait_for_recording(recording, within))


@recordings.call("download", hints=_HINTS)
@RECORDING
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def _download(client: FishjamClient, out: Output, recording: str, folder: Path) -> None:
    """Download the files of a recording.

    They go into FOLDER, by default the current one. Prints the paths of the files. An older file of
    the same name is replaced.
    """
    with _progress(out) as show:
        paths = client.download_recording(recording, folder, on_progress=show)
    for path in paths:
        out.item({"id": recording, "path": str(path)}, str(path))


@recordings.removal("delete", done="deleted", hints=_HINTS)
@ids_of("RECORDING")
def _delete(client: FishjamClient, recording: str) -> None:
    """Delete recordings; their files go some time later."""
    client.delete_recording(recording)


def _print(out: Output, recording: Recording) -> None:
    shown = {head.lower(): show(recording) for head, show in _RECORDINGS.items()}
    out.item(recording.to_dict(), shown)


@contextmanager
def _progress(out: Output) -> Iterator[Callable[[DownloadProgress], None] | None]:
    """Show the bar of a download, if it is to people at a terminal."""
    console = stderr_console()
    if out.as_json or not console.is_terminal:
        yield None
        return
    name = TextColumn("{task.description}", markup=False)
    columns = name, BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console) as bars:
        yield partial(_advance, bars)


def _advance(bars: Progress, progress: DownloadProgress) -> None:
    # One bar a file; the files come one after the other.
    if len(bars.tasks) < progress.number:
        bars.add_task(progress.path.name, total=progress.total)
    bars.update(bars.tasks[-1].id, completed=progress.done, total=progress.total)
