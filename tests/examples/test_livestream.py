"""The livestream: its addresses, its audience and its end."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import jwt

from fishjam.emulator import Emulator
from tests.examples.programs import Program, command, started


def address(program: Program, name: str) -> str:
    return program.line(rf"  {name} +(\S+)$")[1]


def test_a_livestream_from_beginning_to_end(fishjam_emulator: Emulator) -> None:
    emulator = fishjam_emulator
    with started(*command("livestream"), emulator=emulator) as program:
        program.line("Ctrl.C ends")
        (room,) = emulator.rooms
        assert room["config"]["roomType"] == "livestream"
        assert address(program, "publish to") == f"{emulator.fishjam_id}/api/v1/live/api/whip"
        assert address(program, "watch at") == f"{emulator.fishjam_id}/api/v1/live/api/whep"
        assert claims(address(program, "bearer token"))["room_id"] == room["id"]
        quic = urlsplit(program.line(r"  publish to +(https://relay\S+)$")[1])
        assert claims(*parse_qs(quic.query)["jwt"])["put"] == [room["id"]]

        emulator.connect_streamer(room["id"], "obs")
        program.line("^On air")
        emulator.connect_viewer(room["id"], "ada")
        program.line("^Watching: 1")
        emulator.disconnect_viewer(room["id"], "ada")
        program.line("^Watching: 0")
        emulator.disconnect_streamer(room["id"], "obs")
        program.line("^Off air")
        assert program.interrupt() == 0, "\n".join(program.output)
    assert emulator.rooms == []


def test_without_an_account() -> None:
    with started(*command("livestream")) as program:
        program.line("^This is a rehearsal")
        program.line("^On air")
        program.line("^Watching: 2")
        program.line("^Watching: 1")
        assert program.interrupt() == 0, "\n".join(program.output)


def claims(token: str) -> dict[str, object]:
    read: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return read
