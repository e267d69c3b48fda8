"""Downloads of recordings that fail: what is raised, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import re
import sys
from functools import partial
from http import HTTPStatus
from pathlib import Path

import anyio
import httpx
import pytest

from fishjam import AsyncFishjamClient, RetryPolicy, errors
from fishjam._core.notes import explained
from fishjam.recording import DownloadProgress
from tests.client.downloads import CONTENT, NOW, TAG, broken, download, names, recording_at
from tests.support.clients import LEFT_BY_HTTPX, TOKEN, World
from tests.support.http_server import Action, Close, Hang, Reply, ScriptedServer, refusing_port

# A body that breaks off leaves generators of httpx behind.
pytestmark = [pytest.mark.anyio, LEFT_BY_HTTPX]


# What goes wrong


@pytest.mark.parametrize("retry", [None, NOW])
async def test_nothing_is_left_of_what_failed(
    world: World, tmp_path: Path, retry: RetryPolicy | None
) -> None:
    (tmp_path / "r1.mp4").write_bytes(b"older")
    script: list[Action] = [broken(500, TAG), Close(), Close(), Close()]
    with pytest.raises(errors.FishjamConnectionError) as caught:
        await download(world, tmp_path, *script, retry=retry)
    explanation = explained(caught.value)
    assert "download_recording: GET http://127.0.0.1:" in explanation
    assert "/f.mp4 got no answer" in explanation
    assert "s3cret" not in explanation
    assert names(tmp_path) == ["r1.mp4"]
    assert (tmp_path / "r1.mp4").read_bytes() == b"older"


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (403, errors.ForbiddenError, "The address may have expired"),
        (404, errors.NotFoundError, "The file may have been deleted"),
        (410, errors.ClientError, "answered 410 Gone$"),
        (204, errors.InvalidResponseError, "answered 204 No Content$"),
        (500, errors.ServerError, "answered 500 Internal Server Error$"),
    ],
)
async def test_a_server_that_says_no(
    world: World, tmp_path: Path, status: int, kind: type[errors.HTTPError], advice: str
) -> None:
    reply = Reply(status, "s3cret", (("retry-after", "7"),))
    with pytest.raises(kind) as caught:
        await download(world, tmp_path, reply)
    assert re.search(advice, explained(caught.value))
    assert caught.value.detail == str(caught.value) == f"{status} {HTTPStatus(status).phrase}"
    assert type(caught.value) is kind
    assert caught.value.status_code == status
    assert (caught.value.method, caught.value.operation) == ("GET", "download_recording")
    assert caught.value.url is not None
    assert caught.value.url.endswith("/f.mp4")
    assert caught.value.retry_after == 7
    assert "s3cret" not in f"{explained(caught.value)}{caught.value.url}"
    assert names(tmp_path) == []


async def test_a_server_that_is_not_there(world: World, tmp_path: Path) -> None:
    with refusing_port() as port:
        recording = recording_at(f"http://127.0.0.1:{port}/f.mp4")
        async with world.client("id", retry=None) as client:
            with pytest.raises(errors.FishjamConnectionError) as caught:
                await client.download_recording(recording, tmp_path / "new")
    assert "Nothing was sent" in explained(caught.value)
    assert names(tmp_path / "new") == []


async def test_a_server_that_says_nothing(world: World, tmp_path: Path) -> None:
    with ScriptedServer(Hang()) as server:
        async with world.client("id", retry=None, timeout=0.05) as client:
            with pytest.raises(errors.FishjamTimeoutError):
                await client.download_recording(recording_at(server.url), tmp_path)


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "ftp://x/y", "/relative.mp4", "http:///x", "http://x:y/z"]
)
async def test_an_address_that_cannot_be_one(world: World, tmp_path: Path, url: str) -> None:
    async with world.client("id") as client:
        with pytest.raises(
            errors.InvalidResponseError, match=r"does not have a valid http\(s\) address"
        ):
            await client.download_recording(recording_at(url), tmp_path)


@pytest.mark.parametrize("status", ["active", "finished"])
async def test_a_recording_without_files_yet(world: World, tmp_path: Path, status: str) -> None:
    async with world.client("id") as client:
        with pytest.raises(errors.RecordingError) as caught:
            await client.download_recording(recording_at(status=status), tmp_path)
    assert type(caught.value) is errors.RecordingError
    assert explained(caught.value) == (
        f"The recording has no files yet; its status is {status!r}.\n"
        "download_recording: r1\nWait until it is available, with wait_for_recording."
    )
    assert (caught.value.recording_id, caught.value.status) == ("r1", status)


async def test_a_recording_that_has_failed(world: World, tmp_path: Path) -> None:
    async with world.client("id") as client:
        with pytest.raises(errors.RecordingFailedError, match="has failed"):
            await client.download_recording(recording_at(status="failed"), tmp_path)


async def test_a_recording_without_files(world: World, tmp_path: Path) -> None:
    async with world.client("id") as client:
        assert await client.download_recording(recording_at(), tmp_path / "new") == []
    assert not (tmp_path / "new").exists()


async def test_a_recording_that_is_not_there(client: AsyncFishjamClient, tmp_path: Path) -> None:
    with pytest.raises(errors.NotFoundError, match="recording nobody not found"):
        await client.download_recording("nobody", tmp_path)


async def test_a_closed_client(world: World, tmp_path: Path) -> None:
    client = world.client("id")
    await client.aclose()
    with pytest.raises(errors.ClientClosedError):
        await client.download_recording(recording_at("http://127.0.0.1:1/x"), tmp_path)


async def test_a_folder_that_is_a_file(world: World, tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    async with world.client("id") as client:
        with pytest.raises(FileExistsError):
            await client.download_recording(recording_at("http://127.0.0.1:1/x"), tmp_path / "x")


@pytest.mark.filterwarnings("ignore:Async generator 'httpcore:ResourceWarning")
async def test_what_the_callback_raises_ends_the_download(world: World, tmp_path: Path) -> None:
    def stop(progress: DownloadProgress) -> None:
        raise KeyError(progress.number)

    with ScriptedServer(Reply(200, CONTENT), Reply(200, CONTENT)) as server:
        async with world.client("id") as client:
            recording = recording_at(server.url, server.url)
            with pytest.raises(KeyError, match="1"):
                await client.download_recording(recording, tmp_path, on_progress=stop)
    assert names(tmp_path) == []


@pytest.mark.filterwarnings("ignore:Async generator 'httpcore:ResourceWarning")
@pytest.mark.parametrize("error", [httpx.ConnectError("mine"), RuntimeError("mine")])
async def test_an_error_of_the_callback_is_not_one_of_the_download(
    world: World, tmp_path: Path, error: Exception
) -> None:
    def report(_: DownloadProgress) -> None:
        client._transport.pool.closed = True
        raise error

    with ScriptedServer(otherwise=Reply(200, CONTENT)) as server:
        async with world.client("id", retry=NOW) as client:
            recording = recording_at(server.url)
            with pytest.raises(type(error), match="mine") as caught:
                await client.download_recording(recording, tmp_path, on_progress=report)
            client._transport.pool.closed = False
    assert caught.value is error
    assert len(server.requests) == 1
    assert names(tmp_path) == []


@pytest.mark.filterwarnings("ignore:Async generator 'httpcore:ResourceWarning")
async def test_a_cancellation_of_the_callback_is_its_failure(world: World, tmp_path: Path) -> None:
    def wait_for_something_cancelled(_: DownloadProgress) -> None:
        raise asyncio.CancelledError

    # Python 3.10 cannot tell it from a cancellation of the task.
    counts = sys.version_info >= (3, 11)
    expected = errors.CallbackCancelledError if counts else BaseException
    with ScriptedServer(Reply(200, CONTENT)) as server:
        async with world.client("id") as client:
            with pytest.raises(expected):
                await client.download_recording(
                    recording_at(server.url), tmp_path, on_progress=wait_for_something_cancelled
                )
    assert names(tmp_path) == []


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_a_cancelled_download_leaves_nothing(anyio_backend: str, tmp_path: Path) -> None:
    came = anyio.Event()
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(CONTENT)}\r\n\r\n".encode()
    with ScriptedServer(Hang(head + CONTENT[:500])) as server:
        async with AsyncFishjamClient("id", TOKEN) as client, anyio.create_task_group() as group:
            recording = recording_at(server.url)
            download = partial(client.download_recording, on_progress=lambda _: came.set())
            group.start_soon(download, recording, tmp_path)
            await came.wait()
            assert len(names(tmp_path)) == 1
            group.cancel_scope.cancel()
    assert names(tmp_path) == []


@pytest.mark.parametrize("closed", [True, False])
async def test_a_client_that_is_closed_while_it_downloads(
    world: World, tmp_path: Path, closed: bool
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        client._transport.pool.closed = closed
        raise RuntimeError("as httpx says it of a client that was closed")

    async with world.http(transport=httpx.MockTransport(handle)) as http:
        client = world.client("id", http_client=http)
        kind = errors.ClientClosedError if closed else RuntimeError
        with pytest.raises(kind) as caught:
            await client.download_recording(recording_at("https://files.example/x"), tmp_path)
    assert type(caught.value) is kind
    assert names(tmp_path) == []
