"""A webhook endpoint for Starlette and FastAPI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing

from fishjam.integrations._delivery import deliver, read
from fishjam.integrations._handlers import WebhookHandler, WebhookHandlers
from fishjam.integrations._receiver import MAX_BODY, Receiver, RefusedError, WebhookFleet

try:
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response
except ImportError as _error:
    raise ImportError(
        "fishjam.integrations.starlette needs Starlette, which FastAPI brings along: "
        "pip install starlette"
    ) from _error

__all__ = ("fishjam_webhook",)


def fishjam_webhook(
    handler: WebhookHandler | WebhookHandlers | None = None,
    *,
    secret: str | Iterable[str],
    max_body: int = MAX_BODY,
    fleet: WebhookFleet | None = None,
) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint that receives the webhooks of a Fishjam.

    `async def` handlers are awaited, plain functions run in a thread. See `fishjam.integrations`
    for the answers and for why an event can come twice.

    Args:
        handler: called with each event, or handlers of certain events. None with `fleet`.
        secret: your webhook secret; several while you change from an old one to a new one.
        max_body: how many bytes a body may have.
        fleet: a fleet that gets the events, for the handlers of `fleet.on`. The answer is given
            when they are written, and 500 when they could not be, so that Fishjam repeats them.

    Raises:
        ConfigurationError: there is no secret, or an empty one.
        TypeError: there is neither a handler nor a fleet, or both.

    Example:
        >>> webhook = fishjam_webhook(handle, secret=os.environ["FISHJAM_WEBHOOK_SECRET"])
        >>> FastAPI().add_api_route("/fishjam", webhook, methods=["POST"])
        >>> Starlette(routes=[Route("/fishjam", webhook, methods=["POST"])])
    """
    receiver = Receiver(handler, secret, max_body, fleet)

    async def fishjam_webhook(request: Request) -> Response:
        try:
            receiver.check_head(request.method, request.headers)
            # `request.body()` has no limit. A refusal leaves the stream half-read, so it is closed
            # here.
            async with aclosing(request.stream()) as chunks:
                body = await read(chunks, receiver)
            calls = receiver.calls(request.headers, body)
        except RefusedError as refusal:
            return PlainTextResponse(refusal.text, refusal.status, refusal.headers)
        await deliver(calls)
        return Response(status_code=204)

    return fishjam_webhook
