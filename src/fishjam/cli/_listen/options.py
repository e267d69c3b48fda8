"""The options of `fishjam listen`."""

from __future__ import annotations

import argparse
from typing import Any

from attrs import frozen

from fishjam import FishjamNotifier, Notification
from fishjam.cli._credentials import credentials
from fishjam.errors import ConfigurationError


@frozen
class Options:
    """The arguments of the command line, checked."""

    notifier: FishjamNotifier
    fishjam_id: str
    types: tuple[type[Any], ...]
    rooms: frozenset[str]
    count: int | None
    json: bool
    forward_to: str | None
    webhook_secret: str

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Options:
        """Read the arguments; raises `ConfigurationError` if one is missing or invalid."""
        fishjam_id, token = credentials(arguments)
        if arguments.forward_to and not arguments.webhook_secret:
            raise ConfigurationError(
                "--forward-to needs a secret: set FISHJAM_WEBHOOK_SECRET or pass --webhook-secret."
            )
        return cls(
            notifier=FishjamNotifier(fishjam_id, token),
            fishjam_id=fishjam_id,
            types=tuple(arguments.type or ()),
            rooms=frozenset(arguments.room or ()),
            count=arguments.count,
            json=arguments.json,
            forward_to=arguments.forward_to,
            webhook_secret=arguments.webhook_secret,
        )

    def wants(self, event: Notification) -> bool:
        """Return whether the event belongs to one of the chosen rooms."""
        # Events of streams, such as `ViewerConnected`, have no room.
        return not self.rooms or getattr(event, "room_id", None) in self.rooms
