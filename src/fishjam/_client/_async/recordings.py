"""Recordings of compositions: starting, stopping, reading, listing and deleting them."""

from __future__ import annotations

from os import PathLike
from typing import Any

from fishjam._client._async.base import AsyncMethods
from fishjam._client.bodies import one_of
from fishjam._core.files import aread_file
from fishjam._core.warning import warn_caller
from fishjam._generated.fishjam_api import endpoints, models
from fishjam.recording import (
    CompositionSource,
    Recording,
    RecordingSource,
    RecordingStatus,
    TemplateSource,
)


class AsyncRecordings(AsyncMethods):
    """The methods for recordings."""

    async def create_composition_recording(
        self, source: CompositionSource, metadata: dict[str, Any] | None = None
    ) -> Recording:
        """Start to record an output of a composition.

        Args:
            source: the composition and its output.
            metadata: free-form JSON to find the recording by; values that are strings can be
                matched by `get_all_recordings`.

        Raises:
            BadRequestError: the server does not accept the source.
            QuotaExceededError: the account's quota is used up.
            ConflictError: the state of the composition does not allow it.
        """
        body = _config(source, metadata)
        answer = await self._send(endpoints.create_recording(body=body))
        return answer.data

    async def create_template_recording(
        self,
        source: TemplateSource,
        template: bytes | str | PathLike[str],
        metadata: dict[str, Any] | None = None,
    ) -> Recording:
        """Start to record a composition in the layout of a template of your own.

        Args:
            source: the composition, the size of the picture, and whether there is sound.
            template: the JavaScript of the template, as bytes or as the path of a file; at most
                1 MiB.
            metadata: free-form JSON to find the recording by.

        Raises:
            OSError: the file cannot be read.
            BadRequestError: the server does not accept the source or the template.
            QuotaExceededError: the account's quota is used up.
            ConflictError: the state of the composition does not allow it.
        """
        part = await aread_file(template, "template.js")
        config = _config(source, metadata)
        answer = await self._send(
            endpoints.create_recording_multipart(config=config, template=part)
        )
        return answer.data

    async def create_recording(
        self, source: CompositionSource, metadata: dict[str, Any] | None = None
    ) -> Recording:
        """Do the same as `create_composition_recording`; this older name is deprecated."""
        warn_caller(
            "create_recording is deprecated: use create_composition_recording", DeprecationWarning
        )
        return await self.create_composition_recording(source, metadata)

    async def get_recording(self, recording_id: str) -> Recording:
        """Read one recording; `files` is filled once its status is "available".

        Raises:
            NotFoundError: there is no such recording.
        """
        answer = await self._send(endpoints.get_recording(recording_id))
        return answer.data

    async def get_all_recordings(
        self,
        metadata: dict[str, Any] | None = None,
        status: RecordingStatus | str | None = None,
    ) -> list[Recording]:
        """List recordings, all of them or those that match.

        Args:
            metadata: list only recordings whose metadata hold these values, nested ones too.
                Values are compared as text; a stored value that is no string cannot be matched.
            status: list only recordings in this state.

        Raises:
            ValueError: `status` is no known state; nothing was sent.
        """
        wanted = None if status is None else one_of(RecordingStatus, status, "status")
        answer = await self._send(endpoints.list_recordings(metadata=metadata, status=wanted))
        return answer.data

    async def stop_recording(self, recording_id: str) -> Recording:
        """Stop a recording; it may stay "active" until it is finalized.

        Stopping one that is no longer active does nothing.

        Raises:
            NotFoundError: there is no such recording.
        """
        answer = await self._send(endpoints.stop_recording(recording_id))
        return answer.data

    async def delete_recording(self, recording_id: str) -> None:
        """Delete a recording; its files go some time later.

        Raises:
            ConflictError: it is still active; stop it first.
        """
        await self._send(endpoints.delete_recording(recording_id))


def _config(source: RecordingSource, metadata: dict[str, Any] | None) -> models.RecordingConfig:
    kept = None if metadata is None else models.RecordingConfigMetadata(metadata)
    return models.RecordingConfig(source, metadata=kept)
