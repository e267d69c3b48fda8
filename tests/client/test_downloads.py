"""Downloading the files of recordings: from a local Fishjam, and from servers that fail."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import httpx
import pytest

from fishjam import AsyncFishjamClient, errors
from fishjam._core.notes import explained
from fishjam.emulator import Emulator
from fishjam.emulator._model.media import recording_file
from fishjam.recording import DownloadProgress
from tests.client.downloads import CONTENT, TAG, broken, download, names, part, recording_at
from tests.support.calls import OUTPUT
from tests.support.clients import LEFT_BY_HTTPX, TOKEN, World
from tests.support.http_server import Action, Close, Raw, Reply, ScriptedServer

# A body that breaks off leaves generators of httpx behind.
pytestmark = [pytest.mark.anyio, LEFT_BY_HTTPX]


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
