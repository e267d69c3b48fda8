"""What happens, as a stream of lines."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import Any

import httpx
import pytest

from fishjam.emulator import Emulator
from fishjam.emulator._activity import KEPT, Activity, ActivityLog
from fishjam.emulator._control_api import app
from fishjam.webhooks import decode_server_notifications
from tests.emulator.control_api.conftest import activity, token_for
from tests.support.webhook_receiver import Receiver

BODY = b'{"maxPeers": 2}'


def test_events_are_told_as_they_happen(control: httpx.Client, room: str) -> None:
    position = control.get("/state").json()["data"]["position"]
    with control.stream("GET", "/activity", params={"after": position}) as answer:
        token_for(control, room)
        line = next(answer.iter_lines())
    item: dict[str, Any] = json.loads(line)
    assert item["id"] == position + 1
    assert item["time"] == pytest.approx(time.time(), abs=60)
    assert item["type"] == "event"
    assert item["data"]["event"] == "PeerAdded"
    assert item["data"]["roomId"] == room


def test_a_quiet_stream_shows_that_it_lives(
    control: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "HEARTBEAT", 0.01)
    with control.stream("GET", "/activity", params={"after": 2**50}) as answer:
        assert next(answer.iter_lines()) == ""


def test_only_the_wanted_types_come(control: httpx.Client, emulator: Emulator, room: str) -> None:
    httpx.get(f"{emulator.fishjam_id}/room", trust_env=False)
    assert {item["type"] for item in activity(control)} >= {"event", "request"}
    assert [item["type"] for item in activity(control, type="request")] == ["request"]
    answer = control.get("/activity", params={"type": "nonsense"})
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith("query.type: there are event, request,")


@pytest.mark.parametrize("query", ["after=x", "after=nan", "after=inf", "after=1e300", "follow=1"])
def test_a_query_without_sense_is_refused(control: httpx.Client, query: str) -> None:
    answer = control.get(f"/activity?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith(f"query.{query.partition('=')[0]}: ")


def test_requests_are_shown_with_their_answers(
    control: httpx.Client, plain: httpx.Client, emulator: Emulator
) -> None:
    plain.post("/room?x=1", content=BODY, headers={"content-type": "application/json"})
    plain.post("/livestream/x/whip", content=b"\xff")
    emulator.break_next()
    with pytest.raises(httpx.RemoteProtocolError):
        plain.get("/room")
    created, unknown, broken = (item["data"] for item in activity(control, type="request"))
    assert 0 < created.pop("duration") < 60
    assert created == {
        "method": "POST",
        "path": "/room",
        "query": {"x": ["1"]},
        "operation": "create_room",
        "status": 201,
        "body": BODY.decode(),
    }
    assert (unknown["status"], unknown["operation"], unknown["body"]) == (404, None, None)
    assert (broken["status"], broken["path"]) == (None, "/room")


def test_webhooks_are_shown_with_what_was_answered(
    control: httpx.Client, emulator: Emulator, receiver: Receiver
) -> None:
    receiver.answer(503, 401)
    receiver.body = b"the signature does not fit"
    body = {"webhookUrl": receiver.url}
    room = control.post("/fishjam/room", json=body).json()["data"]["room"]["id"]
    emulator.wait_for_webhooks()
    first, second = (item["data"] for item in activity(control, type="webhook"))
    # Both show the delivery as it is now.
    assert first == second
    assert [attempt["status"] for attempt in second["attempts"]] == [503, 401]
    assert second["attempts"][1]["answer"] == "the signature does not fit"
    assert second["delivered"] is False
    assert second["url"] == receiver.url
    assert second["events"] == [{"event": "RoomCreated", "roomId": room}]
    sent = decode_server_notifications(base64.b64decode(second["body"]))
    assert [event.to_dict() for event in sent] == [{"roomId": room}]


def test_a_reset_is_told(control: httpx.Client, emulator: Emulator, room: str) -> None:
    last = activity(control)[-1]["id"]
    emulator.reset()
    (item,) = activity(control)
    assert (item["type"], item["data"]) == ("reset", {})
    assert item["id"] == last + 1


def test_a_stream_ends_with_the_emulator() -> None:
    with Emulator() as own:
        headers = {"authorization": "Bearer development"}
        url = f"{own.fishjam_id}/_emulator/v1/activity"
        with httpx.stream("GET", url, headers=headers, trust_env=False) as answer:
            assert answer.status_code == 200
            own.stop()
            with pytest.raises(httpx.RemoteProtocolError):
                list(answer.iter_lines())


def test_the_last_items_of_each_kind_are_kept() -> None:
    log = ActivityLog(lambda: 5.0)
    log.put("reset")
    for _ in range(KEPT + 1):
        log.put("event")
    items = log.after(0)
    assert items[0] == Activity(1, 5.0, "reset", None)
    assert [item.id for item in items] == [1, *range(3, KEPT + 3)]
    assert log.after(KEPT + 1) == [Activity(KEPT + 2, 5.0, "event", None)]
    assert log.position == KEPT + 2


def test_waiting_ends_with_what_was_there_already() -> None:
    log = ActivityLog(lambda: 0.0)
    log.put("event")
    assert asyncio.run(log.wait(0, 10))
    assert not asyncio.run(log.wait(1, 0))


def test_watchers_are_told_at_once() -> None:
    log, seen = ActivityLog(lambda: 0.0), list[Activity]()
    log.watch(seen.append)
    log.put("event", "value")
    assert [item.value for item in seen] == ["value"]
