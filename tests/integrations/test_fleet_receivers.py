"""Webhooks that go into the streams of a fleet, from the receivers of all frameworks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import anyio
import pytest
from anyio import to_thread

from fishjam import events
from fishjam.fleet import Delivery, EngineUnavailableError, Fleet
from fishjam.integrations import WebhookHandlers
from fishjam.webhooks import encode_notification, encode_notifications
from tests.integrations.applications import APPLICATIONS, Application
from tests.integrations.test_receivers import BATCH, CREATED, DELETED, SECRET, send_signed

pytestmark = pytest.mark.anyio


class LostFleet(Fleet):
    """Cannot write anything."""

    async def submit_webhook(
        self, headers: Mapping[str, str], body: bytes, secret: str | Iterable[str]
    ) -> bool:
        raise EngineUnavailableError("webhook: it was too late to write it.")

    def submit_webhook_blocking(
        self, headers: Mapping[str, str], body: bytes, secret: str | Iterable[str]
    ) -> bool:
        raise EngineUnavailableError("webhook: it was too late to write it.")


def make_fleet(kind: type[Fleet] = Fleet) -> Fleet:
    address = "http://127.0.0.1:1"
    return kind("memory://", fishjam_id=address, management_token="token", ingests=0)


@pytest.fixture(params=APPLICATIONS)
def application(request: pytest.FixtureRequest) -> Application:
    return APPLICATIONS[request.param]


async def test_events_are_answered_when_written_and_handled_once(application: Application) -> None:
    fleet = make_fleet()
    seen: list[object] = []

    @fleet.on(events.RoomCreated, events.PeerAdded, events.RoomDeleted)
    def handle(event: events.Notification, delivery: Delivery) -> None:
        assert delivery.room_id == "a"
        seen.append(event)

    async def post(url: str, body: bytes) -> int:
        answer = await to_thread.run_sync(send_signed, url, body)
        return answer.status_code

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(fleet.run, roles=["events"]))
        serving = application(None, fleet=fleet, secret=SECRET)
        url = await to_thread.run_sync(serving.__enter__)
        for _ in range(2):
            assert await post(url, encode_notifications(BATCH)) == 204
        assert await post(url, encode_notification(DELETED)) == 204
        assert await post(url, encode_notifications([])) == 204
        assert await post(url, b"\xff\xff") == 400
        await to_thread.run_sync(serving.__exit__, None, None, None)
        with anyio.fail_after(20):
            while len(seen) < 4:  # noqa: ASYNC110 - only its growth tells
                await anyio.sleep(0.02)
        tasks.cancel_scope.cancel()
    assert seen == [*BATCH, DELETED]


def test_what_could_not_be_written_is_answered_with_500(application: Application) -> None:
    fleet = make_fleet(LostFleet)
    with application(None, fleet=fleet, secret=SECRET) as url:
        assert send_signed(url, encode_notification(CREATED)).status_code == 500


@pytest.mark.parametrize("options", [{}, {"handler": WebhookHandlers(), "fleet": make_fleet()}])
def test_there_is_either_a_handler_or_a_fleet(
    application: Application, options: dict[str, Any]
) -> None:
    given = dict(options)
    handler = given.pop("handler", None)
    with (
        pytest.raises(TypeError, match="either a handler or fleet"),
        application(handler, secret=SECRET, **given),
    ):
        pass
