"""Files that are there only when they are whole."""

from __future__ import annotations

import asyncio
import errno
import io
import time
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest

from fishjam.client._partial_file import AsyncPartialFile, PartialFile

pytestmark = pytest.mark.anyio


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_file_that_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.mp4"
    with PartialFile(path) as file:
        file.write(b"one two")
        (beside,) = names(path.parent)
        assert beside.startswith(".file.mp4.")
        file.cut(3)
        file.write(b"!")
        file.finish()
    assert names(path.parent) == ["file.mp4"]
    assert path.read_bytes() == b"one!"


@pytest.mark.parametrize("older", [None, b"older"])
def test_a_file_that_is_never_finished(tmp_path: Path, older: bytes | None) -> None:
    path = tmp_path / "file"
    if older is not None:
        path.write_bytes(older)
    with PartialFile(path) as file:
        file.write(b"new")
    assert names(tmp_path) == ([] if older is None else ["file"])
    assert older is None or path.read_bytes() == older


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with PartialFile(path) as one, PartialFile(path) as two:
        one.write(b"one")
        two.write(b"two")
        two.finish()
        one.finish()
    assert path.read_bytes() == b"one"
    assert names(tmp_path) == ["file"]


async def test_the_async_one_does_the_same(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    async with AsyncPartialFile(path) as file:
        await file.write(b"one two")
        await file.cut(3)
        await file.finish()
    assert path.read_bytes() == b"one"
    async with AsyncPartialFile(path) as file:
        await file.write(b"other")
    assert path.read_bytes() == b"one"
    assert names(path.parent) == ["file"]


async def test_a_cancelled_task_leaves_nothing(tmp_path: Path) -> None:
    with anyio.CancelScope() as scope:
        async with AsyncPartialFile(tmp_path / "file") as file:
            await file.write(b"some")
            scope.cancel()
            await anyio.sleep(1)
    assert scope.cancelled_caught
    assert names(tmp_path) == []


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    path = tmp_path / "x" / "file"
    with pytest.raises(FileExistsError):
        PartialFile(path).__enter__()
    with pytest.raises(FileExistsError):
        await AsyncPartialFile(path).__aenter__()
    assert names(tmp_path) == ["x"]


def test_nothing_is_written_after_it_was_discarded(tmp_path: Path) -> None:
    with PartialFile(tmp_path / "file") as file:
        file.discard()
        file.write(b"late")
        file.cut(0)
        file.finish()
        file.open()
    assert names(tmp_path) == []


class _FullDisk(io.RawIOBase):
    """A file on which nothing can be written, not even what is left when it is closed."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["write", "finish"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, step: str) -> None:
    def fill(file: PartialFile) -> None:
        with file:
            assert len(names(tmp_path)) == 1
            assert file._file is not None
            file._file.close()
            file._file = io.BufferedWriter(_FullDisk(), 8)
            file.write(b"x" * (20 if step == "write" else 4))
            file.finish()

    with pytest.raises(OSError, match="No space left"):
        fill(PartialFile(tmp_path / "file"))
    assert names(tmp_path) == []


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("turns", range(8))
async def test_a_task_that_asyncio_cancels_leaves_nothing(
    anyio_backend: str, tmp_path: Path, turns: int
) -> None:
    async def write() -> None:
        async with AsyncPartialFile(tmp_path / "file") as file:
            for _ in range(3):
                await file.write(b"x" * 100)
            await asyncio.sleep(5)

    task = asyncio.create_task(write())
    for _ in range(turns):
        await asyncio.sleep(0)
    # Twice, as programs do that lose patience: the second one comes while the first one is obeyed.
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # Its threads may be at work still.
    await anyio.to_thread.run_sync(wait_until_empty, tmp_path)


def wait_until_empty(folder: Path) -> None:
    end = time.monotonic() + 30
    while names(folder):
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_task_that_is_cancelled_while_it_cleans_up_leaves_nothing(tmp_path: Path) -> None:
    """Only asyncio can cancel a task inside of a shield."""
    file = AsyncPartialFile(tmp_path / "file")
    await file.__aenter__()
    leaving = asyncio.ensure_future(file.__aexit__(None, None, None))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert names(tmp_path) == []
