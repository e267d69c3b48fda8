# Generated from src/fishjam/composition/_async/base.py by `nox -s codegen`. Do not edit: change the source instead.
"""What all groups of composition methods share: sending a request, and addresses."""

from __future__ import annotations

from typing import TypeVar

from attrs import evolve

from fishjam._core.request import Request, segment
from fishjam._http._sync import Methods
from fishjam.errors import CompositionNotFoundError, NotFoundError

T = TypeVar("T")


class CompositionMethods(Methods):
    """A group of methods of the Composition API."""

    def _send(
        self,
        request: Request[T],
        not_found: type[NotFoundError] = CompositionNotFoundError,
        *,
        method: str = "",
    ) -> T:
        """Send a request; `not_found` is the error of a 404."""
        # The status does not tell what is missing. The call does, as in the published SDK.
        return super()._send(evolve(request, not_found=not_found), method=method)

    def composition_url(self, composition_id: str) -> str:
        """Return the address of a composition, as other services know it.

        `forward_room_tracks` of a Fishjam client takes it, and so do the sources of recordings.

        Raises:
            ValueError: `composition_id` cannot be an id.
        """
        origin = self._transport.settings.address.origin
        return f"{origin}/api/composition/{segment(composition_id, 'composition_id')}"
