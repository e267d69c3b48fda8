"""Files that are written bit by bit, and appear only when they are whole."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TypeVar

import anyio
import anyio.to_thread
from typing_extensions import Self

T = TypeVar("T")


class PartialFile:
    """A file that gets its name, in place of what had it, when it is finished.

    Until then it is written beside that, under a name of its own; what is never finished is
    removed. Its folder is made if there is none.

    Args:
        path: the name that it is to get.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Beside it, because a rename is atomic only within a file system; with a name of its own,
        # because two downloads may write the same file at once.
        self._partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
        self._file: BinaryIO | None = None
        self._discarded = False
        # A task that asyncio cancels leaves the thread that works for it behind, which may be in
        # the middle of one of these methods when another one removes the file.
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        try:
            self.open()
        except BaseException:
            self.discard()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.discard()

    def open(self) -> None:
        """Make the file, unless it was discarded before it came to that."""
        with self._lock:
            if not self._discarded:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                # With "x" it is never a file or a link that stands there already.
                self._file = self._partial.open("xb")

    def discard(self) -> None:
        """Remove what was not finished; afterwards nothing is written any more."""
        with self._lock:
            self._discarded = True
            if self._file is None:
                return
            # On a full disk the last bytes cannot be written when it is closed, either.
            with suppress(OSError):
                self._file.close()
            self._file = None
            self._partial.unlink(missing_ok=True)

    def cut(self, length: int) -> None:
        """Drop what comes after so many bytes."""
        with self._lock:
            if self._file is not None:
                self._file.seek(length)
                self._file.truncate()

    def write(self, data: bytes) -> None:
        """Write at the end."""
        with self._lock:
            if self._file is not None:
                self._file.write(data)

    def finish(self) -> None:
        """Give the file its name."""
        with self._lock:
            if self._file is not None:
                # Closed first, because Windows renames no file that is open. The attribute stays:
                # if the rename fails, `discard` has to know that there is something to remove.
                self._file.close()
                # On Windows `rename` refuses a name that is taken.
                os.replace(self._partial, self._path)


class AsyncPartialFile:
    """The same without blocking the event loop; it is removed also when the task is cancelled.

    Args:
        path: the name that it is to get.
    """

    def __init__(self, path: Path) -> None:
        self._file = PartialFile(path)

    async def __aenter__(self) -> Self:
        try:
            await _in_thread(self._file.open)
        except BaseException:
            # Without a thread: a task that is cancelled cannot wait for one.
            self._file.discard()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            with anyio.CancelScope(shield=True):
                await _in_thread(self._file.discard)
        except BaseException:
            # A second `Task.cancel()` passes every shield. There is no time for a thread then.
            self._file.discard()
            raise

    async def cut(self, length: int) -> None:
        """Drop what comes after so many bytes."""
        await _in_thread(lambda: self._file.cut(length))

    async def write(self, data: bytes) -> None:
        """Write at the end."""
        await _in_thread(lambda: self._file.write(data))

    async def finish(self) -> None:
        """Give the file its name."""
        await _in_thread(self._file.finish)


async def _in_thread(function: Callable[[], T]) -> T:
    return await anyio.to_thread.run_sync(function)
