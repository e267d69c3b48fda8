"""`fishjam trigger`: events for webhook receivers, and in a running emulator."""

from __future__ import annotations

import pytest

from fishjam import events
from fishjam.cli import main
from fishjam.emulator import Emulator
from tests.cli.conftest import Command
from tests.integrations.applications import flask_app
from tests.support.http_server import Endless, ScriptedServer


def test_a_webhook_is_signed_and_taken(fishjam: Command) -> None:
    seen: list[events.Notification] = []

    def handle(event: events.Notification) -> None:
        seen.append(event)

    with flask_app(handle, secret="s") as url:
        options = ["--url", url, "--webhook-secret", "s"]
        done = fishjam("trigger", "PeerConnected", "room_id=r", "peer_type=agent", *options)
        assert (done.code, done.err) == (0, "")
        assert done.out == "PeerConnected was answered with 204\n"
        (line,) = fishjam("trigger", "RoomCreated", *options, "--json").json
        assert line == {"event": "RoomCreated", "roomId": "example-room", "status": 204}
        refused = fishjam("trigger", "RoomCreated", "--url", url, "--webhook-secret", "other")
        assert (refused.code, refused.out) == (1, "RoomCreated was answered with 401\n")
    assert seen[0] == events.PeerConnected("r", "example-peer", events.PeerType.AGENT)


ENDLESS = Endless(b"HTTP/1.1 200 Fine\r\n\r\n", b"x" * 1000, 0.01)
INTERIM = Endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 50, 0.01)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ENDLESS, "RoomCreated was answered with 200"),
        (INTERIM, "RoomCreated was not delivered: InterimResponsesError"),
    ],
)
def test_an_answer_without_an_end_does_not_hold_it(
    answer: Endless, said: str, fishjam: Command
) -> None:
    with ScriptedServer(answer) as server:
        done = fishjam("trigger", "RoomCreated", "--url", server.url, "--webhook-secret", "s")
    assert done.out + done.err == f"{said}\n"


def test_the_emulator_sends_it(fishjam: Command, fishjam_emulator: Emulator) -> None:
    track = 'track={"id": "t", "type": "TRACK_TYPE_VIDEO"}'
    done = fishjam("trigger", "TrackAdded", "room_id=r", track)
    assert (done.code, done.out, done.err) == (0, "sent TrackAdded\n", "")
    sent = fishjam_emulator.notifications[-1]
    assert sent == events.TrackAdded("r", track=events.Track("t", events.TrackType.VIDEO))
    (line,) = fishjam("trigger", "VadNotification", "--json").json
    assert line["status"] == "STATUS_SILENCE"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["PeerConnected", "roomid=r"],
            "'roomid=r' is not one of room_id=VALUE, peer_id=VALUE, peer_type=VALUE",
        ),
        (["PeerConnected", "room_id"], "'room_id' is not one of room_id=VALUE, "),
        (["PeerConnected", "peer_type=human"], "'human' is not one of PEER_TYPE_UNSPECIFIED, "),
        (["TrackAdded", "track=audio"], "'audio' is not JSON"),
        (["TrackAdded", "track=[]"], "'[]' is not a JSON object"),
        (["TrackAdded", 'track={"kind": 1}'], '"kind"'),
        (["peers"], "is not an event; there are"),
        (["RoomCreated", "--url", "http://127.0.0.1:9"], "set FISHJAM_WEBHOOK_SECRET or pass"),
    ],
)
def test_wrong_usage(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trigger", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert complaint in printed.err
