"""Downloading the files of a recording: their names, and what to make of answers. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import httpx
from attrs import define, frozen

from fishjam._core.request import Request, segment
from fishjam._http.credentials import USER_AGENT
from fishjam._http.responses import ApiResponse, Failure
from fishjam._http.retry import RetryPolicy
from fishjam.client._polling import failed
from fishjam.errors import InvalidResponseError, RecordingError, error_for_status
from fishjam.recording import DownloadProgress, Recording, RecordingStatus

OPERATION = "download_recording"

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_DECIDED = {200, 206, 416}
"""Statuses with which a server has decided on a range; what was there before may be of no use."""

_ADVICE = {
    403: "The address may have expired: read the recording again, and use its new addresses.",
    404: "The file may have been deleted.",
    416: "The file has changed while it was downloaded.",
}


@frozen
class Target:
    """One file to be downloaded: from where, to where, and which of them it is."""

    url: str
    path: Path
    number: int
    files: int


def targets_of(recording: Recording, folder: Path) -> list[Target]:
    """Return the files of a recording in the order of playback, each with a name in the folder.

    Raises `RecordingError` when there are none yet, `InvalidResponseError` for a bad address.
    """
    if recording.status == RecordingStatus.FAILED:
        raise failed(recording)
    if recording.status != RecordingStatus.AVAILABLE and not recording.files:
        raise RecordingError(
            f"{OPERATION} failed: recording {recording.id} has no files yet, its status is "
            f"{str(recording.status)!r}\nWait until it is available, with wait_for_recording.",
            recording_id=recording.id,
            status=str(recording.status),
        )
    name, count = segment(recording.id, "recording_id"), len(recording.files)
    targets = []
    for number, file in enumerate(recording.files, 1):
        ending = "" if count == 1 else f"-{number:0{len(str(count))}}"
        path = folder / f"{name}{ending}{_suffix(recording, file.url)}"
        targets.append(Target(file.url, path, number, count))
    return targets


def _suffix(recording: Recording, url: str) -> str:
    """Return the suffix of the file at an address, which must be one that can be fetched."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise InvalidResponseError(
            f"{OPERATION} failed: a file of recording {recording.id} has no http(s) address",
            operation=OPERATION,
        )
    suffix = PurePosixPath(parsed.path).suffix
    return suffix if _SUFFIX.fullmatch(suffix) else ""


@define
class Download:
    """How far one file is, and how to go on after a connection that broke.

    Attributes:
        target: the file.
        on_progress: told how far it is whenever something has come.
        done: how many bytes have come.
        total: how many there are, if that is known.
    """

    target: Target
    on_progress: Callable[[DownloadProgress], object] | None
    done: int = 0
    total: int | None = None
    _version: str | None = None

    @property
    def request(self) -> Request[Any]:
        """The request as the retry policy and the errors know it."""
        return Request(OPERATION, "GET", urlsplit(self.target.url).path, read=bytes)

    @property
    def shown_url(self) -> str:
        """The address for errors: what comes after the path may be as good as a password."""
        return urlsplit(self.target.url)._replace(query="", fragment="").geturl()

    def headers(self) -> dict[str, str]:
        """Return the headers to ask with: for the rest, where that is safe, else for everything.

        The management token is not among them, because the files may lie anywhere.
        """
        headers = {"user-agent": USER_AGENT, "accept": "*/*", "accept-encoding": "identity"}
        if self.done and self._version is not None:
            headers |= {"range": f"bytes={self.done}-", "if-range": self._version}
        return headers

    def begin(self, status_code: int, headers: Mapping[str, str]) -> bool:
        """Take the beginning of an answer; tells whether its body may be used.

        Afterwards `done` says at which place of the file the body begins.
        """
        if status_code == 206:
            found = _RANGE.fullmatch(headers.get("content-range", ""))
            if found is not None and int(found[1]) == self.done:
                self.total = int(found[2])
                return True
        if status_code not in _DECIDED:
            return False
        self.done, self.total, self._version = 0, None, None
        if status_code != 200:
            return False
        if "content-encoding" not in headers:
            length = headers.get("content-length", "")
            self.total = int(length) if length.isdecimal() else None
            self._version = _version_of(headers)
        return True

    def add(self, size: int) -> None:
        """Note that so many bytes have come."""
        self.done += size
        if self.on_progress is not None:
            target = self.target
            self.on_progress(
                DownloadProgress(target.path, target.number, target.files, self.done, self.total)
            )

    def delay(
        self, policy: RetryPolicy, outcome: ApiResponse | Failure, attempt: int
    ) -> float | None:
        """Return how many seconds to wait before the next try, or None to stop."""
        if isinstance(outcome, ApiResponse) and outcome.status_code in _DECIDED:
            # It cannot go on where it was, so it begins anew.
            return 0.0 if attempt < policy.max_attempts else None
        return policy.delay(self.request, outcome, attempt)

    def error(self, outcome: ApiResponse | Failure) -> Exception:
        """Return the error for an outcome that is not tried again."""
        if isinstance(outcome, Failure):
            return outcome.error
        status = outcome.status_code
        lines = [f"{OPERATION} failed: GET {self.shown_url} answered {status}"]
        if status in _ADVICE:
            lines.append(_ADVICE[status])
        return type(error_for_status(status, ""))(
            "\n".join(lines),
            status_code=status,
            detail="",
            method="GET",
            url=self.shown_url,
            headers=outcome.headers,
            operation=OPERATION,
            retry_after=outcome.retry_after,
        )


def _version_of(headers: Mapping[str, str]) -> str | None:
    """Return what names this version of a file, if it can be asked for again in parts."""
    tag = headers.get("etag", "")
    return tag if tag.startswith('"') else headers.get("last-modified")
