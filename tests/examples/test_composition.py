"""A conference in a grid: on air, recorded, and nothing of it left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fishjam.emulator import Emulator
from fishjam.emulator._model.media import recording_file
from tests.examples.programs import command, started, until


def output_of(emulator: Emulator) -> dict[str, Any]:
    (composition,) = emulator.compositions
    output: dict[str, Any] = composition["outputs"]["broadcast"]
    return output


def seen(emulator: Emulator) -> list[str]:
    """The inputs in the picture."""
    grid = output_of(emulator)["video"]["scene"]["root"]
    return [child["input_id"] for child in grid["children"]]


def heard(emulator: Emulator) -> list[str]:
    return [one["input_id"] for one in output_of(emulator)["audio"]["scene"]["inputs"]]


def test_a_broadcast_from_beginning_to_end(fishjam_emulator: Emulator, tmp_path: Path) -> None:
    emulator = fishjam_emulator
    with started(*command("composition"), emulator=emulator, cwd=tmp_path) as program:
        program.line("^On air")
        ada = emulator.connect_peer(program.line(r"^  (ey\S+)$")[1])
        conference = next(room for room in emulator.rooms if room["peers"])
        assert conference["compositionInfo"]["forwardings"] == []
        assert (seen(emulator), heard(emulator)) == ([], [])
        ada.publish_audio()
        program.line("^In the picture: 1")
        ada.publish_video()
        until(lambda: seen(emulator))
        assert seen(emulator) == heard(emulator)
        (recording,) = emulator.recordings
        assert (recording["status"], recording["source"]["outputId"]) == ("active", "broadcast")
        ada.leave()
        program.line("^In the picture: 0")
        assert (seen(emulator), heard(emulator)) == ([], [])
        assert program.interrupt() == 0, "\n".join(program.output)
        path = program.line(r"^The recording is in (.+)\.$")[1]
        size = len(recording_file())
        assert f"  file 1 of 1: {size} of {size} bytes" in program.output
    assert (tmp_path / path).read_bytes() == recording_file()
    assert (emulator.rooms, emulator.compositions) == ([], [])


def test_without_an_account(tmp_path: Path) -> None:
    with started(*command("composition"), cwd=tmp_path) as program:
        program.line("^This is a rehearsal")
        program.line("^On air")
        program.line("^In the picture: 2")
        assert program.interrupt() == 0, "\n".join(program.output)
    assert len(list((tmp_path / "recordings").iterdir())) == 1
