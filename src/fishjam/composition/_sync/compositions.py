# Generated from src/fishjam/composition/_async/compositions.py by `nox -s codegen`. Do not edit: change the source instead.
"""Compositions: making, starting, resetting and deleting them, and events for their templates."""

from __future__ import annotations

from typing import Any

from fishjam._core.options import checked_options
from fishjam._generated.composition_api import endpoints, models
from fishjam.composition import CompositionCreatedResponse, CreateCompositionRequest
from fishjam.composition._sync.base import CompositionMethods


class Compositions(CompositionMethods):
    """The methods for compositions themselves."""

    def create_composition(
        self, config: CreateCompositionRequest | None = None
    ) -> CompositionCreatedResponse:
        """Create a composition, without inputs and outputs at first.

        Args:
            config: whether it starts at once and when it is cleaned up; without it, it starts at
                once, and is cleaned up after 5 minutes in which no input has brought anything.

        Raises:
            BadRequestError: the server does not accept the configuration.

        Example:
            >>> composition = client.create_composition()
            >>> address = client.composition_url(composition.composition_id)
        """
        # The published SDK sends both settings in any case, with their defaults.
        chosen = config or CreateCompositionRequest()
        body = checked_options(chosen, CreateCompositionRequest, "create_composition", "config")
        return self._send(endpoints.create_composition(body=body))

    def start_composition(self, composition_id: str) -> None:
        """Start a composition that was created with `autostart=False`: its outputs begin to send.

        Raises:
            CompositionNotFoundError: there is no such composition.
        """
        # The operations of the API are called `start` and `reset`; errors name the methods.
        self._send(endpoints.start(composition_id), method="start_composition")

    def reset_composition(self, composition_id: str) -> None:
        """Take everything out of a composition, and keep the composition itself.

        Raises:
            CompositionNotFoundError: there is no such composition.
        """
        self._send(endpoints.reset(composition_id), method="reset_composition")

    def delete_composition(self, composition_id: str) -> None:
        """Delete a composition with all its inputs and outputs.

        Raises:
            CompositionNotFoundError: there is no such composition.
        """
        self._send(endpoints.delete_composition(composition_id))

    def send_event(self, composition_id: str, event_name: str, data: Any = None) -> None:
        """Send an event to the templates that the outputs of a composition render.

        Args:
            composition_id: the id of the composition.
            event_name: the name that the templates know the event by.
            data: any JSON value that goes with it; None sends none.

        Raises:
            ValueError: `data` cannot be sent as JSON; nothing was sent.
            CompositionNotFoundError: there is no such composition.
        """
        # For None the key is left out of the JSON, as in the published SDK.
        body = models.SendCompositionEventRequest(event_name, data)
        request = endpoints.send_composition_event(composition_id, body=body)
        self._send(request, method="send_event")
