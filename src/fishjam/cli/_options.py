"""Options that several commands have, and the kinds of values that they take."""

from __future__ import annotations

import json
from collections.abc import Callable
from difflib import get_close_matches
from enum import Enum
from typing import Any

import click

from fishjam.cli._events import event_types
from fishjam.peer import SubscribeMode

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class JsonValue(click.ParamType[Any]):
    """Any JSON."""

    name = "json"
    complaint = "is not JSON"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a value of JSON."""
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            self.fail(f"{value!r} {self.complaint}", param, ctx)


class JsonObject(JsonValue):
    """Free-form metadata."""

    complaint = """is not a JSON object such as {"name": "Ada"}"""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read an object of JSON."""
        metadata = super().convert(value, param, ctx)
        if not isinstance(metadata, dict):
            self.fail(f"{value!r} {self.complaint}", param, ctx)
        return metadata


class EventType(click.ParamType[type[Any]]):
    """The name of an event."""

    name = "event"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Find the event's class."""
        types = event_types()
        if value not in types:
            close = get_close_matches(value, types, 1)
            meant = f". Did you mean {close[0]}?" if close else ""
            names = ", ".join(types)
            self.fail(f"{value!r} is not an event; there are {names}{meant}", param, ctx)
        return types[value]


class HttpUrl(click.ParamType[str]):
    """An address of the web."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the address; it stays as it is."""
        # Not at the top: loading it takes time, and most commands have no such option.
        import httpx

        try:
            url = httpx.URL(value)
        except httpx.InvalidURL as error:
            self.fail(f"{value!r} is not a URL: {error}", param, ctx)
        if url.scheme not in ("http", "https") or not url.host:
            self.fail(f"{value!r} is not an http or https URL", param, ctx)
        return str(value)


def choice(name: str, kind: type[Enum], help_: str, default: Enum | None = None) -> Decorator:
    """Make an option that takes the values of an enum of the SDK."""
    return click.option(
        name,
        type=click.Choice([str(member) for member in kind]),
        default=None if default is None else str(default),
        show_default=default is not None,
        help=help_,
    )


def metadata(help_: str) -> Decorator:
    """Make an option for free-form metadata."""
    return click.option("--metadata", type=JsonObject(), metavar="JSON", help=help_)


def flag(name: str, help_: str) -> Decorator:
    """Make an option without a value."""
    return click.option(name, is_flag=True, help=help_)


IDS = flag("--ids", "print the ids alone")
WITH_TOKEN = flag("--with-token", "print the secret token, too")
PUBLIC = flag("--public", "let a livestream be watched without a token")
WEBHOOK_URL = click.option("--webhook-url", metavar="URL", help="where its events are posted to")
BATCH = flag("--batch-webhook-notifications", "let several events come in one webhook call")
SUBSCRIBE_MODE = choice(
    "--subscribe-mode",
    SubscribeMode,
    "auto receives everybody's tracks, manual what it is subscribed to",
    SubscribeMode.AUTO,
)
WEBHOOK_SECRET = click.option(
    "--webhook-secret",
    metavar="SECRET",
    help="secret to sign the webhooks with (default: $FISHJAM_WEBHOOK_SECRET)",
)
