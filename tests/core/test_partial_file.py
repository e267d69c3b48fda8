"""Files that are there only when they are whole."""

from __future__ import annotations

from pathlib import Path

import anyio
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
