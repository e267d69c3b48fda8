"""Fishjam in web frameworks: webhook receivers, and a notifier that runs beside an application.

For frameworks in which voice agents are written see `fishjam.integrations.bridge`.

One module for each framework, and nothing of it is loaded before you import that module:

- `fishjam.integrations.starlette`, also for FastAPI
- `fishjam.integrations.flask`
- `fishjam.integrations.aiohttp`
- `fishjam.integrations.django`
- `fishjam.integrations.asgi`: a notifier that starts and stops with an ASGI application

Each of the first four has a function `fishjam_webhook(handler, secret=...)` that makes a
view, an endpoint or a handler, as the framework calls it. They behave alike:

- `handler` is called once for each event, in order. It is a function, `def` or `async def`, or a
  `WebhookHandlers` with functions for certain events.
- The signature is checked on the raw body before anything in it is read.
- The answer is 204 when all handlers have run, 401 when the signature is missing or wrong, 400 when
  the body is not a notification, 413 when it is too large, and 405 to any other method than POST.
- When a handler raises, `WebhookHandlerError` is raised to the framework, which answers 500. So is
  `WebhookBodyError` when something else, for example a middleware, has read the body before.

With `fishjam_webhook(fleet=fleet, secret=...)` the events are written into the streams of a
`fishjam.fleet.Fleet`, whose handlers get them, and the answer is given when they are.

They work with the web frameworks' versions from these on: Starlette 0.41.3 and FastAPI 0.115.5,
Flask 3.0, aiohttp 3.11, Django 5.0.

**Repeats happen.** Fishjam repeats a delivery that was answered with 5xx or not at all, and then
all its events come again, including those that were handled. So write handlers that can be called
twice with the same event, and keep them quick: hand long work to a queue.
"""

from fishjam.integrations._delivery import WebhookHandlerError as WebhookHandlerError
from fishjam.integrations._handlers import WebhookHandlers as WebhookHandlers
from fishjam.integrations._receiver import MAX_BODY as MAX_BODY
from fishjam.integrations._receiver import WebhookBodyError as WebhookBodyError
from fishjam.integrations._receiver import WebhookFleet as WebhookFleet

__all__ = (
    "MAX_BODY",
    "WebhookBodyError",
    "WebhookFleet",
    "WebhookHandlerError",
    "WebhookHandlers",
)
