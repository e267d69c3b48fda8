"""A checked request, as the operations take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from fishjam.emulator._model.query import Query


@frozen
class OperationRequest:
    """A request that was checked against the document.

    Attributes:
        parameters: the path's parameters.
        query: the query's names and values.
        body: the decoded body; an empty object if there was none.
        media_type: the media type of the body.
        fishjam_id: the Fishjam ID in the path, or None.
        headers: the headers by lower-case name.
    """

    parameters: Mapping[str, str]
    query: Query
    body: Any
    media_type: str
    fishjam_id: str | None
    headers: Mapping[str, str]

    @property
    def room(self) -> str:
        """The id of the room in the path."""
        return self.parameters["room_id"]

    @property
    def peer(self) -> str:
        """The id of the peer in the path."""
        return self.parameters["id"]

    @property
    def stream(self) -> str:
        """The id of the stream in the path."""
        return self.parameters["stream_id"]

    @property
    def recording(self) -> str:
        """The id of the recording in the path."""
        return self.parameters["recording_id"]

    @property
    def composition(self) -> str:
        """The id of the composition in the path."""
        return self.parameters["composition_id"]

    @property
    def input(self) -> str:
        """The id of the composition's input in the path."""
        return self.parameters["input_id"]

    @property
    def output(self) -> str:
        """The id of the composition's output in the path."""
        return self.parameters["output_id"]

    @property
    def image(self) -> str:
        """The id of the composition's image in the path."""
        return self.parameters["image_id"]
