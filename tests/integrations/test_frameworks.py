"""What is special to one framework's webhook receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import fastapi
import flask
import httpx
import pytest
from aiohttp import web
from django.test.utils import override_settings
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import fishjam.integrations.aiohttp
import fishjam.integrations.flask
import fishjam.integrations.starlette
from fishjam import events
from fishjam.integrations import WebhookBodyError
from fishjam.integrations._receiver import Receiver, RefusedError
from fishjam.webhooks import SIGNATURE_HEADER, encode_notification, sign_webhook
from tests.integrations.applications import django_asgi_app, django_wsgi_app
from tests.integrations.servers import aiohttp_server, uvicorn_server, werkzeug_server
from tests.integrations.test_receivers import SECRET, send, send_signed
from tests.support.plain_http import PLAIN

BODY = encode_notification(events.RoomCreated("a"))

DJANGO = pytest.mark.parametrize("application", [django_wsgi_app, django_asgi_app])


async def never(event: events.Notification) -> None:
    pytest.fail("called")


@DJANGO
def test_django_refuses_in_an_async_view_too(application: Any) -> None:
    with application(never, secret=SECRET) as url:
        assert send(url, BODY).status_code == 401
        assert send_signed(url, b"\xff").status_code == 400
        assert httpx.get(url, **PLAIN).status_code == 405


@DJANGO
def test_djangos_own_limit_counts_too(application: Any, caplog: pytest.LogCaptureFixture) -> None:
    with (
        override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=len(BODY)),
        application(lambda event: None, secret=SECRET) as url,
    ):
        assert send_signed(url, BODY).status_code == 204
        answer = send_signed(url, BODY + BODY)
    assert answer.status_code == 413
    assert "DATA_UPLOAD_MAX_MEMORY_SIZE" in answer.text
    assert "refused with 413" in caplog.text


class ReadsTheStream:
    """Middleware that leaves nothing of the body to those behind it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass

        async def receive_nothing() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        await self._app(scope, receive_nothing, send)


@contextmanager
def flask_that_reads_first() -> Iterator[str]:
    app = flask.Flask("webhooks")
    app.before_request(lambda: flask.request.get_data(cache=False) and None)
    view = fishjam.integrations.flask.fishjam_webhook(never, secret=SECRET)
    app.add_url_rule("/fishjam", view_func=view)
    with werkzeug_server(app) as url:
        yield f"{url}/fishjam"


@contextmanager
def starlette_that_reads_first() -> Iterator[str]:
    app = fastapi.FastAPI()
    webhook = fishjam.integrations.starlette.fishjam_webhook(never, secret=SECRET)
    app.post("/fishjam")(webhook)
    app.add_middleware(ReadsTheStream)
    with uvicorn_server(app) as url:
        yield f"{url}/fishjam"


@contextmanager
def aiohttp_that_reads_first() -> Iterator[str]:
    @web.middleware
    async def read(request: web.Request, handler: Any) -> web.StreamResponse:
        async for _ in request.content.iter_any():
            pass
        answer: web.StreamResponse = await handler(request)
        return answer

    app = web.Application(middlewares=[read])
    webhook = fishjam.integrations.aiohttp.fishjam_webhook(never, secret=SECRET)
    app.router.add_post("/fishjam", webhook)
    with aiohttp_server(app) as url:
        yield f"{url}/fishjam"


@pytest.mark.parametrize(
    "application", [flask_that_reads_first, starlette_that_reads_first, aiohttp_that_reads_first]
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_not_there_any_more_is_asked_for_again(
    application: Callable[[], AbstractContextManager[str]],
    chunked: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    headers = {SIGNATURE_HEADER: sign_webhook(BODY, SECRET).encode()}
    with application() as url:
        answer = send(url, iter([BODY]) if chunked else BODY, **headers)
    assert answer.status_code == 500
    errors = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert any(isinstance(error, WebhookBodyError) for error in errors)


def test_flask_still_has_the_body_after_the_view() -> None:
    bodies: list[bytes] = []

    def keep(answer: flask.Response) -> flask.Response:
        bodies.append(flask.request.get_data())
        return answer

    app = flask.Flask("webhooks")
    view = fishjam.integrations.flask.fishjam_webhook(lambda event: None, secret=SECRET)
    app.post("/fishjam")(view)
    app.after_request(keep)
    with werkzeug_server(app) as url:
        assert send_signed(f"{url}/fishjam", BODY).status_code == 204
    assert bodies == [BODY]


@pytest.mark.parametrize("length", ["1" + "0" * 20, "9" * 5000])
def test_a_length_of_many_digits_is_refused(length: str) -> None:
    receiver = Receiver(never, SECRET, max_body=10)
    with pytest.raises(RefusedError) as caught:
        receiver.check_head("POST", {"content-length": length})
    assert caught.value.status == 413


def test_fastapi_can_describe_the_endpoint() -> None:
    app = fastapi.FastAPI()
    webhook = fishjam.integrations.starlette.fishjam_webhook(never, secret=SECRET)
    app.post("/fishjam")(webhook)
    assert list(app.openapi()["paths"]["/fishjam"]) == ["post"]


def test_flask_reads_a_longer_body_than_other_views_may_have() -> None:
    app = flask.Flask("webhooks")
    app.config["MAX_CONTENT_LENGTH"] = 1
    view = fishjam.integrations.flask.fishjam_webhook(lambda event: None, secret=SECRET)
    app.post("/fishjam")(view)
    answer = app.test_client().post("/fishjam", data=BODY)
    assert answer.status_code == 401


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_receiver_answers_405_itself_when_it_is_given_other_methods(method: str) -> None:
    app = web.Application()
    webhook = fishjam.integrations.aiohttp.fishjam_webhook(never, secret=SECRET)
    app.router.add_route("*", "/fishjam", webhook)
    with aiohttp_server(app) as url:
        answer = httpx.request(method, f"{url}/fishjam", **PLAIN)
    assert answer.status_code == (405 if method == "GET" else 401)
    assert answer.headers.get("allow") == ("POST" if method == "GET" else None)
