"""Input that no server should see: it ends before any I/O, and nothing goes to another path."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest

from fishjam import (
    AgentOptions,
    AgentOutputOptions,
    PeerOptions,
    PeerOptionsVapi,
    RoomOptions,
    errors,
)
from fishjam.room import RoomType
from tests.support.bad_ids import CLASSICS, bad_texts, cannot_be_an_id
from tests.support.calls import CALLS, Call, by_name
from tests.support.clients import TOKEN, World
from tests.support.http_server import Reply, ScriptedServer

pytestmark = pytest.mark.anyio

WITH_IDS = [(call, name) for call in CALLS for name in call.ids]
TEXTS = list(bad_texts(15))
ANY: list[Any] = [None, 5, 1.5, True, b"bytes", [], ["x"], {}, object()]


async def refused(call: Call, client: Any, **changed: Any) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        await call.on(client, **changed)
    assert not isinstance(caught.value, errors.HTTPError)
    return str(caught.value)


def segments_of(call: Call, **changed: str) -> list[str]:
    """Fill the path template of a call with its ids, as they are before they are encoded."""
    values = iter({**call.args, **changed}[name] for name in call.ids)
    return [next(values) if one.startswith("{") else one for one in call.template.split("/")]


@pytest.mark.parametrize(("call", "name"), WITH_IDS, ids=lambda one: getattr(one, "method", one))
async def test_an_id_is_refused_or_stays_one_segment(world: World, call: Call, name: str) -> None:
    with ScriptedServer(otherwise=Reply(200, call.good_answer)) as server:
        async with world.client(server.url, retry=None) as client:
            for text in TEXTS:
                if cannot_be_an_id(text):
                    assert name_in_path(call, name) in await refused(call, client, **{name: text})
                    assert server.requests == []
                    continue
                await call.on(client, **{name: text})
                (request,) = server.requests
                path, _, _ = request.target.partition("?")
                came = [unquote(segment) for segment in path.split("/")]
                assert came == segments_of(call, **{name: text})
                assert "#" not in request.target
                assert request.header("x-evil") is None
                server.requests.clear()


def name_in_path(call: Call, name: str) -> str:
    """The document calls the id of a peer in a path just `id`."""
    return "id" if name == "peer_id" else name


@pytest.mark.parametrize(("call", "name"), WITH_IDS, ids=lambda one: getattr(one, "method", one))
async def test_an_id_of_another_kind_is_refused(world: World, call: Call, name: str) -> None:
    with ScriptedServer() as server:
        async with world.client(server.url, retry=None) as client:
            for value in ANY:
                assert "must be a string" in await refused(call, client, **{name: value})
    assert server.connections == 0


async def test_a_target_peer_is_checked_too_and_goes_into_the_query(world: World) -> None:
    call = by_name("subscribe_peer")
    with ScriptedServer(otherwise=Reply(200)) as server:
        async with world.client(server.url, retry=None) as client:
            for value in ANY:
                await refused(call, client, target_peer_id=value)
            assert server.connections == 0
            for text in TEXTS:
                if cannot_be_an_id(text):
                    assert "target_peer_id" in await refused(call, client, target_peer_id=text)
                    continue
                await call.on(client, target_peer_id=text)
                target = urlsplit(server.requests[-1].target)
                assert target.path == "/room/r1/peer/p1/subscribe_peer"
                assert parse_qsl(target.query, strict_parsing=True) == [("peer_id", text)]


async def test_track_ids_are_checked_and_go_into_the_body(world: World) -> None:
    call = by_name("subscribe_tracks")
    with ScriptedServer(otherwise=Reply(200)) as server:
        async with world.client(server.url, retry=None) as client:
            bad = ["", " ", ".", "..", "a\nb"]
            for value in bad:
                assert "track_ids" in await refused(call, client, track_ids=["t1", value])
            assert "pass a list" in await refused(call, client, track_ids="t1")
            assert server.connections == 0
            for good in (["a/b", "ż"], [], ("t1",), iter(["t1"]), {"t1": 1}.keys(), [5, None]):
                await call.on(client, track_ids=good)
    sent = [request.json["track_ids"] for request in server.requests]
    assert sent == [["a/b", "ż"], [], ["t1"], ["t1"], ["t1"], [5, None]]


async def test_a_metadata_filter_never_leaves_its_parameters(world: World) -> None:
    texts = [text for text in TEXTS if text != "\ud800"]
    with ScriptedServer(otherwise=Reply(200, {"data": []})) as server:
        async with world.client(server.url, retry=None) as client:
            for text in texts:
                await client.get_all_recordings({text: text, "in": {text: [text, None]}})
                (request,) = server.requests
                path, _, query = request.target.partition("?")
                assert path == "/recordings"
                assert parse_qsl(query, keep_blank_values=True, strict_parsing=True) == [
                    (f"metadata[{text}]", text),
                    (f"metadata[in][{text}]", text),
                    (f"metadata[in][{text}]", ""),
                ]
                server.requests.clear()
            with pytest.raises(ValueError, match="surrogates"):
                await client.get_all_recordings({"a": "\ud800"})
    assert server.requests == []


async def test_an_id_too_long_for_any_address(world: World) -> None:
    with ScriptedServer() as server:
        async with world.client(server.url, retry=None) as client:
            assert "an invalid address" in await refused(
                by_name("get_room"), client, room_id="x" * 70_000
            )
    assert server.connections == 0


@pytest.mark.parametrize("text", [*CLASSICS, "a/b"])
async def test_a_fishjam_id_stays_one_segment_of_the_cloud(world: World, text: str) -> None:
    seen: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        return httpx.Response(200)

    async with world.http(transport=httpx.MockTransport(answer)) as http:
        if "://" in text:
            client = world.client(text, http_client=http)
            await client.check_credentials()
            assert str(seen[0]) == "https://evil.example/validate"
        elif cannot_be_an_id(text) or set(text.strip()) & set(":/?#@.[] \t\n"):
            with pytest.raises(errors.ConfigurationError):
                world.client(text, http_client=http)
            assert not seen
        else:
            await world.client(text, http_client=http).check_credentials()
            (url,) = seen
            *front, segment, end = url.raw_path.decode("ascii").split("/")
            assert (url.scheme, url.host, end) == ("https", "fishjam.io", "validate")
            assert front == ["", "api", "v1", "connect"]
            assert unquote(segment) == text.strip()


@pytest.mark.parametrize(
    ("fishjam_id", "token"),
    [
        ("", TOKEN),
        ("  ", TOKEN),
        ("https://host/?key=1", TOKEN),
        ("https://host/#x", TOKEN),
        ("https://user:password@host", TOKEN),
        ("gopher://host", TOKEN),
        ("abc", ""),
        ("abc", "  "),
        ("abc", "token\n"),
        ("abc", "tok\r\nx-evil: 1"),
        ("abc", "tökén"),
    ],
)
async def test_a_client_that_cannot_work_is_not_made(
    world: World, fishjam_id: str, token: str
) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        world.client(fishjam_id, token)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(errors.ConfigurationError):
        await world.create_and_verify(fishjam_id=fishjam_id, management_token=token)


OUTSIDE_THEIR_SET: list[tuple[str, dict[str, Any], str]] = [
    ("create_room", {"options": RoomOptions(video_codec="h420")}, "video_codec='h420'"),  # type: ignore[arg-type]
    ("create_room", {"options": RoomOptions(video_codec="")}, "video_codec=''"),  # type: ignore[arg-type]
    ("create_room", {"options": RoomOptions(room_type="party")}, "room_type='party'"),  # type: ignore[arg-type]
    ("create_room", {"options": RoomOptions(room_type=None)}, "room_type=None"),  # type: ignore[arg-type]
    ("create_room", {"options": RoomOptions(room_type=[])}, "room_type="),  # type: ignore[arg-type]
    ("create_peer", {"options": PeerOptions(subscribe_mode="never")}, "subscribe_mode='never'"),  # type: ignore[arg-type]
    ("create_agent", {"options": AgentOptions(subscribe_mode="")}, "subscribe_mode=''"),  # type: ignore[arg-type]
    (
        "create_agent",
        {"options": AgentOptions(output=AgentOutputOptions(audio_format="mp3"))},  # type: ignore[arg-type]
        "audio_format='mp3'",
    ),
    (
        "create_agent",
        {"options": AgentOptions(output=AgentOutputOptions(audio_sample_rate=8000))},  # type: ignore[arg-type]
        "audio_sample_rate=8000 is not known; use one of 16000, 24000",
    ),
    (
        "create_vapi_agent",
        {"options": PeerOptionsVapi("k", "c", subscribe_mode="never")},  # type: ignore[arg-type]
        "subscribe_mode='never'",
    ),
    ("get_all_recordings", {"status": "paused"}, "status='paused'"),
]


@pytest.mark.parametrize(("method", "changed", "said"), OUTSIDE_THEIR_SET)
async def test_an_option_outside_its_set_ends_here(
    world: World, method: str, changed: dict[str, Any], said: str
) -> None:
    with ScriptedServer() as server:
        async with world.client(server.url, retry=None) as client:
            text = await refused(by_name(method), client, **changed)
    assert said in text
    assert "use one of" in text
    assert server.connections == 0


async def test_a_value_that_came_from_a_server_is_let_through(world: World) -> None:
    call = by_name("create_room")
    with ScriptedServer(otherwise=Reply(200, call.good_answer)) as server:
        async with world.client(server.url, retry=None) as client:
            room_type: Any = RoomType.from_wire("hologram")
            await client.create_room(RoomOptions(room_type=room_type))
            known: Any = RoomType.LIVESTREAM
            await client.create_room(RoomOptions(room_type=known))
    assert [request.json["roomType"] for request in server.requests] == ["hologram", "livestream"]


async def test_other_wrong_kinds_go_to_the_server(world: World) -> None:
    call = by_name("create_room")
    no = Reply(400, {"errors": "maxPeers: not an integer"})
    with ScriptedServer(otherwise=no) as server:
        async with world.client(server.url, retry=None) as client:
            kinds: list[Any] = ["nan", 1.5, [], {"a": 1}, -1]
            for wrong in kinds:
                options = RoomOptions(max_peers=wrong)
                with pytest.raises(errors.BadRequestError, match="not an integer"):
                    await call.on(client, options=options)
                assert json.loads(server.requests[-1].body)["maxPeers"] == wrong
            metadata: Any = "no mapping"
            with pytest.raises(errors.BadRequestError):
                await client.create_peer("r", PeerOptions(metadata=metadata))
    assert server.requests[-1].json["options"]["metadata"] == "no mapping"


async def test_what_json_cannot_hold_is_not_sent(world: World) -> None:
    with ScriptedServer() as server:
        async with world.client(server.url, retry=None) as client:
            for bad in (float("nan"), float("inf"), object(), b"bytes", {1, object()}):
                with pytest.raises(ValueError, match="cannot be sent as JSON"):
                    await client.create_peer("r", PeerOptions({"a": bad}))
    assert server.connections == 0


async def test_a_template_that_is_not_there_is_not_sent(world: World) -> None:
    with ScriptedServer() as server:
        async with world.client(server.url, retry=None) as client:
            with pytest.raises(FileNotFoundError):
                await by_name("create_template_recording").on(client, template="/no/such/file.js")
    assert server.connections == 0
