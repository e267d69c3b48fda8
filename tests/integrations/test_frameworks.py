"""What is special to one framework's webhook receiver."""

from __future__ import annotations

from typing import Any

import fastapi
import flask
import httpx
import pytest
from aiohttp import web
from django.test.utils import override_settings

import fishjam.integrations.aiohttp
import fishjam.integrations.flask
import fishjam.integrations.starlette
from fishjam import events
from fishjam.webhooks import encode_notification
from tests.integrations.applications import django_asgi_app, django_wsgi_app
from tests.integrations.servers import aiohttp_server
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
