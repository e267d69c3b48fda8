"""A webhook handler for the web server of aiohttp."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from fishjam.integrations._delivery import deliver, read
from fishjam.integrations._handlers import WebhookHandler, WebhookHandlers
from fishjam.integrations._receiver import MAX_BODY, Receiver, RefusedError, WebhookFleet

try:
    from aiohttp import web
except ImportError as _error:
    raise ImportError("fishjam.integrations.aiohttp needs aiohttp: pip install aiohttp") from _error

__all__ = ("fishjam_webhook",)


def fishjam_webhook(
    handler: WebhookHandler | WebhookHandlers | None = None,
    *,
    secret: str | Iterable[str],
    max_body: int = MAX_BODY,
    fleet: WebhookFleet | None = None,
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make a request handler that receives the webhooks of a Fishjam.

    `async def` handlers are awaited, plain functions run in a thread. See `fishjam.integrations`
    for the answers and for why an event can come twice.

    Args:
        handler: called with each event, or handlers of certain events. None with `fleet`.
        secret: your webhook secret; several while you change from an old one to a new one.
        max_body: how many bytes a body may have; the application's `client_max_size` counts only
            for a middleware that reads the body before.
        fleet: a fleet that gets the events, for the handlers of `fleet.on`. The answer is given
            when they are written, and 500 when they could not be, so that Fishjam repeats them.

    Raises:
        ConfigurationError: there is no secret, or an empty one.
        TypeError: there is neither a handler nor a fleet, or both.

    Example:
        >>> webhook = fishjam_webhook(handle, secret=os.environ["FISHJAM_WEBHOOK_SECRET"])
        >>> app.router.add_post("/fishjam", webhook)
    """
    receiver = Receiver(handler, secret, max_body, fleet)

    async def fishjam_webhook(request: web.Request) -> web.StreamResponse:
        try:
            receiver.check_head(request.method, request.headers)
            calls = receiver.calls(request.headers, await _body(request, receiver))
        except RefusedError as refusal:
            return web.Response(
                text=refusal.text, status=refusal.status, headers=refusal.headers or None
            )
        await deliver(calls)
        return web.Response(status=204)

    return fishjam_webhook


async def _body(request: web.Request, receiver: Receiver) -> bytes:
    # Nothing is left when a middleware has read the body; then the request has kept it.
    if request.content.at_eof():
        return await request.read()
    # `request.read()` stops at the application's `client_max_size`, 1 MiB by default.
    return await read(request.content.iter_any(), receiver)
