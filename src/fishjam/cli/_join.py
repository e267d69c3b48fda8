"""`fishjam peers join`: a virtual user in a room of a running emulator."""

from __future__ import annotations

import io
import math
import signal
import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import define, field

from fishjam._core.request import segment
from fishjam.cli._calls import ROOM, calling
from fishjam.cli._command import Command, Seconds
from fishjam.cli._options import metadata
from fishjam.cli._output import Output
from fishjam.cli._peers import MEMBER_HINTS
from fishjam.cli._pictures import pictures
from fishjam.errors import BadRequestError, FishjamError

if TYPE_CHECKING:
    from fishjam.cli._control import Control

_PIECE = 8 * 1024 * 1024
"""Bytes of audio that are sent at once; the emulator takes 16 MiB."""
_TICK = 0.2
"""Seconds between two looks at the peer, and between two pictures of a video."""
_FILE = click.Path(path_type=Path, dir_okay=False)
_READ = click.Path(path_type=Path, dir_okay=False, exists=True, readable=True)


@ROOM
@metadata("an object that everybody in the room can read")
@click.option("--speak", type=_READ, metavar="FILE", help="a WAV file that it says")
@click.option("--video", type=_READ, metavar="FILE", help="a JPEG or a video that it shows")
@click.option("--hear", type=_FILE, metavar="FILE", help="WAV file to write what it hears to")
@click.option("--for", "duration", type=Seconds(), metavar="SECONDS", help="leave after this time")
def _join(
    control: Control,
    out: Output,
    room: str,
    metadata: dict[str, Any] | None,
    speak: Path | None,
    video: Path | None,
    hear: Path | None,
    duration: float | None,
) -> None:
    """Join a room of the emulator as a user.

    It needs a running `fishjam emulator`, and no browser. Prints the id of the new peer, which
    leaves with Ctrl+C, after the time of --for, or when the room ends. The files stay on this
    machine: the emulator gets sound and pictures.
    """
    shown = pictures(video) if video else iter(())
    pieces = list(_pieces(speak)) if speak else []
    with ExitStack() as stack:
        # `kill` ends it as Ctrl+C does, so that the peer does not stay behind.
        stack.enter_context(_as_ctrl_c(signal.SIGTERM))
        peer = stack.enter_context(_joined(control, room, metadata))
        recorder = stack.enter_context(Recorder.of(control, peer.path, hear))
        out.item({"id": peer.id, "roomId": room}, peer.id)
        for piece in pieces:
            out.note(f"says {peer.say(piece, speak):.1f} s from {speak}")
        end = time.monotonic() + (math.inf if duration is None else duration)
        while peer.is_connected() and time.monotonic() < end:
            picture = next(shown, None)
            if picture is not None:
                control.call("PUT", f"{peer.path}/picture", content=picture)
            recorder.write()
            time.sleep(_TICK)
    if hear is not None:
        out.note(f"heard {recorder.seconds:.1f} s, in {hear}")


join = click.command("join", cls=Command)(calling(_join, client="emulator", hints=MEMBER_HINTS))


@define
class _Peer:
    control: Control
    id: str
    path: str

    def is_connected(self) -> bool:
        return bool(self.control.call("GET", self.path)["connected"])

    def say(self, piece: bytes, file: Path | None) -> float:
        """Say a WAV file and return its seconds; the file that it comes from is named in errors."""
        try:
            return float(self.control.call("POST", f"{self.path}/speech", content=piece)["seconds"])
        except BadRequestError as error:
            raise ValueError(f"{file}: {error}") from None


@contextmanager
def _joined(control: Control, room: str, metadata: dict[str, Any] | None) -> Iterator[_Peer]:
    """Make a peer that takes part in a room as long as the block runs."""
    url = f"/fishjam/room/{segment(room, 'room')}/peer"
    options = {"metadata": metadata or {}}
    made = control.call("POST", url, json={"type": "webrtc", "options": options})
    peer = _Peer(control, made["peer"]["id"], f"/virtual-peers/{made['peer']['id']}")
    try:
        control.call("POST", "/virtual-peers", json={"token": made["token"]})
        yield peer
    finally:
        # The room may be gone, and so may the emulator.
        with suppress(FishjamError):
            control.call("DELETE", f"{url}/{peer.id}")


@define
class Recorder:
    """Writes what a peer hears into a WAV file, without a gap."""

    control: Control
    path: str
    file: wave.Wave_write | None
    seconds: float = 0.0
    _until: str = field(default="", init=False)

    @classmethod
    @contextmanager
    def of(cls, control: Control, path: str, target: Path | None) -> Iterator[Recorder]:
        """Open the file, if there is to be one; what was heard last is written at the end."""
        if target is None:
            yield cls(control, path, None)
            return
        # Opened here: wave prints a traceback of its own when a path cannot be opened.
        with target.open("wb") as opened, wave.open(opened, "wb") as file:
            # Until it hears something: the form that the emulator gives.
            file.setparams((1, 2, 16000, 0, "NONE", ""))
            recorder = cls(control, path, file)
            try:
                yield recorder
            finally:
                with suppress(FishjamError):
                    recorder.write()

    def write(self) -> None:
        """Write what was heard since the last time."""
        if self.file is None:
            return
        after = f"?after={self._until}" if self._until else ""
        answer = self.control.send("GET", f"{self.path}/heard{after}")
        if answer.content:
            self._until = answer.headers["fishjam-until"]
            with wave.open(io.BytesIO(answer.content)) as heard:
                self.file.writeframes(heard.readframes(heard.getnframes()))
                self.seconds += heard.getnframes() / heard.getframerate()


def _pieces(path: Path) -> Iterator[bytes]:
    """Give a WAV file in pieces that are small enough to be sent, each a WAV file."""
    if path.stat().st_size <= _PIECE:
        yield path.read_bytes()
        return
    try:
        with wave.open(str(path)) as whole:
            count = _PIECE // (whole.getsampwidth() * whole.getnchannels())
            while frames := whole.readframes(count):
                piece = io.BytesIO()
                with wave.open(piece, "wb") as file:
                    file.setparams(whole.getparams())
                    file.writeframes(frames)
                yield piece.getvalue()
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path} is too large to be sent at once, and {error}") from None


@contextmanager
def _as_ctrl_c(number: signal.Signals) -> Iterator[None]:
    before = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(number, before)
