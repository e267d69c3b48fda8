"""Mistakes with events: webhooks that were parsed before, and notifiers that nobody starts."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import pytest
import trio
import trio.testing

from fishjam import (
    FishjamNotifier,
    decode_server_notifications,
    errors,
    receive_binary,
    receive_webhook,
    sign_webhook,
    verify_webhook_signature,
)
from fishjam.events import PeerConnected, RoomCreated
from fishjam.notifier._handlers import Handlers
from fishjam.webhooks import SIGNATURE_HEADER, encode_notification
from tests.support.clients import TOKEN
from tests.support.http_server import refusing_port
from tests.support.messages import text_of

SECRET = "webhook-secret"
BODY = encode_notification(RoomCreated(room_id="room"))
GOOD = {SIGNATURE_HEADER: sign_webhook(BODY, SECRET)}


# Webhooks.


@pytest.mark.parametrize("parsed", [{"room_id": "room"}, "text", None])
def test_the_body_was_parsed_before(parsed: Any) -> None:
    wanted = (
        f"the body must be bytes as they were received, not {type(parsed).__name__}. Pass the raw "
        "body: await request.body() in FastAPI and Starlette, request.get_data() in Flask, "
        "request.body in Django, await request.read() in aiohttp."
    )
    signature = GOOD[SIGNATURE_HEADER]
    assert text_of(TypeError, receive_webhook, GOOD, parsed, SECRET) == wanted
    assert text_of(TypeError, verify_webhook_signature, parsed, signature, SECRET) == wanted
    assert text_of(TypeError, sign_webhook, parsed, SECRET) == wanted
    assert text_of(TypeError, decode_server_notifications, parsed) == wanted
    with pytest.warns(DeprecationWarning, match="receive_binary is deprecated"):
        assert text_of(TypeError, receive_binary, parsed) == wanted


def test_headers_and_body_are_swapped() -> None:
    swapped: Any = (BODY, GOOD)
    assert "not dict. Pass the raw body" in text_of(TypeError, receive_webhook, *swapped, SECRET)


def test_the_body_was_parsed_and_written_again_or_the_secret_is_another() -> None:
    wanted = (
        "The signature does not fit the body. Is it the right webhook secret, and the raw body "
        "rather than one that was parsed and written again?"
    )
    assert (
        text_of(errors.WebhookSignatureError, receive_webhook, GOOD, BODY + b" ", SECRET) == wanted
    )
    assert text_of(errors.WebhookSignatureError, receive_webhook, GOOD, BODY, TOKEN) == wanted


@pytest.mark.parametrize("value", ["", "sha1=00", "Bearer x", GOOD[SIGNATURE_HEADER][:-1], "é"])
def test_the_header_holds_no_signature(value: str) -> None:
    headers = {SIGNATURE_HEADER: value}
    assert text_of(errors.WebhookSignatureError, receive_webhook, headers, BODY, SECRET) == (
        "The x-fishjam-signature-256 header holds no signature of Fishjam: that is sha256= and 64 "
        "hexadecimal digits."
    )


@pytest.mark.parametrize("value", [GOOD[SIGNATURE_HEADER].encode(), [GOOD[SIGNATURE_HEADER]], 5])
def test_the_value_of_the_header_is_not_text(value: Any) -> None:
    """As some gateways hand headers over."""
    headers = {5: "other", SIGNATURE_HEADER.upper(): value}
    text = text_of(errors.WebhookSignatureError, receive_webhook, headers, BODY, SECRET)
    assert "holds no signature of Fishjam" in text


def test_the_header_is_missing() -> None:
    assert text_of(errors.WebhookSignatureError, receive_webhook, {}, BODY, SECRET) == (
        "The request has no x-fishjam-signature-256 header. Does it come from Fishjam, and does "
        "your proxy pass the header on?"
    )


@pytest.mark.parametrize("secret", [None, "", []])
def test_there_is_no_secret(secret: Any) -> None:
    assert text_of(errors.ConfigurationError, receive_webhook, GOOD, BODY, secret) == (
        "The webhook secret is empty or not a string, so no webhook can be trusted. Pass the "
        "secret of your Fishjam, for example from an environment variable."
    )


def test_the_body_is_none_of_fishjam() -> None:
    text = text_of(errors.NotificationDecodeError, decode_server_notifications, b'{"room": 1}')
    assert text.startswith("These 11 bytes are not a Fishjam notification: ")
    assert text.endswith("Was the body changed, or decoded as text, before it came here?")


# Handlers.


def test_there_is_no_handler() -> None:
    notifier = FishjamNotifier("abc", TOKEN)
    assert text_of(RuntimeError, anyio.run, notifier.connect) == (
        "The notifier has no handler: add one with @notifier.on_server_notification or "
        "@notifier.on(...) before connecting."
    )


def test_the_events_to_handle_are_not_named() -> None:
    notifier = FishjamNotifier("abc", TOKEN)

    def greet(event: PeerConnected) -> None:
        """Would greet."""

    assert text_of(TypeError, notifier.on, greet).endswith(
        "is not a class of an event: name those of fishjam.events, for example PeerConnected"
    )
    assert text_of(TypeError, notifier.on) == (
        "name the events to handle, for example .on(PeerConnected)"
    )


class SlowClock:
    """A clock that a handler moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.mark.anyio
async def test_a_plain_handler_that_blocks_the_loop_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = SlowClock()
    handlers = Handlers("raise", clock)

    def slow(event: RoomCreated) -> None:
        clock.time += 1.5

    def quick(event: RoomCreated) -> None:
        clock.time += 0.5

    async def patient(event: RoomCreated) -> None:
        clock.time += 9

    class Report:
        def __call__(self, event: RoomCreated) -> None:
            clock.time += 60

        def __repr__(self) -> str:
            return "the report"

    for handler in (slow, quick, patient, Report()):
        handlers.on((RoomCreated,))(handler)
    for _ in range(3):
        await handlers.handle(RoomCreated(room_id="r"))
    advice = (
        "make it async def, and give slow work in it a thread, for example with "
        "anyio.to_thread.run_sync"
    )
    assert [record.getMessage() for record in caplog.records] == [
        f"the handler {slow.__qualname__} blocked the event loop for 1.5 s: {advice}",
        f"the handler the report blocked the event loop for 60.0 s: {advice}",
    ]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


# Waiting for a connection that nobody makes; trio's own clock jumps over the wait.

NOBODY = (
    "wait_ready waits for a connection, but neither connect() nor run() is running: both last as "
    "long as the connection does, so start one of them in a task of its own before waiting"
)


def waits(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]


def test_waiting_without_a_connect(caplog: pytest.LogCaptureFixture) -> None:
    notifier = FishjamNotifier("abc", TOKEN)

    async def main() -> None:
        with trio.move_on_after(60):
            await notifier.wait_ready()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert waits(caplog) == [NOBODY]


def test_waiting_for_a_server_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    async def main(port: int) -> None:
        notifier = FishjamNotifier(f"http://127.0.0.1:{port}", TOKEN)
        notifier.on_server_notification(print)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(notifier.run)
            with trio.move_on_after(20):
                await notifier.wait_ready()
            nursery.cancel_scope.cancel()

    with refusing_port() as port:
        trio.run(main, port, clock=trio.testing.MockClock(autojump_threshold=0))
    assert waits(caplog)
    assert NOBODY not in waits(caplog)
