"""A webhook view for Flask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from io import BytesIO
from typing import Any

from fishjam.integrations._delivery import deliver_sync, settled
from fishjam.integrations._handlers import WebhookHandler, WebhookHandlers
from fishjam.integrations._receiver import MAX_BODY, Receiver, RefusedError, WebhookFleet

try:
    from flask import Response, current_app, request
    from werkzeug.wsgi import get_input_stream
except ImportError as _error:
    raise ImportError("fishjam.integrations.flask needs Flask: pip install flask") from _error

__all__ = ("fishjam_webhook",)


def fishjam_webhook(
    handler: WebhookHandler | WebhookHandlers | None = None,
    *,
    secret: str | Iterable[str],
    max_body: int = MAX_BODY,
    fleet: WebhookFleet | None = None,
) -> Callable[[], Response]:
    """Make a view that receives the webhooks of a Fishjam; for POST, without `methods`.

    It needs Flask 3.0. `async def` handlers work like async views do: `pip install
    "flask[async]"`. See `fishjam.integrations` for the answers and for why an event can come
    twice. A view that Flask-WTF protects against CSRF has to be exempted: `csrf.exempt(view)`.

    Args:
        handler: called with each event, or handlers of certain events. None with `fleet`.
        secret: your webhook secret; several while you change from an old one to a new one.
        max_body: how many bytes a body may have, in place of `MAX_CONTENT_LENGTH`.
        fleet: a fleet that gets the events, for the handlers of `fleet.on`. The answer is given
            when they are written, and 500 when they could not be, so that Fishjam repeats them.

    Raises:
        ConfigurationError: there is no secret, or an empty one.
        TypeError: there is neither a handler nor a fleet, or both.

    Example:
        >>> view = fishjam_webhook(handle, secret=os.environ["FISHJAM_WEBHOOK_SECRET"])
        >>> app.add_url_rule("/fishjam", view_func=view)
    """
    receiver = Receiver(handler, secret, max_body, fleet, blocking=True)

    def fishjam_webhook() -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            receiver.check_head(request.method, headers)
            calls = receiver.calls(headers, _body(receiver))
        except RefusedError as refusal:
            return Response(refusal.text, refusal.status, refusal.headers, mimetype="text/plain")
        deliver_sync(calls, _settle)
        return Response(status=204)

    # Flask reads these when a rule names no methods; it would take GET and OPTIONS otherwise.
    vars(fishjam_webhook).update(methods=("POST",), provide_automatic_options=False)
    return fishjam_webhook


def _body(receiver: Receiver) -> bytes:
    """Read the body, up to the limit of this view; the application's own does not count."""
    if "stream" in vars(request):
        # Something has read it before, and the request has kept it, or not.
        return request.get_data()
    # Only Flask 3.1 and newer let a view set `request.max_content_length`.
    limit = receiver.max_body + 1
    body = get_input_stream(request.environ, max_content_length=limit).read()
    # Whatever reads it after this view finds it again.
    request.environ["wsgi.input"] = BytesIO(body)
    return body


def _settle(awaitable: Awaitable[Any]) -> None:
    # An application may override how Flask runs async code; a loop of our own would ignore that.
    current_app.ensure_sync(settled)(awaitable)
