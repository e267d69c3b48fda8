"""Downloading the files of a recording: their names, and how answers are judged. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import define, frozen

from fishjam._concurrency.callbacks import failures_of
from fishjam._core.notes import with_notes
from fishjam._core.request import Request, segment
from fishjam._http.credentials import USER_AGENT
from fishjam._http.library import is_http_url
from fishjam._http.responses import ApiResponse, Failure, status_line
from fishjam._http.retry import RetryPolicy
from fishjam.client._polling import failed
from fishjam.errors import (
    FishjamConnectionError,
    InvalidResponseError,
    RecordingError,
    error_for_status,
)
from fishjam.recording import DownloadProgress, Recording, RecordingStatus

OPERATION = "download_recording"

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
# Eighteen digits are more than any file has, and fewer than what `int` refuses to read.
_LENGTH = re.compile(r"[0-9]{1,18}")
_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")
_DECIDED = {200, 206, 416}
"""Statuses with which a server has decided on a range; what was there before may be of no use."""

_HINTS = {
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
    # Files count for more than the status, which may be one that only a newer server knows.
    if recording.status != RecordingStatus.AVAILABLE and not recording.files:
        raise _not_yet(recording)
    # As a segment, so that an id with slashes or dots cannot lead out of the folder.
    name, count = segment(recording.id, "recording_id"), len(recording.files)
    targets = []
    for number, file in enumerate(recording.files, 1):
        # With leading zeros the names sort in the order of playback.
        ending = "" if count == 1 else f"-{number:0{len(str(count))}}"
        path = folder / f"{name}{ending}{_suffix(recording, file.url)}"
        targets.append(Target(file.url, path, number, count))
    return targets


def _not_yet(recording: Recording) -> RecordingError:
    status = str(recording.status)
    error = RecordingError(
        f"The recording has no files yet; its status is {status!r}.",
        recording_id=recording.id,
        status=status,
    )
    hint = "Wait until it is available, with wait_for_recording."
    return with_notes(error, f"{OPERATION}: {recording.id}", hint)


def _suffix(recording: Recording, url: str) -> str:
    """Return the suffix of the file at an address, which must be one that can be fetched."""
    if not is_http_url(url):
        error = InvalidResponseError(
            "A file of the recording does not have a valid http(s) address.", operation=OPERATION
        )
        raise with_notes(error, f"{OPERATION}: {recording.id}")
    suffix = PurePosixPath(unquote(urlsplit(url).path)).suffix
    # Nothing else of an address gets into the name of a file: it is the server's choice.
    return suffix if _SUFFIX.fullmatch(suffix) else ""


@frozen
class _Version:
    """What an answer says about the version of the file that it holds."""

    tag: str | None
    modified: str | None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> _Version:
        return cls(headers.get("etag"), headers.get("last-modified"))

    @property
    def validator(self) -> str | None:
        """What the rest of just this version can be asked for with, if anything."""
        # RFC 9110: `If-Range` takes a strong tag or a date, and never a weak tag.
        return self.tag if self.tag is not None and self.tag.startswith('"') else self.modified

    def differs_from(self, other: _Version) -> bool:
        """Tell whether both cannot be the same; a part need not repeat all that the whole said."""
        if self.tag is not None and other.tag is not None:
            # RFC 9110 calls this weak comparison: the mark says nothing about which version it is.
            return self.tag.removeprefix("W/") != other.tag.removeprefix("W/")
        return None not in {self.modified, other.modified} and self.modified != other.modified


@define
class Download:
    """How far one file is, and how to go on after a connection that broke.

    Attributes:
        target: the file.
        on_progress: called whenever something has come.
        done: how many bytes have come.
        total: how many there are, if that is known.
        raised: what `on_progress` has raised.
    """

    target: Target
    on_progress: Callable[[DownloadProgress], object] | None
    done: int = 0
    total: int | None = None
    raised: BaseException | None = None
    _version: _Version | None = None
    _end: int | None = None
    """Where the body that is being read has to end, if the answer says so."""

    @property
    def request(self) -> Request[Any]:
        """The request as the retry policy and the errors know it."""
        return Request(OPERATION, "GET", urlsplit(self.target.url).path, read=bytes)

    @property
    def shown_url(self) -> str:
        """The address for errors, without what may be as good as a password: query and user."""
        parts = urlsplit(self.target.url)
        netloc = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=netloc, query="", fragment="").geturl()

    def headers(self) -> dict[str, str]:
        """Return the headers to ask with: for the rest, where that is safe, else for everything.

        The management token is not among them, because the files may lie anywhere.
        """
        # Ranges count the bytes that are sent, so the rest of a compressed body would not fit.
        headers = {"user-agent": USER_AGENT, "accept": "*/*", "accept-encoding": "identity"}
        if self.done and self._version is not None and self._version.validator is not None:
            headers |= {"range": f"bytes={self.done}-", "if-range": self._version.validator}
        return headers

    def begin(self, status_code: int, headers: Mapping[str, str]) -> bool:
        """Take the beginning of an answer; returns whether its body may be used.

        Afterwards `done` says at which place of the file the body begins.
        """
        if status_code == 206 and self._continue(headers):
            return True
        if status_code in _DECIDED:
            self._restart()
        if status_code != 200:
            return False
        # A server may compress all the same; its length is then not that of the file.
        if "content-encoding" not in headers:
            self.total = self._end = _length_of(headers)
            self._version = _Version.of(headers)
        return True

    def _continue(self, headers: Mapping[str, str]) -> bool:
        """Take a part of the file, if it is the next one, and of the same version."""
        # A server may send another range than was asked for, whose bytes belong elsewhere.
        match = _RANGE.fullmatch(headers.get("content-range", ""))
        if match is None or int(match[1]) != self.done or "content-encoding" in headers:
            return False
        total = self.total if match[3] == "*" else int(match[3])
        end = int(match[2]) + 1
        if total is None or self.total not in {None, total} or not self.done < end <= total:
            return False
        version = _Version.of(headers)
        if self._version is not None and self._version.differs_from(version):
            return False
        self.total, self._end = total, end
        self._version = self._version or version
        return True

    def _restart(self) -> None:
        self.done, self.total, self._version, self._end = 0, None, None, None

    def add(self, size: int) -> bool:
        """Note that so many bytes have come; returns whether the rest of the body may be read."""
        self.done += size
        if self._end is not None and self.done > self._end:
            return False
        if self.on_progress is not None:
            self._tell(self.on_progress)
        return True

    def _tell(self, on_progress: Callable[[DownloadProgress], object]) -> None:
        target = self.target
        progress = DownloadProgress(target.path, target.number, target.files, self.done, self.total)
        try:
            with failures_of(on_progress):
                on_progress(progress)
        except BaseException as error:
            # The user's own call of an HTTP library may fail with the very errors that tell a
            # connection that broke; this one is not tried again.
            self.raised = error
            raise

    def end(self) -> Failure | None:
        """Take the end of a body; returns None if the file is whole, else what is wrong."""
        if self._end is not None and self.done > self._end:
            # More than was announced: which of the bytes belong to the file cannot be told.
            self._restart()
        # Without an announced length there is nothing that the end could be held against.
        elif self.total is None or self.done == self.total:
            return None
        text = "The server sent another part of the file than it announced."
        error = FishjamConnectionError(text, operation=OPERATION, method="GET", url=self.shown_url)
        had = f"{self.done} of {self.total or 'an unknown number of'} bytes have come"
        noted = with_notes(error, f"{OPERATION}: GET {self.shown_url}: {had}")
        return Failure(noted, may_have_arrived=True)

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
        status, hint = outcome.status_code, _HINTS.get(outcome.status_code)
        error = type(error_for_status(status, ""))(
            status_line(status),
            status_code=status,
            detail=status_line(status),
            method="GET",
            url=self.shown_url,
            headers=outcome.headers,
            operation=OPERATION,
            retry_after=outcome.retry_after,
            hint=hint,
        )
        done = f"{OPERATION}: GET {self.shown_url} answered {status_line(status)}"
        return with_notes(error, done, hint)


def _length_of(headers: Mapping[str, str]) -> int | None:
    length = headers.get("content-length", "")
    return int(length) if _LENGTH.fullmatch(length) else None
