"""`fishjam rooms`: list, make, show and delete rooms."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from fishjam.cli._calls import Hints, add_call, add_group, add_room, each
from fishjam.cli._completion import complete_room_ids
from fishjam.cli._output import Output
from fishjam.cli._peers import peer_table
from fishjam.cli._tables import fields, table
from fishjam.errors import NotFoundError
from fishjam.room import Room, RoomType, VideoCodec

if TYPE_CHECKING:
    from fishjam import FishjamClient

_HINTS: Hints = {NotFoundError: "`fishjam rooms list` shows the rooms that there are."}


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    actions = add_group(subparsers, "rooms", "list, create, show and delete rooms")
    listing = add_call(actions, "list", _list, "list all rooms")
    listing.add_argument("--ids", action="store_true", help="print the ids alone")
    create = add_call(
        actions, "create", _create, "create a room", "Prints its id, with --json all of it."
    )
    _add_options(create)
    show = add_call(actions, "show", _show, "show a room and its peers", hints=_HINTS)
    add_room(show)
    details = "Their peers are disconnected. A room that is not there does not keep the others."
    delete = add_call(actions, "delete", _delete, "delete rooms", details, hints=_HINTS)
    rooms = delete.add_argument("rooms", metavar="ROOM", nargs="+", help="id of a room")
    complete_room_ids(rooms)


def _add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("options of the room")
    group.add_argument(
        "--max-peers", type=int, metavar="N", help="how many peers it holds (default: no limit)"
    )
    group.add_argument(
        "--room-type",
        choices=[str(kind) for kind in RoomType],
        default=str(RoomType.CONFERENCE),
        help="what it is for (default: %(default)s)",
    )
    group.add_argument(
        "--video-codec",
        choices=[str(codec) for codec in VideoCodec],
        help="what all peers send (default: the server's choice)",
    )
    group.add_argument("--webhook-url", metavar="URL", help="where its events are posted to")
    group.add_argument(
        "--batch-webhook-notifications",
        action="store_true",
        help="let Fishjam send several events in one webhook call",
    )
    group.add_argument(
        "--public", action="store_true", help="let a livestream be watched without a token"
    )


def _list(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> None:
    rooms = client.get_all_rooms()
    if arguments.ids:
        out.ids(room.id for room in rooms)
    else:
        out.items((room.to_dict() for room in rooms), _table(rooms))
    if not rooms:
        out.note("There are no rooms; `fishjam rooms create` makes one.")


def _create(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> None:
    from fishjam import RoomOptions

    options = RoomOptions(
        max_peers=arguments.max_peers,
        video_codec=arguments.video_codec,
        webhook_url=arguments.webhook_url,
        room_type=arguments.room_type,
        public=arguments.public,
        batch_webhook_notifications=arguments.batch_webhook_notifications,
    )
    room = client.create_room(options)
    out.item(room.to_dict(), room.id)
    out.note(f"The room was created. To add a peer: fishjam peers add {room.id}")


def _show(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> None:
    room = client.get_room(arguments.room)
    out.item(room.to_dict(), "\n\n".join(filter(None, [_fields(room), peer_table(room.peers)])))


def _delete(client: FishjamClient, arguments: argparse.Namespace, out: Output) -> int:
    def delete(room_id: str) -> None:
        client.delete_room(room_id)
        out.item({"id": room_id, "deleted": True}, f"deleted {room_id}")

    return each(client, arguments, arguments.rooms, delete)


def _table(rooms: list[Room]) -> str:
    return table(
        ("ROOM", "TYPE", "PEERS", "CODEC"),
        (
            (room.id, str(room.config.room_type), _filling(room), str(room.config.video_codec))
            for room in rooms
        ),
    )


def _fields(room: Room) -> str:
    config = room.config
    composition = room.composition_info
    return fields(
        [
            ("room", room.id),
            ("type", str(config.room_type)),
            ("peers", _filling(room)),
            ("codec", str(config.video_codec)),
            ("public", "yes" if config.public else "no"),
            ("webhook", config.webhook_url or ""),
            ("batches", "yes" if config.batch_webhook_notifications else "no"),
            ("forwards to", composition.composition_url if composition else ""),
        ]
    )


def _filling(room: Room) -> str:
    """Return how many peers are in the room, and of how many; the server shows no limit as 0."""
    most = room.config.max_peers
    return f"{len(room.peers)} of {most}" if most else str(len(room.peers))
