"""A VAPI agent in a room, with VAPI's own SDK and a server that stands for VAPI."""

from __future__ import annotations

import json

from fishjam import FishjamClient
from fishjam.emulator import Emulator
from tests.examples.programs import command, started
from tests.support.http_server import Reply, ScriptedServer

NOW = "2026-11-22T12:00:00.000Z"
CALL = {"id": "call-7", "orgId": "org-1", "createdAt": NOW, "updatedAt": NOW, "type": "webCall"}


def test_a_call_is_made_and_its_agent_comes_into_the_room(fishjam_emulator: Emulator) -> None:
    emulator = fishjam_emulator
    with (
        ScriptedServer(Reply(201, CALL, (("content-type", "application/json"),))) as vapi,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
        started(
            *command("vapi_agent"),
            emulator=emulator,
            VAPI_API_KEY="s3cret",
            VAPI_ASSISTANT_ID="assistant-1",
            VAPI_BASE_URL=vapi.url,
        ) as program,
    ):
        agent_id, room_id = program.line(r"^The VAPI agent (\S+) is in the room (\S+)\.$").groups()
        program.line("^The agent has come")
        program.line("^Ctrl.C deletes")
        kinds = {peer.id: peer.type_ for peer in client.get_room(room_id).peers}
        assert kinds.pop(agent_id) == "vapi"
        assert list(kinds.values()) == ["webrtc"]
        client.delete_peer(room_id, agent_id)
        program.line("^The agent has left")
        assert program.interrupt() == 0, "\n".join(program.output)
        assert client.get_all_rooms() == []
    (request,) = vapi.requests
    assert (request.method, request.target) == ("POST", "/call")
    assert request.header("authorization") == "Bearer s3cret"
    assert json.loads(request.body) == {
        "assistantId": "assistant-1",
        "transport": {
            "provider": "vapi.websocket",
            "audioFormat": {"format": "pcm_s16le", "container": "raw", "sampleRate": 16000},
        },
    }
    assert not any("s3cret" in line for line in program.output)


def test_without_an_account() -> None:
    with started(*command("vapi_agent")) as program:
        program.line("^The agent has come")
        assert program.interrupt() == 0, "\n".join(program.output)


def test_without_an_assistant(fishjam_emulator: Emulator) -> None:
    with started(
        *command("vapi_agent"), emulator=fishjam_emulator, VAPI_API_KEY="s3cret"
    ) as program:
        program.line("Set VAPI_ASSISTANT_ID")
        program.line("the end")
    assert fishjam_emulator.rooms == []
