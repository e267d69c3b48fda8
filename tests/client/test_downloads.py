"""Downloading the files of recordings: from a local Fishjam, and from servers that fail."""

from __future__ import annotations

import asyncio
import gzip
import re
import sys
import zlib
from functools import partial
from http import HTTPStatus
from pathlib import Path

import anyio
import httpx
import pytest

from fishjam import AsyncFishjamClient, RetryPolicy, errors
from fishjam._core.notes import explained
from fishjam.emulator import Emulator
from fishjam.emulator._model.media import recording_file
from fishjam.recording import (
    DownloadProgress,
    Recording,
    RecordingFile,
    RecordingStatus,
)
from tests.support.calls import OUTPUT
from tests.support.clients import LEFT_BY_HTTPX, TOKEN, World
from tests.support.http_server import (
    Action,
    Close,
    Hang,
    Raw,
    Received,
    Reply,
    ScriptedServer,
    refusing_port,
)

# A body that breaks off leaves generators of httpx behind.
pytestmark = [pytest.mark.anyio, LEFT_BY_HTTPX]

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


async def test_a_recording_of_a_local_fishjam(
    client: AsyncFishjamClient, emulator: Emulator, tmp_path: Path
) -> None:
    recording = await client.create_composition_recording(OUTPUT)
    await client.stop_recording(recording.id)
    recording = await client.wait_for_recording(recording.id, 1)
    folder = tmp_path / "a" / "b"
    for one in (recording, recording.id):
        (path,) = await client.download_recording(one, folder)
        assert path == folder / f"{recording.id}.mp4"
        assert path.read_bytes() == recording_file()
        assert names(folder) == [path.name]
        path.write_bytes(b"older")
    sent = [one for one in emulator.requests if one.operation == "download_media"]
    assert len(sent) == 2
    for request in sent:
        assert set(request.headers) == {
            *("host", "accept", "accept-encoding", "connection", "user-agent")
        }
        assert request.headers["accept-encoding"] == "identity"
        assert request.headers["user-agent"].startswith("fishjam-server-sdk/")


async def test_several_files_in_their_order(world: World, tmp_path: Path) -> None:
    seen: list[DownloadProgress] = []
    bodies = [b"one", b"", b"three"]
    with ScriptedServer(*(Reply(200, body) for body in bodies)) as server:
        recording = recording_at(*(f"{server.url}/x/{n}.webm?secret" for n in range(3)), id_="a/b")
        async with world.client("id") as client:
            paths = await client.download_recording(
                recording, str(tmp_path), on_progress=seen.append
            )
    assert [path.name for path in paths] == ["a%2Fb-1.webm", "a%2Fb-2.webm", "a%2Fb-3.webm"]
    assert [path.read_bytes() for path in paths] == bodies
    assert server.targets == [f"/x/{n}.webm?secret" for n in range(3)]
    assert seen == [DownloadProgress(paths[0], 1, 3, 3, 3), DownloadProgress(paths[2], 3, 3, 5, 5)]
    assert not any(TOKEN in str(request) for request in server.requests)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a/b.mp4", "r1.mp4"),
        ("/a/b", "r1"),
        ("", "r1"),
        ("/a.b/c", "r1"),
        ("/a.tar.gz?x=y.zip", "r1.gz"),
        ("/a.%2e%2e%2fpasswd", "r1"),
        ("/a.muchtoolongforasuffix", "r1"),
        ("/a.mp4;x", "r1"),
    ],
)
async def test_the_name_of_a_file(world: World, tmp_path: Path, path: str, name: str) -> None:
    with ScriptedServer(Reply(200, CONTENT)) as server:
        async with world.client("id") as client:
            recording = recording_at(f"{server.url}{path}")
            assert await client.download_recording(recording, tmp_path) == [tmp_path / name]
    assert names(tmp_path) == [name]


async def test_many_files_sort_as_they_play(world: World, tmp_path: Path) -> None:
    with ScriptedServer(otherwise=Reply(200, b"x")) as server:
        async with world.client("id") as client:
            paths = await client.download_recording(recording_at(*[server.url] * 10), tmp_path)
    assert names(tmp_path) == [path.name for path in paths]
    assert names(tmp_path)[0] == "r1-01"


async def test_a_redirect_is_followed(world: World, tmp_path: Path) -> None:
    with ScriptedServer(Reply(200, CONTENT)) as other, ScriptedServer() as server:
        server.script.append(Reply(302, headers=(("location", f"{other.url}/z"),)))
        async with world.client("id") as client:
            (path,) = await client.download_recording(recording_at(server.url), tmp_path)
    assert path.read_bytes() == CONTENT
    assert not any(TOKEN in str(one) for one in server.requests + other.requests)


