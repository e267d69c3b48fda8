"""`fishjam demo`: the main job of the SDK as a story that can be watched."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fishjam.cli._backends import BACKENDS as LOOPS
from fishjam.cli._backends import backend_option, missing_for
from fishjam.cli._command import Command, common
from fishjam.cli._exit import DONE, complain, fail
from fishjam.cli._options import flag

if TYPE_CHECKING:
    from fishjam.cli._demo.narrator import Narrator
    from fishjam.emulator import Emulator

BACKENDS = ("sync", *LOOPS)
PACE = 0.9
"""Seconds after each step on a terminal."""
_HALF = "Only one of FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN is set: this uses a local Fishjam."
_LEFT_OUT = (
    "Left out here: the conversation with a voice agent, because only a local Fishjam has users\n"
    "without browsers. To hear it: env -u FISHJAM_ID fishjam demo"
)


@click.command(cls=Command, common=("json",))
@backend_option("the client and the event loop", (*BACKENDS, "all"))
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="keep what was said (WAV) and seen (JPEG) in this folder, which is made if need be "
    "(default: a new folder among the temporary files)",
)
@click.option(
    "--pace",
    type=click.FloatRange(0, 60),
    metavar="SECONDS",
    help=f"time to read each step (default: {PACE} on a terminal, 0 in a pipe)",
)
@flag("--browser", "talk with an agent yourself, on a page that this opens")
def demo(backend: str, save: Path | None, pace: float | None, browser: bool) -> int:
    """Watch rooms, peers, tokens and a voice agent at work.

    Makes rooms, peers, tokens, a livestream and MoQ access, lets a user talk with a voice agent,
    shows each step with the events that it causes, and cleans up. It runs against a local Fishjam
    of its own, or against yours when FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN are set, without the
    conversation, because only a local one has users without browsers. `--backend all` tells it
    three times: with the sync client, on asyncio and on trio.

    With --browser an agent waits in a room of a local Fishjam and repeats what it hears, until
    Ctrl+C; a page opens on which you join it. It needs the extra `webrtc`.
    """
    chosen = BACKENDS if backend == "all" else (backend,)
    for each in chosen:
        if missing := missing_for(each):
            return complain(missing)
    from fishjam.errors import FishjamError

    narrator = _narrator(as_json=common().json, pace=pace)
    try:
        if browser:
            from fishjam.cli._demo.browser import talk_in_browser

            talk_in_browser(narrator, "asyncio" if chosen[0] == "sync" else chosen[0])
            return DONE
        with _fishjam(narrator) as place:
            for each in chosen:
                _tell(each, *place, narrator, save)
            _say_what_next(narrator, is_local=place[2] is not None)
    except (FishjamError, ImportError, OSError) as error:
        return fail(error)
    return DONE


def _narrator(*, as_json: bool, pace: float | None) -> Narrator:
    from fishjam.cli._demo.json_narrator import JsonNarrator
    from fishjam.cli._demo.narrator import Narrator

    if as_json:
        return JsonNarrator(sys.stdout)
    if pace is None:
        pace = PACE if sys.stdout.isatty() else 0
    return Narrator(sys.stdout, pace)


@contextmanager
def _fishjam(narrator: Narrator) -> Iterator[tuple[str, str, Emulator | None]]:
    """Yield the Fishjam of the environment, or a local one that runs as long as the demo."""
    fishjam_id = os.environ.get("FISHJAM_ID")
    token = os.environ.get("FISHJAM_MANAGEMENT_TOKEN")
    if fishjam_id and token:
        narrator.line("Using the Fishjam that FISHJAM_ID names.", "bold")
        yield fishjam_id, token, None
        return
    if fishjam_id or token:
        narrator.line(_HALF)
    # The emulator is an extra, and a demo against another Fishjam can do without it.
    from fishjam.emulator import Emulator

    with Emulator() as emulator:
        narrator.line(f"A local Fishjam listens at {emulator.fishjam_id}.", "bold")
        yield emulator.fishjam_id, emulator.management_token, emulator


def _tell(
    backend: str,
    fishjam_id: str,
    management_token: str,
    emulator: Emulator | None,
    narrator: Narrator,
    save: Path | None,
) -> None:
    """Tell the story while the events that it causes are shown beside it."""
    import anyio

    from fishjam.cli._demo import _async, _sync
    from fishjam.cli._demo.audience import watching

    # Notifiers and agents are async only, so the sync demo needs a loop for them as well.
    loop = "asyncio" if backend == "sync" else backend
    folder = None if emulator is None else _folder(save)
    with watching(fishjam_id, management_token, narrator, loop) as audience:
        if backend == "sync":
            rooms = _sync.tell(fishjam_id, management_token, narrator)
        else:
            rooms = anyio.run(_async.tell, fishjam_id, management_token, narrator, backend=backend)
        if emulator is not None and folder is not None:
            from fishjam.cli._demo.conversation import converse

            rooms.append(anyio.run(converse, emulator, narrator, folder, backend=loop))
        # Events come over a socket of their own: nothing orders them with the answers of REST
        # calls.
        audience.wait_until_gone(rooms)
    narrator.line()
    narrator.line(f"Done, with the {backend} client.", "bold green")
    if folder is not None:
        narrator.line(f"To hear and see: ada.wav, agent.wav and camera.jpg in {folder}")


def _folder(chosen: Path | None) -> Path:
    """Make the folder for what was said and seen, which stays."""
    if chosen is None:
        return Path(tempfile.mkdtemp(prefix="fishjam-demo-"))
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


def _say_what_next(narrator: Narrator, *, is_local: bool) -> None:
    narrator.line()
    if not is_local:
        narrator.line(_LEFT_OUT)
        return
    narrator.line("What next?", "bold")
    narrator.line("   fishjam emulator        a local Fishjam that stays, with a page to watch it")
    narrator.line("   fishjam rooms create    your first room in it (see fishjam --help)")
    narrator.line("   the tutorial            from nothing to a talking agent: docs/tutorial")
