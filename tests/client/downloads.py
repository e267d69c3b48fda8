"""Files of recordings, and the answers of servers from which they are downloaded."""

from __future__ import annotations

from pathlib import Path

from fishjam import RetryPolicy
from fishjam.recording import Recording, RecordingFile, RecordingStatus
from tests.support.calls import OUTPUT
from tests.support.clients import World
from tests.support.http_server import Action, Raw, Received, Reply, ScriptedServer

CONTENT = bytes(range(256)) * 40
TAG = ("etag", '"v1"')
NOW = RetryPolicy(initial_delay=0)


def recording_at(*urls: str, id_: str = "r1", status: str = "available") -> Recording:
    files = [RecordingFile(url) for url in urls]
    return Recording(files, id_, OUTPUT, RecordingStatus(status))


def part(start: int, total: int = len(CONTENT)) -> Reply:
    """The rest of the file, from a place on."""
    place = ("content-range", f"bytes {start}-{total - 1}/{total}")
    return Reply(206, CONTENT[start:], (TAG, place))


def broken(length: int, *headers: tuple[str, str], status: int = 200, start: int = 0) -> Raw:
    """An answer whose connection breaks after so many bytes of its body."""
    lines = [f"HTTP/1.1 {status} Scripted", f"content-length: {len(CONTENT) - start}"]
    lines += [f"{name}: {value}" for name, value in headers]
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return Raw(head + CONTENT[start : start + length])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def download(
    world: World, folder: Path, *script: Action, retry: RetryPolicy | None = NOW
) -> tuple[list[Received], list[tuple[int, int | None]]]:
    """Download one file and return what was asked for, and how far it was each time."""
    seen: list[tuple[int, int | None]] = []
    with ScriptedServer(*script) as server:
        async with world.client("id", retry=retry) as client:
            recording = recording_at(f"{server.url}/f.mp4?signature=s3cret")
            paths = await client.download_recording(
                recording, folder, on_progress=lambda one: seen.append((one.done, one.total))
            )
    assert paths[0].read_bytes() == CONTENT
    assert names(folder) == ["r1.mp4"]
    return server.requests, seen
