"""Files that are written bit by bit, and are there only when they are whole."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TypeVar

import anyio
import anyio.to_thread
from typing_extensions import Self

T = TypeVar("T")


class PartialFile:
    """A file that gets its name, in place of what had it, when it is finished.

    Until then it lies beside, under a name of its own; what is never finished is removed. Its
    folder is made if there is none.

    Args:
        path: the name that it is to get.
    """

    _file: BinaryIO

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._partial.open("xb")
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        self._partial.unlink(missing_ok=True)

    def cut(self, length: int) -> None:
        """Drop what comes after so many bytes."""
        self._file.seek(length)
        self._file.truncate()

    def write(self, data: bytes) -> None:
        """Write at the end."""
        self._file.write(data)

    def finish(self) -> None:
        """Give the file its name."""
        self._file.close()
        os.replace(self._partial, self._path)


class AsyncPartialFile:
    """The same without blocking the event loop; it is removed also when the task is cancelled.

    Args:
        path: the name that it is to get.
    """

    def __init__(self, path: Path) -> None:
        self._file = PartialFile(path)

    async def __aenter__(self) -> Self:
        # Whoever is cancelled while the file is made would leave it behind.
        with anyio.CancelScope(shield=True):
            await _in_thread(self._file.__enter__)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with anyio.CancelScope(shield=True):
            await _in_thread(lambda: self._file.__exit__(exc_type, exc_value, traceback))

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
