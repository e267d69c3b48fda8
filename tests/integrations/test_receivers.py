"""The webhook receivers of all frameworks: they behave alike."""

from __future__ import annotations

import functools
import importlib
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest

from fishjam import events
from fishjam.errors import ConfigurationError
from fishjam.integrations import MAX_BODY, WebhookHandlerError, WebhookHandlers
from fishjam.webhooks import (
    SIGNATURE_HEADER,
    encode_notification,
    encode_notifications,
    sign_webhook,
)
from tests.integrations.applications import APPLICATIONS, NOT_FOUND, Application
from tests.support.cancelled import NEEDS_COUNTING, wait_for_something_cancelled
from tests.support.plain_http import PLAIN

SECRET = "a secret"
CREATED = events.RoomCreated("a")
DELETED = events.RoomDeleted("a")
BATCH = [CREATED, events.PeerAdded("a", "p"), DELETED]
MODULES = {"starlette": "starlette.requests", "flask": "flask", "aiohttp": "aiohttp"}
MODULES["django"] = "django.http"


@pytest.fixture(params=APPLICATIONS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def application(name: str) -> Application:
    return APPLICATIONS[name]


def send(url: str, body: bytes | Iterator[bytes], **headers: bytes) -> httpx.Response:
    pairs = [(name.encode(), value) for name, value in headers.items()]
    return httpx.post(url, content=body, headers=pairs, **PLAIN)


def send_signed(url: str, body: bytes, secret: str = SECRET) -> httpx.Response:
    return send(url, body, **{SIGNATURE_HEADER: sign_webhook(body, secret).encode()})


def test_a_plain_function_is_called_with_the_event(application: Application) -> None:
    seen: list[events.Notification] = []
    with application(seen.append, secret=SECRET) as url:
        answer = send_signed(url, encode_notification(CREATED))
    assert (answer.status_code, answer.content) == (204, b"")
    assert seen == [CREATED]


def test_an_async_function_is_awaited_for_one_event_after_another(
    application: Application,
) -> None:
    seen: list[object] = []

    async def handle(event: events.Notification) -> None:
        seen.append(type(event))
        await anyio.lowlevel.checkpoint()
        seen.append(event)

    with application(handle, secret=SECRET) as url:
        assert send_signed(url, encode_notifications(BATCH)).status_code == 204
    assert seen == [first for event in BATCH for first in (type(event), event)]


class Greeter:
    """Can be called, and must be awaited."""

    def __init__(self) -> None:
        self.seen: list[events.Notification] = []

    async def __call__(self, event: events.Notification) -> None:
        await anyio.lowlevel.checkpoint()
        self.seen.append(event)


def test_other_things_that_can_be_called_are_awaited_too(application: Application) -> None:
    for wrapped in (lambda call: call, functools.partial, lambda call: lambda event: call(event)):
        greeter = Greeter()
        with application(wrapped(greeter), secret=SECRET) as url:
            assert send_signed(url, encode_notification(CREATED)).status_code == 204
        assert greeter.seen == [CREATED]


def test_handlers_of_certain_events_are_called_in_order(application: Application) -> None:
    handlers = WebhookHandlers()
    seen: list[str] = []

    @handlers.on(events.RoomDeleted)
    def deleted(event: events.RoomDeleted) -> None:
        seen.append("deleted")

    with application(handlers, secret=SECRET) as url:

        @handlers.on(events.RoomCreated)
        async def created(event: events.RoomCreated) -> None:
            await anyio.lowlevel.checkpoint()
            seen.append("created")

        @handlers.on(events.RoomCreated, events.RoomDeleted)
        def either(event: events.RoomCreated | events.RoomDeleted) -> None:
            seen.append(f"either {type(event).__name__}")

        assert send_signed(url, encode_notifications(BATCH)).status_code == 204
    assert seen == ["created", "either RoomCreated", "deleted", "either RoomDeleted"]


def test_an_event_that_this_sdk_does_not_know_is_done(application: Application) -> None:
    with application(pytest.fail, secret=SECRET) as url:
        assert send_signed(url, b"").status_code == 204


@pytest.mark.parametrize("secrets", [["old", "new"], ("new", "old"), {"old": 1, "new": 2}.keys()])
def test_several_secrets_count_while_they_change(application: Application, secrets: Any) -> None:
    seen: list[events.Notification] = []
    body = encode_notification(CREATED)
    with application(seen.append, secret=iter(secrets)) as url:
        codes = [send_signed(url, body, first).status_code for first in ("old", "new", "other")]
    assert codes == [204, 204, 401]
    assert seen == [CREATED, CREATED]


def test_who_cannot_sign_is_answered_with_401(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    body = encode_notification(CREATED)
    good = sign_webhook(body, SECRET).encode()
    with application(pytest.fail, secret=SECRET) as url:
        unsigned = send(url, body)
        wrong = [
            send(url, body, **{SIGNATURE_HEADER: first})
            for first in (b"", b"sha256=", b"\xe9", b"0")
        ]
        other_body = send(url, body + b" ", **{SIGNATURE_HEADER: good})
        no_message = send(url, b"\xff")
    assert {first.status_code for first in (unsigned, *wrong, other_body, no_message)} == {401}
    assert SIGNATURE_HEADER in unsigned.text
    assert unsigned.headers["content-type"].startswith("text/plain")
    assert "The signature does not fit" in other_body.text
    assert "a webhook was refused with 401: The request has no" in caplog.text


def test_a_signed_body_that_is_no_notification_is_answered_with_400(
    application: Application,
) -> None:
    with application(pytest.fail, secret=SECRET) as url:
        answer = send_signed(url, b"\xff\xff\xff")
    assert answer.status_code == 400
    assert "not a Fishjam notification" in answer.text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_answered_with_405(application: Application, method: str) -> None:
    with application(pytest.fail, secret=SECRET) as url:
        answer = httpx.request(method, url, **PLAIN)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def status_of(url: str, request: bytes) -> int:
    """Send the beginning of a request, and no more, and return the status of the answer."""
    parts = httpx.URL(url)
    with socket.create_connection((parts.host, parts.port or 80), timeout=10) as sock:
        sock.sendall(request)
        answer = b""
        while b"\r\n" not in answer:
            answer += sock.recv(65536)
    return int(answer.split()[1])


HEAD = b"POST /fishjam HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def test_a_length_beyond_the_limit_is_answered_before_the_body_comes(
    application: Application, name: str
) -> None:
    with application(pytest.fail, secret=SECRET) as url:
        head = b"%sContent-Length: %d\r\n\r\n" % (HEAD, MAX_BODY + 1)
        # Django on ASGI reads every body before a view is called.
        body = bytes(MAX_BODY + 1) if name == "django-asgi" else b""
        assert status_of(url, head + body) == 413


@pytest.mark.parametrize("size", [1001, 5000])
def test_a_body_without_a_length_is_read_up_to_the_limit(
    application: Application, name: str, size: int
) -> None:
    # WSGI says nothing about such bodies, and Django takes them for empty.
    # WSGI tells Django nothing of a body without a length.
    status = 500 if name == "django-wsgi" else 413
    with application(pytest.fail, secret=SECRET, max_body=1000) as url:
        end = b"0\r\n\r\n" if name == "django-asgi" else b""
        chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        assert status_of(url, chunked + b"%x\r\n" % size + bytes(size) + b"\r\n" + end) == status


def test_the_limit_itself_is_not_beyond_it(application: Application) -> None:
    body = encode_notifications([CREATED] * 3)
    seen: list[events.Notification] = []
    with application(seen.append, secret=SECRET, max_body=len(body)) as url:
        assert send_signed(url, body).status_code == 204
        assert send_signed(url, body + body).status_code == 413
    assert len(seen) == 3


def test_a_body_that_comes_in_chunks_is_put_together(application: Application, name: str) -> None:
    body = encode_notifications(BATCH)
    seen: list[events.Notification] = []
    with application(seen.append, secret=SECRET) as url:
        headers = {SIGNATURE_HEADER: sign_webhook(body, SECRET).encode()}
        answer = send(url, (body[at : at + 1] for at in range(len(body))), **headers)
    if name == "django-wsgi":
        assert answer.status_code == 500
    else:
        assert answer.status_code == 204
        assert seen == BATCH


def test_a_middleware_may_have_read_the_body(application: Application) -> None:
    seen: list[events.Notification] = []
    with application(seen.append, secret=SECRET, reads_first=True, max_body=100) as url:
        assert send_signed(url, encode_notifications(BATCH)).status_code == 204
        assert send_signed(url, encode_notifications(BATCH * 10)).status_code == 413
    assert seen == BATCH


def test_a_handler_that_was_removed_is_not_called_any_more(application: Application) -> None:
    handlers = WebhookHandlers()
    stays: list[events.Notification] = []
    goes: list[events.Notification] = []
    keep, drop = stays.append, goes.append
    handlers.on(events.RoomCreated)(keep)
    handlers.on(events.RoomCreated, events.RoomDeleted)(drop)
    with application(handlers, secret=SECRET) as url:
        handlers.remove(drop)
        handlers.remove(drop)
        assert send_signed(url, encode_notifications(BATCH)).status_code == 204
    assert (stays, goes) == ([CREATED], [])


def test_when_a_handler_fails_fishjam_is_asked_to_send_all_again(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    handlers = WebhookHandlers()
    seen: list[str] = []
    failures = [LookupError("database")]

    @handlers.on(events.RoomCreated)
    async def first(event: events.RoomCreated) -> None:
        seen.append("first")

    @handlers.on(events.PeerAdded)
    def second(event: events.PeerAdded) -> None:
        if failures:
            raise failures.pop()
        seen.append("second")

    with application(handlers, secret=SECRET) as url:
        assert send_signed(url, encode_notifications(BATCH)).status_code == 500
        assert seen == ["first"]
        assert send_signed(url, encode_notifications(BATCH)).status_code == 204
    assert seen == ["first", "first", "second"]
    (error,) = (record.exc_info[1] for record in caplog.records if record.exc_info)
    assert isinstance(error, WebhookHandlerError)
    assert "A handler of PeerAdded failed" in str(error)
    assert isinstance(error.__cause__, LookupError)


@pytest.mark.parametrize("is_async", [False, True])
def test_no_exception_of_a_handler_becomes_an_answer_that_loses_the_event(
    application: Application, name: str, is_async: bool
) -> None:
    def fail(event: events.Notification) -> None:
        raise NOT_FOUND[name]

    async def fail_async(event: events.Notification) -> None:
        raise NOT_FOUND[name]

    with application(fail_async if is_async else fail, secret=SECRET) as url:
        assert send_signed(url, encode_notification(CREATED)).status_code == 500


@NEEDS_COUNTING
def test_a_handler_that_is_cancelled_from_inside_does_not_lose_the_event(
    application: Application,
) -> None:
    with application(wait_for_something_cancelled, secret=SECRET) as url:
        assert send_signed(url, encode_notification(CREATED)).status_code == 500


def test_a_plain_function_does_not_hold_up_others(application: Application) -> None:
    both = threading.Barrier(2, timeout=10)
    with application(lambda event: both.wait(), secret=SECRET) as url:
        body = encode_notification(CREATED)
        codes: list[int] = []
        other = threading.Thread(target=lambda: codes.append(send_signed(url, body).status_code))
        other.start()
        codes.append(send_signed(url, body).status_code)
        other.join()
    assert codes == [204, 204]


@pytest.mark.parametrize("secret", ["", [], [""], ["good", ""], None])
def test_no_secret_is_no_receiver(application: Application, secret: Any) -> None:
    with pytest.raises(ConfigurationError, match="secret is empty"), application(id, secret=secret):
        pass


@pytest.mark.parametrize("what", [(), (str,), ("RoomCreated",), (events.Track,)])
def test_only_event_classes_can_be_handled(what: Any) -> None:
    with pytest.raises(TypeError, match="event"):
        WebhookHandlers().on(*what)


@pytest.mark.parametrize("module", MODULES)
def test_without_the_framework_the_error_says_what_to_install(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"fishjam.integrations.{module}"
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, MODULES[module], None)
    with pytest.raises(ImportError, match=f"{name} needs .*pip install {module}$"):
        importlib.import_module(name)