# Connections that break


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


async def test_a_broken_connection_goes_on_where_it_was(world: World, tmp_path: Path) -> None:
    requests, seen = await download(
        world, tmp_path, Close(), broken(1000, TAG), Reply(503), part(1000)
    )
    ranges = [(one.header("range"), one.header("if-range")) for one in requests]
    assert ranges == [(None, None), (None, None), *[("bytes=1000-", '"v1"')] * 2]
    assert seen[0] == (1000, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


async def test_it_goes_on_as_long_as_something_comes(world: World, tmp_path: Path) -> None:
    place = ("content-range", f"bytes {{}}-{len(CONTENT) - 1}/{len(CONTENT)}")
    pieces: list[Action] = [broken(100, TAG)]
    for start in range(100, 1000, 100):
        header = (place[0], place[1].format(start))
        pieces += [Close(), broken(100, TAG, header, status=206, start=start)]
    requests, _ = await download(world, tmp_path, *pieces, part(1000))
    assert requests[-1].header("range") == "bytes=1000-"


async def test_a_date_will_do_where_there_is_no_tag(world: World, tmp_path: Path) -> None:
    date = ("last-modified", "Sun, 22 Nov 2026 12:00:00 GMT")
    weak = ("etag", 'W/"v1"')
    requests, _ = await download(world, tmp_path, broken(500, date, weak), part(500))
    assert requests[-1].header("if-range") == date[1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # Nothing says which version it was.
        (broken(500), Reply(200, CONTENT)),
        # The file has changed.
        (broken(500, ("etag", '"old"')), Reply(200, CONTENT, (TAG,))),
    ],
)
async def test_it_begins_anew_where_it_must(
    world: World, tmp_path: Path, first: Raw, second: Reply
) -> None:
    await download(world, tmp_path, first, second)


@pytest.mark.parametrize(
    "answer",
    [
        part(400),
        Reply(206, CONTENT[500:]),
        Reply(206, CONTENT[500:], (("content-range", "bytes 500-/*"),)),
        Reply(416),
    ],
)
async def test_a_part_that_does_not_fit(world: World, tmp_path: Path, answer: Reply) -> None:
    requests, _ = await download(
        world, tmp_path, broken(500, TAG), answer, Reply(200, CONTENT, (TAG,))
    )
    assert [one.header("range") for one in requests] == [None, "bytes=500-", None]


@pytest.mark.parametrize("status", [206, 416])
async def test_a_part_that_nobody_asked_for(world: World, tmp_path: Path, status: int) -> None:
    with pytest.raises(errors.HTTPError, match=f"^{status} "):
        await download(world, tmp_path, *(Reply(status) for _ in range(3)))
    assert names(tmp_path) == []


async def test_an_encoded_body_is_decoded(world: World, tmp_path: Path) -> None:
    body = gzip.compress(CONTENT)
    _, seen = await download(world, tmp_path, Reply(200, body, (TAG, ("content-encoding", "gzip"))))
    assert seen[-1] == (len(CONTENT), None)


ENCODED = gzip.compress(CONTENT)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", ENCODED[:-9]),
        ("gzip", b""),
        ("gzip", CONTENT),
        ("deflate", zlib.compress(CONTENT)[:-1]),
        ("br", ENCODED),
    ],
)
async def test_an_encoded_body_that_breaks_off_or_cannot_be_decoded(
    world: World, tmp_path: Path, coding: str, body: bytes
) -> None:
    answer = Reply(200, body, (TAG, ("content-encoding", coding)))
    with pytest.raises(errors.FishjamConnectionError, match="could not be decoded"):
        await download(world, tmp_path, answer, answer, answer)
    assert names(tmp_path) == []


async def test_an_encoded_body_that_breaks_off_once(world: World, tmp_path: Path) -> None:
    encoded = ("content-encoding", "gzip")
    script = [Reply(200, ENCODED[:-9], (TAG, encoded)), Reply(200, ENCODED, (TAG, encoded))]
    await download(world, tmp_path, *script)


async def test_what_the_users_client_has_read_is_decoded_already(
    world: World, tmp_path: Path
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=ENCODED, headers={"content-encoding": "gzip"})

    async with world.http(transport=httpx.MockTransport(handle)) as http:
        client = world.client("https://fishjam.example", http_client=http)
        (path,) = await client.download_recording(recording_at("https://f.example/f"), tmp_path)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "answer",
    [
        Reply(404, b"", (("x-echo", TOKEN),)),
        Raw(f"HTTP/1.1 200 OK\r\n{TOKEN}\r\n\r\n".encode()),
    ],
)
async def test_a_token_that_comes_back_is_not_shown(
    world: World, tmp_path: Path, answer: Action
) -> None:
    with pytest.raises(errors.FishjamError) as caught:
        await download(world, tmp_path, answer, answer, answer)
    error = caught.value
    assert TOKEN not in explained(error) + repr(vars(error)) + repr(error.__cause__)


