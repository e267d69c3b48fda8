"""A webhook view for Django, sync or async."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fishjam.integrations._delivery import deliver, deliver_sync, is_async, settled
from fishjam.integrations._handlers import WebhookHandler, WebhookHandlers
from fishjam.integrations._receiver import (
    MAX_BODY,
    Call,
    Receiver,
    RefusedError,
    WebhookFleet,
    refused,
)

try:
    from asgiref.sync import async_to_sync
    from django.core.exceptions import RequestDataTooBig
    from django.http import HttpRequest, HttpResponse
    from django.views.decorators.csrf import csrf_exempt
except ImportError as _error:
    raise ImportError("fishjam.integrations.django needs Django: pip install django") from _error

__all__ = ("fishjam_webhook",)


def fishjam_webhook(
    handler: WebhookHandler | WebhookHandlers | None = None,
    *,
    secret: str | Iterable[str],
    max_body: int = MAX_BODY,
    fleet: WebhookFleet | None = None,
) -> Callable[..., Any]:
    """Make a view that receives the webhooks of a Fishjam; it is exempt from the CSRF check.

    With an `async def` handler it is an async view, otherwise a sync one, in which handlers of
    both kinds may be called. Both work under WSGI and under ASGI; it needs Django 5.0. See
    `fishjam.integrations` for the answers and for why an event can come twice.

    Args:
        handler: called with each event, or handlers of certain events. None with `fleet`.
        secret: your webhook secret; several while you change from an old one to a new one.
        max_body: how many bytes a body may have. `DATA_UPLOAD_MAX_MEMORY_SIZE`, 2.5 MiB if you do
            not set it, counts too.
        fleet: a fleet that gets the events, for the handlers of `fleet.on`. The answer is given
            when they are written, and 500 when they could not be, so that Fishjam repeats them.

    Raises:
        ConfigurationError: there is no secret, or an empty one.
        TypeError: there is neither a handler nor a fleet, or both.

    Example:
        >>> webhook = fishjam_webhook(handle, secret=os.environ["FISHJAM_WEBHOOK_SECRET"])
        >>> urlpatterns = [path("fishjam", webhook)]
    """
    receiver = Receiver(handler, secret, max_body, fleet)

    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponse:
        try:
            calls = _calls(request, receiver)
        except RefusedError as refusal:
            return _answer(refusal)
        deliver_sync(calls, _settle)
        return HttpResponse(status=204)

    # Only from Django 5.0 on this decorator takes async views.
    @csrf_exempt
    async def async_view(request: HttpRequest) -> HttpResponse:
        try:
            calls = _calls(request, receiver)
        except RefusedError as refusal:
            return _answer(refusal)
        await deliver(calls)
        return HttpResponse(status=204)

    # `WebhookHandlers` may get handlers of both kinds after this, so they have the sync view, which
    # can call both.
    # A fleet is async as well.
    return async_view if fleet is not None or is_async(handler) else view


def _calls(request: HttpRequest, receiver: Receiver) -> list[Call]:
    receiver.check_head(str(request.method), request.headers)
    try:
        body = request.body
    # Left alone it is a `SuspiciousOperation`, which Django answers with 400.
    except RequestDataTooBig as error:
        raise refused(413, str(error)) from error
    return receiver.calls(request.headers, body)


def _answer(refusal: RefusedError) -> HttpResponse:
    return HttpResponse(refusal.text, "text/plain", status=refusal.status, headers=refusal.headers)


def _settle(awaitable: Awaitable[Any]) -> None:
    async_to_sync(settled)(awaitable)
