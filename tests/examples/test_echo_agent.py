"""The echo: what somebody says comes back, on every loop."""

from __future__ import annotations

import pytest

from fishjam import FishjamClient
from fishjam.emulator import Emulator, tone
from tests.examples.programs import PATIENCE, commands, served, started
from tests.examples.users import join_with_printed_token, wait_for_agent

*PROGRAMS, SERVICE = commands("echo_agent")


@pytest.mark.parametrize("module", PROGRAMS)
def test_what_is_said_comes_back(module: str, fishjam_emulator: Emulator) -> None:
    with started("-m", module, emulator=fishjam_emulator) as program:
        user = join_with_printed_token(fishjam_emulator, program)
        user.speak(tone(440, seconds=0.3))
        assert user.hear(0.3, timeout=PATIENCE) == tone(440, seconds=0.3)

        fishjam_emulator.drop_connections(kind="agent")
        wait_for_agent(fishjam_emulator, times=2)
        user.speak(tone(550, seconds=0.3))
        assert user.hear(0.3, timeout=PATIENCE) == tone(550, seconds=0.3)
        assert program.interrupt() == 0, "\n".join(program.output)
    assert fishjam_emulator.rooms == []


@pytest.mark.parametrize("module", PROGRAMS)
def test_without_an_account(module: str) -> None:
    with started("-m", module) as program:
        program.line("^Ada speaks for 1.4 s")
        program.line("^Ada has heard 1.0 s")
        assert program.interrupt() == 0, "\n".join(program.output)


def test_the_service(fishjam_emulator: Emulator) -> None:
    emulator = fishjam_emulator
    with (
        served("-m", SERVICE, emulator=emulator) as service,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
    ):
        rooms = [service.post("/rooms").json() for _ in range(2)]
        wait_for_agent(emulator, times=2)
        users = [emulator.connect_peer(room["peerToken"]) for room in rooms]
        for pitch, user in zip((440, 550), users, strict=True):
            user.speak(tone(pitch, seconds=0.3))
        for pitch, user in zip((440, 550), users, strict=True):
            assert user.hear(0.3, timeout=PATIENCE) == tone(pitch, seconds=0.3)

        client.delete_room(rooms[0]["roomId"])
        users[1].speak(tone(440, seconds=0.3))
        assert users[1].hear(0.3, timeout=PATIENCE) == tone(440, seconds=0.3)


def test_the_service_without_an_account() -> None:
    with served("-m", SERVICE) as service:
        assert set(service.post("/rooms").json()) == {"roomId", "peerToken"}