async def test_a_server_that_does_not_say_how_much_comes(world: World, tmp_path: Path) -> None:
    _, seen = await download(world, tmp_path, Raw(b"HTTP/1.1 200 OK\r\n\r\n" + CONTENT))
    assert seen[-1] == (len(CONTENT), None)


def piece(
    start: int, stop: int, *headers: tuple[str, str], total: int | str = len(CONTENT)
) -> Reply:
    """A part of the file that may stop before its end."""
    place = ("content-range", f"bytes {start}-{stop - 1}/{total}")
    return Reply(206, CONTENT[start:stop], (place, *(headers or (TAG,))))


async def test_a_part_that_stops_early_is_gone_on_from(world: World, tmp_path: Path) -> None:
    script: list[Action] = [broken(1000, TAG), piece(1000, 4000), piece(4000, 4001), part(4001)]
    requests, seen = await download(world, tmp_path, *script)
    ranges = [one.header("range") for one in requests]
    assert ranges == [None, "bytes=1000-", "bytes=4000-", "bytes=4001-"]
    assert {total for _, total in seen} == {len(CONTENT)}


async def test_a_first_answer_that_is_a_part_is_gone_on_from(world: World, tmp_path: Path) -> None:
    requests, _ = await download(world, tmp_path, piece(0, 300), part(300))
    assert [one.header("range") for one in requests] == [None, "bytes=300-"]


async def test_an_unknown_total_is_known_from_before(world: World, tmp_path: Path) -> None:
    script: list[Action] = [broken(1000, TAG), piece(1000, 3000, TAG, total="*"), part(3000)]
    await download(world, tmp_path, *script)


async def test_a_part_need_not_say_its_version(world: World, tmp_path: Path) -> None:
    requests, _ = await download(
        world, tmp_path, broken(500, TAG), piece(500, len(CONTENT), ("x-own", "1"))
    )
    assert requests[-1].header("if-range") == '"v1"'


DATE = "Sun, 22 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (TAG, ("etag", '"v2"')),
        (TAG, ("etag", 'W/"v2"')),
        (("last-modified", DATE), ("last-modified", "Sun, 22 Nov 2026 12:00:01 GMT")),
    ],
)
async def test_a_part_of_another_version_begins_the_file_anew(
    world: World, tmp_path: Path, first: tuple[str, str], second: tuple[str, str]
) -> None:
    changed = bytes(len(CONTENT) - 500)
    place = ("content-range", f"bytes 500-{len(CONTENT) - 1}/{len(CONTENT)}")
    script: list[Action] = [
        broken(500, first),
        Reply(206, changed, (place, second)),
        Reply(200, CONTENT, (TAG,)),
    ]
    requests, _ = await download(world, tmp_path, *script)
    assert requests[-1].header("range") is None


@pytest.mark.parametrize("total", ["10241", "9" * 5000, "x"])
async def test_a_part_of_a_file_of_another_length(world: World, tmp_path: Path, total: str) -> None:
    requests, _ = await download(
        world,
        tmp_path,
        broken(500, TAG),
        piece(500, 1000, TAG, total=total),
        Reply(200, CONTENT, (TAG,)),
    )
    assert requests[-1].header("range") is None


async def test_more_than_was_announced_begins_the_file_anew(world: World, tmp_path: Path) -> None:
    place = ("content-range", f"bytes 500-{len(CONTENT) - 1}/{len(CONTENT)}")
    longer = Reply(206, CONTENT[500:] + b"more", (TAG, place))
    requests, _ = await download(
        world, tmp_path, broken(500, TAG), longer, Reply(200, CONTENT, (TAG,))
    )
    assert requests[-1].header("range") is None


async def test_parts_that_bring_nothing_new_end_the_download(world: World, tmp_path: Path) -> None:
    script: list[Action] = [broken(500, TAG), *(Reply(206, b"", (TAG,)) for _ in range(6))]
    with pytest.raises(errors.InvalidResponseError, match=r"^206 Partial Content"):
        await download(world, tmp_path, *script)
    assert names(tmp_path) == []


async def test_without_a_retry_a_part_is_not_gone_on_from(world: World, tmp_path: Path) -> None:
    with pytest.raises(errors.FishjamConnectionError) as caught:
        await download(world, tmp_path, piece(0, 300), retry=None)
    assert explained(caught.value).splitlines()[0] == (
        "The server sent another part of the file than it announced."
    )
    assert "300 of 10240 bytes have come" in explained(caught.value)
    assert names(tmp_path) == []


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
