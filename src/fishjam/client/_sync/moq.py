# Generated from src/fishjam/client/_async/moq.py by `nox -s codegen`. Do not edit: change the source instead.
"""Access to the Media over QUIC relay."""

from __future__ import annotations

from fishjam._core.stack import warn_from
from fishjam._generated.fishjam_api import endpoints, models
from fishjam._http._sync import Methods
from fishjam.moq import MoqAccess


class Moq(Methods):
    """The methods for Media over QUIC."""

    def create_moq_access(
        self,
        publish_path: str | None = None,
        subscribe_path: str | None = None,
        ttl: int | None = None,
    ) -> MoqAccess:
        """Return an address with a token to publish or to subscribe over Media over QUIC.

        Args:
            publish_path: the path that may be published to.
            subscribe_path: the path that may be subscribed to.
            ttl: seconds that the token lasts; 3600 if not given, at most 604800 (a week).

        Raises:
            BadRequestError: neither path was given, or `ttl` is out of range.
        """
        body = models.MoqAccessConfig(
            publish_path=publish_path, subscribe_path=subscribe_path, ttl=ttl
        )
        return self._send(endpoints.create_moq_access(body=body))

    def create_moq_token(
        self, publish_path: str | None = None, subscribe_path: str | None = None
    ) -> str:
        """Return the token alone; the older name of `create_moq_access`, which is deprecated."""
        warn_from("create_moq_token is deprecated: use create_moq_access", DeprecationWarning)
        access = self.create_moq_access(publish_path, subscribe_path)
        return access.token
