"""The webhook receivers: what happens in a Fishjam is what they show."""

from __future__ import annotations

import pytest

from fishjam import FishjamClient, RoomOptions
from fishjam.emulator import Emulator
from tests.examples.programs import command, served, started
from tests.support.emulator_sockets import peer_socket

RECEIVERS = ["webhooks_flask", "webhooks_django"]


@pytest.mark.parametrize("name", RECEIVERS)
def test_who_is_where(name: str, fishjam_emulator: Emulator) -> None:
    emulator = fishjam_emulator
    with (
        served(*command(name), emulator=emulator) as receiver,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
    ):
        room = client.create_room(RoomOptions(webhook_url=f"{receiver.base_url}/fishjam"))
        peer, token = client.create_peer(room.id)
        emulator.wait_for_webhooks()
        assert receiver.get("/").json() == {room.id: []}
        with peer_socket(emulator) as socket:
            socket.authenticate(token)
            socket.send(peer_media_event={"connect": {"metadata_json": "{}"}})
            socket.receive_content("server_media_event")
            emulator.wait_for_webhooks()
            assert receiver.get("/").json() == {room.id: [peer.id]}
            client.delete_peer(room.id, peer.id)
        emulator.wait_for_webhooks()
        assert receiver.get("/").json() == {room.id: []}
        client.delete_room(room.id)
        emulator.wait_for_webhooks()
        assert receiver.get("/").json() == {}
        assert all(delivery.delivered for delivery in emulator.webhook_deliveries)
        assert receiver.post("/fishjam", content=b"forged").status_code == 401


@pytest.mark.parametrize("name", RECEIVERS)
def test_without_an_account(name: str) -> None:
    with started(*command(name)) as program:
        program.line("Running on|Quit the server with")
        url = program.line("export FISHJAM_ID=(.+)")[1]
        token = program.line("export FISHJAM_MANAGEMENT_TOKEN=(.+)")[1]
        with FishjamClient(url, token) as client:
            room = client.create_room()
        program.line(f"room {room.id} is open")
        assert program.interrupt() == 0, "\n".join(program.output)


def test_your_own_fishjam_needs_a_webhook_secret(fishjam_emulator: Emulator) -> None:
    with started(
        "-m", "examples.webhooks_flask", FISHJAM_ID=fishjam_emulator.fishjam_id
    ) as program:
        program.line("Set FISHJAM_WEBHOOK_SECRET, too")
        assert program.process.wait(20) == 1
