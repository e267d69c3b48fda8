"""The options of `fishjam listen`."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from fishjam import FishjamNotifier, Notification
from fishjam.cli._credentials import ResolvedCredentials, credentials
from fishjam.cli._credentials import webhook_secret as secret_of


@frozen(kw_only=True)
class Options:
    """The arguments of the command line, checked."""

    notifier: FishjamNotifier
    credentials: ResolvedCredentials
    types: tuple[type[Any], ...]
    rooms: tuple[str, ...]
    count: int | None
    json: bool
    forward_to: str | None
    webhook_secret: str

    @classmethod
    def of(cls, **chosen: Any) -> Options:
        """Take the arguments; raises `ConfigurationError` if one is missing or invalid."""
        resolved = credentials()
        secret = chosen.pop("webhook_secret")
        # Not looked for unless it is needed.
        secret = secret_of(secret, "--forward-to") if chosen["forward_to"] else ""
        notifier = FishjamNotifier(resolved.fishjam_id, resolved.management_token)
        return cls(notifier=notifier, credentials=resolved, webhook_secret=secret, **chosen)

    def wants(self, event: Notification) -> bool:
        """Return whether the event belongs to one of the chosen rooms."""
        # Events of streams, such as `ViewerConnected`, have no room.
        return not self.rooms or getattr(event, "room_id", None) in self.rooms
