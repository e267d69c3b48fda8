"""The smallest application of each framework that has a webhook, and how it is served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType
from typing import Any

import django.core.handlers.asgi
import django.core.handlers.wsgi
import django.http
import fastapi
import flask
import starlette.applications
from aiohttp import web
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.test.utils import override_settings
from django.urls import path
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from werkzeug.exceptions import NotFound

import fishjam.integrations.aiohttp
import fishjam.integrations.django
import fishjam.integrations.flask
import fishjam.integrations.starlette
from tests.integrations.servers import (
    aiohttp_server,
    uvicorn_server,
    werkzeug_server,
    wsgiref_server,
)

Application = Callable[..., AbstractContextManager[str]]
"""Serves `fishjam_webhook(handler, **options)` at the URL that it gives.

With `reads_first=True` a middleware has read the body before.
"""

CALL_NEXT = Callable[[Request], Awaitable[Response]]


async def read_first(request: Request, call_next: CALL_NEXT) -> Response:
    assert await request.body()
    return await call_next(request)


@contextmanager
def starlette_app(handler: Any, *, reads_first: bool = False, **options: Any) -> Iterator[str]:
    webhook = fishjam.integrations.starlette.fishjam_webhook(handler, **options)
    app = starlette.applications.Starlette(
        routes=[Route("/fishjam", webhook, methods=["POST"])],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=read_first)] if reads_first else [],
    )
    with uvicorn_server(app) as url:
        yield f"{url}/fishjam"


@contextmanager
def fastapi_app(handler: Any, *, reads_first: bool = False, **options: Any) -> Iterator[str]:
    async def read(request: Request) -> None:
        assert await request.body()

    webhook = fishjam.integrations.starlette.fishjam_webhook(handler, **options)
    app = fastapi.FastAPI(dependencies=[fastapi.Depends(read)] if reads_first else [])
    app.add_api_route("/fishjam", webhook, methods=["POST"])
    with uvicorn_server(app) as url:
        yield f"{url}/fishjam"


@contextmanager
def flask_app(handler: Any, *, reads_first: bool = False, **options: Any) -> Iterator[str]:
    def read() -> None:
        assert flask.request.get_data()

    app = flask.Flask("webhooks")
    if reads_first:
        app.before_request(read)
    view = fishjam.integrations.flask.fishjam_webhook(handler, **options)
    app.add_url_rule("/fishjam", view_func=view)
    with werkzeug_server(app) as url:
        yield f"{url}/fishjam"


@contextmanager
def aiohttp_app(wanted: Any, *, reads_first: bool = False, **options: Any) -> Iterator[str]:
    @web.middleware
    async def read(request: web.Request, handler: Any) -> web.StreamResponse:
        assert await request.read()
        answer: web.StreamResponse = await handler(request)
        return answer

    app = web.Application(middlewares=[read] if reads_first else [])
    webhook = fishjam.integrations.aiohttp.fishjam_webhook(wanted, **options)
    app.router.add_post("/fishjam", webhook)
    with aiohttp_server(app) as url:
        yield f"{url}/fishjam"


settings.configure(ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="for tests", LOGGING_CONFIG=None)

PLAIN_MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]


def reading_middleware(get_response: Any) -> Any:
    """Read each body before the view does, in the way that suits the server."""

    def middleware(request: django.http.HttpRequest) -> Any:
        assert request.body
        return get_response(request)

    async def async_middleware(request: django.http.HttpRequest) -> Any:
        assert await sync_to_async(lambda: request.body)()
        return await get_response(request)

    return async_middleware if iscoroutinefunction(get_response) else middleware


reading_middleware.sync_capable = reading_middleware.async_capable = True  # type: ignore[attr-defined]


@contextmanager
def _django_urls(handler: Any, reads_first: bool, options: Any) -> Iterator[None]:
    urls = ModuleType("urls")
    view = fishjam.integrations.django.fishjam_webhook(handler, **options)
    vars(urls)["urlpatterns"] = [path("fishjam", view)]
    first = [f"{__name__}.reading_middleware"] if reads_first else []
    with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=first + PLAIN_MIDDLEWARE):
        yield


@contextmanager
def django_wsgi_app(handler: Any, *, reads_first: bool = False, **options: Any) -> Iterator[str]:
    with (
        _django_urls(handler, reads_first, options),
        wsgiref_server(django.core.handlers.wsgi.WSGIHandler()) as url,
    ):
        yield f"{url}/fishjam"


@contextmanager
def django_asgi_app(handler: Any, *, reads_first: bool = False, **options: Any) -> Iterator[str]:
    with (
        _django_urls(handler, reads_first, options),
        uvicorn_server(django.core.handlers.asgi.ASGIHandler()) as url,
    ):
        yield f"{url}/fishjam"


APPLICATIONS: dict[str, Application] = {
    "starlette": starlette_app,
    "fastapi": fastapi_app,
    "flask": flask_app,
    "aiohttp": aiohttp_app,
    "django-wsgi": django_wsgi_app,
    "django-asgi": django_asgi_app,
}

NOT_FOUND: dict[str, Exception] = {
    "starlette": fastapi.HTTPException(404),
    "fastapi": fastapi.HTTPException(404),
    "flask": NotFound(),
    "aiohttp": web.HTTPNotFound(),
    "django-wsgi": django.http.Http404(),
    "django-asgi": django.http.Http404(),
}
"""What the framework would answer with 404."""
