"""`fishjam trigger`: makes an event happen, at a webhook receiver or in a running emulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import click

from fishjam.cli._calls import calling, failure
from fishjam.cli._command import COMMON, Command, common
from fishjam.cli._completion import event_names
from fishjam.cli._credentials import webhook_secret as secret_of
from fishjam.cli._events import event_of
from fishjam.cli._exit import DONE, FAILED
from fishjam.cli._options import WEBHOOK_SECRET, EventType, HttpUrl
from fishjam.cli._output import Output, note
from fishjam.errors import ConfigurationError

if TYPE_CHECKING:
    from fishjam import Notification
    from fishjam.cli._control import Control


@click.command(cls=Command, common=COMMON)
@click.argument("kind", metavar="EVENT", type=EventType(), shell_complete=event_names)
@click.argument("fields", metavar="[FIELD=VALUE]...", nargs=-1)
@click.option("--url", type=HttpUrl(), metavar="URL", help="the webhook receiver to post it to")
@WEBHOOK_SECRET
def trigger(
    kind: type[Any], fields: tuple[str, ...], url: str | None, webhook_secret: str | None
) -> int:
    """Send an event, to try a receiver of it.

    With --url it is posted there, signed as Fishjam signs webhooks; exit code 1 tells that the
    receiver did not take it. Without, a running `fishjam emulator` sends it to all that listen and
    to its webhook addresses. Fields that are not given have example values:

    fishjam trigger PeerConnected room_id=r1 peer_type=agent
    """
    event = _event(kind, fields)
    if url is None:
        return calling(_send, client="emulator")(event=event)
    try:
        secret = secret_of(webhook_secret, "--url")
    except ConfigurationError as error:
        return failure(error)
    return _post(event, url, secret)


def _send(control: Control, out: Output, event: Notification) -> None:
    body = {"event": type(event).__name__, **event.to_dict()}
    sent = control.call("POST", "/events", json=body)
    out.item(sent, f"sent {body['event']}")


def _post(event: Notification, url: str, secret: str) -> int:
    from fishjam._http.library import new_client
    from fishjam._http.streams import deadline
    from fishjam._network.hosts import NO_PROXIES
    from fishjam.cli._listen.forwarding import FAILURES, TIMEOUT, signed

    body, headers = signed(event, secret)
    name = type(event).__name__
    seconds = common().timeout or TIMEOUT
    try:
        # As `listen --forward-to`: neither a proxy nor a redirect, and the body is not read.
        with (
            new_client(NO_PROXIES) as http,
            deadline(seconds),
            http.stream("POST", url, content=body, headers=headers, timeout=seconds) as answer,
        ):
            status, is_success = answer.status_code, answer.is_success
    except FAILURES as error:
        note(f"{name} was not delivered: {str(error) or type(error).__name__}", "red")
        return FAILED
    data = {"event": name, **event.to_dict(), "status": status}
    Output(common().json).item(data, f"{name} was answered with {status}")
    return DONE if is_success else FAILED


def _event(kind: type[Any], fields: tuple[str, ...]) -> Notification:
    """Make an event of a class from `name=value` texts."""
    known: dict[str, attrs.Attribute[Any]] = attrs.fields_dict(kind)
    values = {name: _example(name, field.default) for name, field in known.items()}
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals or name not in known:
            raise _wrong(f"{text!r} is not one of {', '.join(f'{each}=VALUE' for each in known)}")
        values[name] = _value(known[name].default, value)
    try:
        return event_of(kind, values)
    except ValueError as error:
        raise _wrong(str(error)) from None


def _example(name: str, default: Any) -> Any:
    """Return what a field holds unless it is given, as JSON."""
    members = getattr(type(default), "__members__", {})
    # The first one, zero, stands for what the sender does not know.
    if known := [int(member) for member in members.values() if member]:
        return known[0]
    return f"example-{name.removesuffix('_id')}" if name.endswith("_id") and default == "" else None


def _value(default: Any, text: str) -> Any:
    """Read a value as JSON, in the form that the default of its field has."""
    members = getattr(type(default), "__members__", {})
    if members and text.upper() not in members:
        raise _wrong(f"{text!r} is not one of {', '.join(members)}")
    if members:
        return int(members[text.upper()])
    if not attrs.has(type(default)):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong(f"{text!r} is not JSON") from None
    # The library takes an empty array for an object without fields.
    if not isinstance(value, (dict, type(None))):
        raise _wrong(f"{text!r} is not a JSON object")
    return value


def _wrong(text: str) -> click.BadParameter:
    return click.BadParameter(text, param_hint="FIELD=VALUE")
