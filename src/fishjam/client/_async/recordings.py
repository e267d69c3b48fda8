"""Recordings of compositions: starting, stopping, reading, listing and deleting them."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from attrs import evolve

from fishjam._core.backoff import Backoff
from fishjam._core.stack import warn_from
from fishjam._generated.fishjam_api import endpoints, models
from fishjam._http._async import AsyncMethods
from fishjam._http.uploads import aread_file
from fishjam.client._async.downloader import AsyncDownloader
from fishjam.client._downloads import Download, targets_of
from fishjam.client._polling import POLL_BACKOFF, Polling
from fishjam.client._request_bodies import enum_member
from fishjam.clock._system import AsyncClock, AsyncSystemClock
from fishjam.errors import FishjamConnectionError
from fishjam.recording import (
    CompositionSource,
    DownloadProgress,
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
        return await self._record(source, metadata, "create_composition_recording")

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
        # The media type follows from this name, and the server wants JavaScript.
        part = await aread_file(template, "template.js")
        config = _config(source, metadata)
        request = endpoints.create_recording_multipart(config=config, template=part)
        answer = await self._send(request, method="create_template_recording")
        return answer.data

    async def create_recording(
        self, source: CompositionSource, metadata: dict[str, Any] | None = None
    ) -> Recording:
        """Do the same as `create_composition_recording`; this older name is deprecated."""
        warn_from(
            "create_recording is deprecated: use create_composition_recording", DeprecationWarning
        )
        return await self._record(source, metadata, "create_recording")

    async def get_recording(self, recording_id: str) -> Recording:
        """Read one recording; `files` is filled once its status is "available".

        Raises:
            NotFoundError: there is no such recording.
        """
        return await self._read(recording_id, "get_recording")

    async def get_all_recordings(
        self,
        metadata: dict[str, Any] | None = None,
        status: RecordingStatus | str | None = None,
    ) -> list[Recording]:
        """List recordings, all of them or those that match.

        Args:
            metadata: list only recordings whose metadata hold these values, nested ones too.
                Values are compared as text; a stored value that is not a string cannot be matched.
            status: list only recordings in this state.

        Raises:
            ValueError: `status` is not a known state; nothing was sent.
        """
        wanted = None if status is None else enum_member(RecordingStatus, status, "status")
        request = endpoints.list_recordings(metadata=metadata, status=wanted)
        answer = await self._send(request, method="get_all_recordings")
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

    async def wait_for_recording(
        self,
        recording_id: str,
        timeout: float | None = 300.0,
        *,
        backoff: Backoff = POLL_BACKOFF,
        clock: AsyncClock | None = None,
    ) -> Recording:
        """Wait until a recording is available, and return it with its files.

        Waiting does not stop a recording: do that first, with `stop_recording`.

        Args:
            recording_id: the id of the recording.
            timeout: seconds that it may take, also where the server hangs; None for no limit. With
                0 it looks once, which takes as long as any call may.
            backoff: the waits between two looks at the recording.
            clock: what the waits go by; for tests.

        Raises:
            NotFoundError: there is no such recording.
            RecordingFailedError: the recording has failed.
            RecordingTimeoutError: it is not available in time; the error has the last status.

        Example:
            >>> await client.stop_recording(recording.id)
            >>> recording = await client.wait_for_recording(recording.id)
            >>> paths = await client.download_recording(recording, "recordings")
        """
        clock = AsyncSystemClock() if clock is None else clock
        polling = Polling(timeout, backoff, clock.now())
        while True:
            recording = await self._look(recording_id, polling, clock)
            moment = polling.next_look(recording, clock.now())
            if moment is None:
                return recording
            await clock.sleep_until(moment)

    async def download_recording(
        self,
        recording: Recording | str,
        folder: str | PathLike[str],
        *,
        on_progress: Callable[[DownloadProgress], object] | None = None,
    ) -> list[Path]:
        """Download the files of a recording that is available.

        They are called after the recording, for example `ID.mp4`, or `ID-1.mp4` and `ID-2.mp4` if
        there are several. A file appears when it is whole, and takes the place of an older one. A
        connection that breaks goes on where it was, as often as the retry policy of the client
        allows without anything new having come. The management token goes nowhere but to the API.

        Args:
            recording: the recording, or its id.
            folder: where the files are put; made if it is not there.
            on_progress: called with a `DownloadProgress` whenever something has come. What it
                raises ends the download.

        Returns:
            The paths of the files, in the order of playback.

        Raises:
            NotFoundError: there is no such recording, or the file is gone.
            RecordingError: the recording is not available yet, or it has failed.
            HTTPError: the server that has the files says no.
            FishjamConnectionError: it could not be reached, or the connection broke.
            OSError: a file cannot be written.

        Example:
            >>> def show(progress: DownloadProgress) -> None:
            ...     print(f"{progress.path.name}: {progress.done} of {progress.total} bytes")
            >>> await client.download_recording(recording, "recordings", on_progress=show)
        """
        if isinstance(recording, str):
            recording = await self._read(recording, "download_recording")
        downloader = AsyncDownloader(self._transport)
        # All of them first, so that a bad address shows before anything is written.
        targets = targets_of(recording, Path(folder))
        for target in targets:
            await downloader.fetch(Download(target, on_progress))
        return [target.path for target in targets]

    async def _record(
        self, source: CompositionSource, metadata: dict[str, Any] | None, method: str
    ) -> Recording:
        body = _config(source, metadata)
        answer = await self._send(endpoints.create_recording(body=body), method=method)
        return answer.data

    async def _look(self, recording_id: str, polling: Polling, clock: AsyncClock) -> Recording:
        """Read a recording in what is left of the time to wait for it."""
        request = evolve(endpoints.get_recording(recording_id), method_name="wait_for_recording")
        try:
            answer = await self._transport.send(request, within=polling.left(clock.now()))
        except FishjamConnectionError as error:
            # A look that used up the time is told as a timeout, with its own failure as the cause.
            polling.check(error, recording_id, clock.now())
            raise
        return answer.data

    async def _read(self, recording_id: str, method: str) -> Recording:
        answer = await self._send(endpoints.get_recording(recording_id), method=method)
        return answer.data


def _config(source: RecordingSource, metadata: dict[str, Any] | None) -> models.RecordingConfig:
    kept = None if metadata is None else models.RecordingConfigMetadata(metadata)
    return models.RecordingConfig(source, metadata=kept)
