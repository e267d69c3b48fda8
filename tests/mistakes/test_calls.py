"""Mistakes in calls: wrong ids, wrong options, and answers that say no."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import anyio
import pytest

from fishjam import (
    AgentOptions,
    AsyncFishjamClient,
    FishjamClient,
    PeerOptions,
    RetryPolicy,
    RoomOptions,
    errors,
)
from fishjam._core.notes import explained
from fishjam._core.request import Request
from fishjam._http._sync import Transport
from fishjam._http.address import Address
from fishjam._http.credentials import Credentials
from fishjam._http.pool import Pool
from fishjam._http.settings import Settings
from fishjam.emulator import Emulator
from fishjam.room import Room
from tests.support.clients import TOKEN
from tests.support.messages import text_of

LIVESTREAM = (
    "If the room is still there: these tokens are only for livestream rooms, made with "
    'RoomOptions(room_type="livestream").'
)
ONE_ROOM = (
    "A peer belongs to one room: do both ids come from the same create_peer or create_agent, and "
    "do the room and the peer still exist?"
)


@pytest.fixture
def room(client: FishjamClient) -> Room:
    return client.create_room()


# Ids.


def test_the_room_is_not_there(client: FishjamClient) -> None:
    text = text_of(errors.NotFoundError, client.get_room, "no-such-room")
    assert text.endswith("It may have been deleted, or the id comes from another environment.")


def test_the_room_is_no_livestream(client: FishjamClient, room: Room) -> None:
    text = text_of(errors.NotFoundError, client.create_livestream_viewer_token, room.id)
    assert " create_livestream_viewer_token (generate_viewer_token): POST http" in text
    assert text.endswith(LIVESTREAM)
    text = text_of(errors.NotFoundError, client.create_livestream_streamer_token, room.id)
    assert text.endswith(LIVESTREAM)


def test_the_peer_is_in_another_room(client: FishjamClient, room: Room) -> None:
    peer, _ = client.create_peer(client.create_room().id)
    for call, *more in (
        (client.refresh_peer_token,),
        (client.subscribe_peer, peer.id),
        (client.subscribe_tracks, ["track"]),
        (client.delete_peer,),
    ):
        assert text_of(errors.NotFoundError, call, room.id, peer.id, *more).endswith(ONE_ROOM)


def test_an_object_stands_in_for_its_id(client: FishjamClient, room: Room) -> None:
    both: Any = client.create_peer(room.id)
    get: Any = client.get_room
    assert text_of(ValueError, get, room) == "room_id must be a string, not Room: pass its id"
    assert text_of(ValueError, client.delete_peer, room.id, both) == (
        "peer_id must be a string, not tuple: create_peer returns two things, "
        "peer, token = client.create_peer(...)"
    )
    assert text_of(ValueError, get, 5) == "room_id must be a string, not int"


def test_an_await_was_forgotten(client: FishjamClient) -> None:
    async def make_room() -> str:
        return "room"

    get: Any = client.get_room
    forgotten = make_room()
    text = text_of(ValueError, get, forgotten)
    assert text == "room_id must be a string, not coroutine: was an await forgotten?"
    assert anyio.run(lambda: forgotten) == "room"


# Options.


def test_a_dict_stands_in_for_options(client: FishjamClient, room: Room) -> None:
    create: Any = client.create_room
    assert text_of(
        TypeError, create, {"max_peers": 3, "room_type": "livestream", "maxPeers": 2}
    ) == (
        "create_room: options must be RoomOptions, not dict. "
        "Write RoomOptions(max_peers=3, room_type=...); it takes max_peers, video_codec, "
        "webhook_url, room_type, public, batch_webhook_notifications."
    )
    assert "not int. Write RoomOptions(max_peers=...)" in text_of(TypeError, create, 3)
    add: Any = client.create_peer
    assert text_of(TypeError, add, room.id, {"name": "Ada"}) == (
        "create_peer: options must be PeerOptions, not dict. "
        "Write PeerOptions(metadata=...); it takes metadata, subscribe_mode."
    )
    wrong: list[tuple[Any, tuple[Any, ...], str]] = [
        (client.create_stream, ({"public": True},), "create_stream: options must be StreamOptions"),
        (client.create_agent, (room.id, {"output": 1}), "create_agent: options must be AgentOpt"),
        (
            client.create_agent,
            (room.id, AgentOptions(output={"audio_sample_rate": 24000})),  # type: ignore[arg-type]
            "output must be AgentOutputOptions, not dict. "
            "Write AgentOutputOptions(audio_sample_rate=24000)",
        ),
        (client.create_room, (RoomOptions,), "options must be RoomOptions, not type."),
        (client.create_vapi_agent, (room.id, None), "options must be PeerOptionsVapi, not NoneTyp"),
    ]
    for call, args, text in wrong:
        assert text in text_of(TypeError, call, *args)


def test_what_may_be_secret_in_a_dict_is_not_shown(client: FishjamClient, room: Room) -> None:
    create: Any = client.create_vapi_agent
    text = text_of(
        TypeError, create, room.id, {"api_key": TOKEN, "call_id": "c", "auto_close": True}
    )
    assert "Write PeerOptionsVapi(api_key=..., call_id=..., auto_close=True)" in text


def test_an_empty_dict_asks_for_the_defaults_as_it_always_did(client: FishjamClient) -> None:
    create: Any = client.create_room
    assert create({}).config == create(None).config


def test_a_value_is_none_of_those_allowed(client: FishjamClient) -> None:
    options = RoomOptions(video_codec="h265")  # type: ignore[arg-type]
    assert text_of(ValueError, client.create_room, options) == (
        "video_codec='h265' is not known; use one of 'h264', 'vp8'"
    )


def test_metadata_cannot_be_json(client: FishjamClient, room: Room) -> None:
    options = PeerOptions({"since": datetime.now(timezone.utc)})
    assert text_of(ValueError, client.create_peer, room.id, options).startswith(
        "create_peer: this cannot be sent as JSON: Object of type datetime is not JSON "
        "serializable. Text, numbers, booleans, None, lists and dicts can;"
    )


def test_metadata_are_json_already(client: FishjamClient, room: Room) -> None:
    options = PeerOptions('{"name": "Ada"}')  # type: ignore[arg-type]
    text = text_of(errors.BadRequestError, client.create_peer, room.id, options)
    assert text.endswith("If it is about metadata: they are a dict, not JSON text.")


def test_a_webhook_address_is_not_whole(client: FishjamClient) -> None:
    # The server names what it dislikes, and a hint is only about what was sent.
    text = text_of(errors.BadRequestError, client.create_room, RoomOptions(max_peers=-1))
    assert "webhook_url" not in text
    text = text_of(errors.BadRequestError, client.create_room, RoomOptions(webhook_url="localhost"))
    assert text.endswith(
        "If it is about webhook_url: it must be a complete address, for example "
        "https://example.com/fishjam."
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"timeout": "5"},
            "timeout='5': give seconds, a Timeout of httpx or httpx2, or None for no limit",
        ),
        (
            {"retry": 3},
            "retry=3: pass a RetryPolicy, for example RetryPolicy(max_attempts=3), or None to "
            "never repeat",
        ),
    ],
)
def test_an_option_of_the_client_is_of_another_kind(options: dict[str, Any], text: str) -> None:
    assert text_of(TypeError, FishjamClient, "abc", TOKEN, **options) == text


# Answers that say no.


def test_the_room_is_full(client: FishjamClient) -> None:
    room = client.create_room(RoomOptions(max_peers=1))
    client.create_peer(room.id)
    for call in (client.create_peer, client.create_agent):
        assert text_of(errors.ConflictError, call, room.id).endswith(
            "If the room is full, remove a peer with delete_peer, or make a room with a larger "
            "max_peers."
        )


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (
            402,
            "The quota of the account is used up: delete what is not needed, or raise the quota.",
        ),
        (403, "The management token may not do this."),
        (429, "Too many requests: send fewer, or wait as long as `retry_after` says."),
        (503, "The service is not available now: try again later."),
        (302, "Redirects are not followed, so that no other server gets the token: check the URL."),
        (500, "answered 500 Internal Server Error"),
    ],
)
def test_the_server_says_no(
    emulator: Emulator, client: FishjamClient, status: int, text: str
) -> None:
    emulator.fail_next(status)
    with pytest.raises(errors.HTTPError) as caught:
        client.create_room()
    assert explained(caught.value).endswith(text)
    assert str(caught.value) == f"failure {status} on request"


def test_a_recording_is_deleted_while_it_is_active(
    emulator: Emulator, client: FishjamClient
) -> None:
    emulator.fail_next(409)
    text = text_of(errors.ConflictError, client.delete_recording, "recording")
    assert text.endswith("Stop the recording first, with stop_recording.")


def test_neither_path_is_given(client: FishjamClient) -> None:
    text = text_of(errors.BadRequestError, client.create_moq_access)
    assert text.endswith("Pass publish_path, subscribe_path or both.")
    text = text_of(errors.BadRequestError, client.create_moq_access, "path", None, 0)
    assert text.endswith("answered 400 Bad Request")


# No answer.


def test_the_emulator_does_not_run() -> None:
    with FishjamClient("http://127.0.0.1:1", TOKEN, retry=None) as client:
        text = text_of(errors.FishjamConnectionError, client.create_room)
    assert text.endswith(
        "Nothing was sent. Does the emulator run (`fishjam emulator`), and does its address begin "
        "with http://?"
    )


Call = Callable[[FishjamClient, str], object]
MAKING: list[tuple[Call, str]] = [
    (lambda client, _: client.create_room(), "see with get_all_rooms"),
    (lambda client, room_id: client.create_peer(room_id), "see with get_room"),
    (lambda client, _: client.create_stream(), "see with get_all_streams"),
    (lambda client, _: client.create_moq_access("path"), "find out"),
]


@pytest.mark.parametrize(("call", "how"), MAKING)
def test_a_request_may_have_arrived_all_the_same(
    emulator: Emulator, client: FishjamClient, room: Room, call: Call, how: str
) -> None:
    emulator.delay_next(5)
    hasty = client.with_options(timeout=0.3, retry=RetryPolicy())
    text = text_of(errors.FishjamTimeoutError, call, hasty, room.id)
    assert text.endswith(
        "The request may have arrived all the same, so it was not repeated: "
        f"{how} whether it took effect before you call again."
    )


def test_a_request_that_changes_nothing_needs_no_advice(
    emulator: Emulator, client: FishjamClient
) -> None:
    emulator.break_next()
    assert text_of(errors.FishjamConnectionError, client.get_all_rooms).endswith(")")


# What an error calls the call.


class Mine(FishjamClient):
    def welcome(self, room_id: str) -> None:
        self.create_peer(room_id)


def test_an_error_names_the_method_that_was_called(emulator: Emulator) -> None:
    calls: list[Callable[[Mine], object]] = [
        lambda client: client.create_peer("r"),
        lambda client: client.welcome("r"),
    ]
    with Mine(emulator.fishjam_id, emulator.management_token) as client:
        for call in calls:
            assert text_of(errors.NotFoundError, call, client).partition(
                " create_peer (add_peer): POST "
            )[1]
        text = text_of(errors.NotFoundError, client.create_agent, "r")
        assert " create_agent (add_peer): POST " in text


def test_in_a_thread_too(client: FishjamClient) -> None:
    texts: list[str] = []

    def run() -> None:
        texts.append(text_of(errors.NotFoundError, client.create_peer, "r"))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert " create_peer (add_peer): POST " in texts[0]


@pytest.mark.anyio
async def test_in_a_task_too(emulator: Emulator) -> None:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        with pytest.raises(errors.NotFoundError) as refused:
            await client.create_peer("r")
        assert "\ncreate_peer (add_peer): POST " in explained(refused.value)
        caught: list[errors.HTTPError] = []

        async def run() -> None:
            try:
                await client.refresh_peer_token("r", "p")
            except errors.HTTPError as error:
                caught.append(error)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
    assert "\nrefresh_peer_token (refresh_token): POST " in explained(caught[0])
    assert caught[0].operation == "refresh_token"


def test_without_a_client_it_is_the_operation(emulator: Emulator) -> None:
    settings = Settings(
        Address.of(emulator.fishjam_id),
        Credentials.of(emulator.management_token),
        None,
        RetryPolicy(max_attempts=1),
    )
    request: Request[None] = Request("some_operation", "GET", "/a/b", lambda _: None)
    pool = Pool(None, emulator.fishjam_id)
    text = text_of(errors.NotFoundError, Transport(settings, pool).send, request)
    pool.close()
    assert " some_operation: GET " in text
