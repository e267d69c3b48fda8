"""`fishjam demo`: the main job of the SDK as a story that can be watched."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fishjam.cli._backends import BACKENDS as LOOPS
from fishjam.cli._backends import backend_option, missing_for
from fishjam.cli._command import Command, common
from fishjam.cli._exit import DONE, complain, fail

if TYPE_CHECKING:
    from fishjam.emulator import Emulator

BACKENDS = ("sync", *LOOPS)


@click.command(cls=Command, common=("json",))
@backend_option("the client and the event loop", BACKENDS)
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="keep what was said (WAV) and seen (JPEG) in this folder, which is made if need be",
)
def demo(backend: str, save: Path | None) -> int:
    """Watch rooms, peers, tokens and a voice agent at work.

    Makes rooms, peers, tokens, a livestream and MoQ access, lets a user talk with a voice agent,
    shows each step, and cleans up. It runs against a local Fishjam of its own, or against yours
    when FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN are set, without the conversation, because only a
    local one has users without browsers.
    """
    missing = missing_for(backend)
    if missing is not None:
        return complain(missing)
    from fishjam.cli._demo.json_narrator import JsonNarrator
    from fishjam.cli._demo.narrator import Narrator
    from fishjam.errors import FishjamError

    narrator = JsonNarrator(sys.stdout) if common().json else Narrator(sys.stdout)
    try:
        with _folder(save) as folder, _fishjam(narrator) as place:
            _tell(backend, *place, narrator, folder)
    except (FishjamError, ImportError, OSError) as error:
        return fail(error)
    # The conversation saves them, and with a Fishjam of your own there is none.
    if save is not None and any(save.iterdir()):
        narrator.line(f"The sound and the picture are in {save}.")
    narrator.line(f"Done, with the {backend} client.")
    return DONE


@contextmanager
def _folder(chosen: Path | None) -> Iterator[Path]:
    """Yield the chosen folder, or a temporary one that is removed at the end."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary)


@contextmanager
def _fishjam(narrator: Any) -> Iterator[tuple[str, str, Emulator | None]]:
    """Yield the Fishjam of the environment, or a local one that runs as long as the demo."""
    fishjam_id = os.environ.get("FISHJAM_ID")
    token = os.environ.get("FISHJAM_MANAGEMENT_TOKEN")
    if fishjam_id and token:
        narrator.line("Using the Fishjam that FISHJAM_ID names.")
        yield fishjam_id, token, None
        return
    # The emulator is an extra, and a demo against another Fishjam can do without it.
    from fishjam.emulator import Emulator

    with Emulator() as emulator:
        narrator.line(f"A local Fishjam listens at {emulator.fishjam_id}.")
        yield emulator.fishjam_id, emulator.management_token, emulator


def _tell(
    backend: str,
    fishjam_id: str,
    management_token: str,
    emulator: Emulator | None,
    narrator: Any,
    folder: Path,
) -> None:
    """Tell the story while the events that it causes are shown beside it."""
    import anyio

    from fishjam.cli._demo import _async, _sync
    from fishjam.cli._demo.audience import watching

    # Notifiers and agents are async only, so the sync demo needs a loop for them as well.
    loop = "asyncio" if backend == "sync" else backend
    with watching(fishjam_id, management_token, narrator, loop) as audience:
        if backend == "sync":
            rooms = _sync.tell(fishjam_id, management_token, narrator)
        else:
            rooms = anyio.run(_async.tell, fishjam_id, management_token, narrator, backend=backend)
        if emulator is not None:
            from fishjam.cli._demo.conversation import converse

            rooms.append(anyio.run(converse, emulator, narrator, folder, backend=loop))
        # Events come over a socket of their own: nothing orders them with the answers of REST
        # calls.
        audience.wait_until_gone(rooms)
