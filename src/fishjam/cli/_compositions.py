"""`fishjam compositions`: what mixes the tracks of rooms into scenes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fishjam.cli._calls import ROOM, Hints, Noun, ids_of
from fishjam.cli._credentials import credentials
from fishjam.cli._options import JsonValue, flag
from fishjam.cli._output import Output
from fishjam.errors import CompositionNotFoundError, ConflictError

if TYPE_CHECKING:
    from fishjam import CompositionClient, FishjamClient

_HINTS: Hints = {
    CompositionNotFoundError: "compositions that nothing comes into are cleaned up after 5 minutes."
}
COMPOSITION = click.argument("composition", metavar="COMPOSITION")


@click.group(cls=Noun)
def compositions() -> None:
    """Create, feed, start and delete compositions."""


@compositions.call("create", client="compositions")
@flag("--no-autostart", "let outputs wait until `fishjam compositions start`")
@flag("--keep", "do not clean it up while nothing comes into it")
def _create(client: CompositionClient, out: Output, no_autostart: bool, keep: bool) -> None:
    """Create a composition.

    Prints its id, with --json also the address that rooms forward their tracks to.
    """
    from fishjam.composition import CreateCompositionRequest

    config = CreateCompositionRequest(not no_autostart, not keep)
    made = client.create_composition(config)
    address = client.composition_url(made.composition_id)
    out.item({"id": made.composition_id, "url": address}, made.composition_id)
    out.note(f"For the tracks of a room: fishjam compositions forward ROOM {made.composition_id}")


@compositions.call("start", client="compositions", hints=_HINTS)
@COMPOSITION
def _start(client: CompositionClient, out: Output, composition: str) -> None:
    """Start a composition that was created with --no-autostart."""
    client.start_composition(composition)
    out.item({"id": composition, "started": True}, f"started {composition}")


@compositions.call("reset", client="compositions", hints=_HINTS)
@COMPOSITION
def _reset(client: CompositionClient, out: Output, composition: str) -> None:
    """Take everything out of a composition."""
    client.reset_composition(composition)
    out.item({"id": composition, "reset": True}, f"reset {composition}")


@compositions.call("event", client="compositions", hints=_HINTS)
@COMPOSITION
@click.argument("name", metavar="EVENT")
@click.option("--data", type=JsonValue(), metavar="JSON", help="any JSON that goes with it")
def _event(client: CompositionClient, out: Output, composition: str, name: str, data: Any) -> None:
    """Send an event to the templates that a composition renders."""
    client.send_event(composition, name, data)
    out.item({"id": composition, "event": name}, f"sent {name} to {composition}")


@compositions.call(
    "forward", hints={ConflictError: "`fishjam rooms show` tells where its tracks go."}
)
@ROOM
@COMPOSITION
def _forward(client: FishjamClient, out: Output, room: str, composition: str) -> None:
    """Pass the tracks of all peers of a room on to a composition."""
    from fishjam import CompositionClient

    resolved = credentials()
    with CompositionClient(resolved.management_token, resolved.composition_url) as compositions:
        url = compositions.composition_url(composition)
    client.forward_room_tracks(room, url)
    out.item({"id": room, "compositionUrl": url}, f"{room} forwards to {composition}")


@compositions.removal("delete", client="compositions", done="deleted", hints=_HINTS)
@ids_of("COMPOSITION")
def _delete(client: CompositionClient, composition: str) -> None:
    """Delete compositions with their inputs and outputs."""
    client.delete_composition(composition)
