"""Annotations that resolve at run time, and frameworks that serialise what the SDK returns."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pydantic
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import fishjam
from fishjam import Backoff, RoomOptions
from fishjam._core.model import Model, Serializable
from fishjam.composition import InputStream, Tiles, VideoScene
from fishjam.events import PeerConnected, PeerType, TrackAdded
from fishjam.peer import PeerMetadata, PeerStatus
from fishjam.room import Room, RoomConfig, RoomType
from tests.support.apart import APART

TOP = Path(fishjam.__file__).parent
# The first needs settings of Django to be imported; the others are no modules for users.
LEFT_OUT = {"fishjam.integrations.django", "fishjam.__main__", "fishjam.emulator.pytest_plugin"}

ROOM = {
    "config": {"batchWebhookNotifications": False, "public": False, "roomType": "conference"},
    "id": "r",
    "peers": [],
}
EVENT = PeerConnected(room_id="r", peer_id="p", peer_type=PeerType.WEBRTC)
EVENT_JSON = {"roomId": "r", "peerId": "p", "peerType": "PEER_TYPE_WEBRTC"}
SCENE = VideoScene(Tiles(children=[InputStream("i")]))


def room() -> Room:
    return Room.from_dict(ROOM)


def public_things() -> Iterator[tuple[str, Any]]:
    """Yield all that is public, and the methods of classes."""
    for module_info in pkgutil.walk_packages([str(TOP)], "fishjam."):
        parts = module_info.name.split(".")
        if any(part.startswith("_") for part in parts) or module_info.name in LEFT_OUT | APART:
            continue
        module = importlib.import_module(module_info.name)
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            yield f"{module_info.name}.{name}", thing
            if inspect.isclass(thing):
                for member, value in inspect.getmembers(thing, inspect.isroutine):
                    yield f"{module_info.name}.{name}.{member}", value


def is_resolved(thing: Any) -> bool:
    function = inspect.unwrap(getattr(thing, "__func__", thing))
    if inspect.isfunction(function) and function.__module__.startswith("fishjam"):
        typing.get_type_hints(function)
    elif inspect.isclass(thing):
        typing.get_type_hints(thing)
    else:
        return False
    if inspect.isclass(thing) and attrs.has(thing):
        attrs.resolve_types(thing)
    return True


def test_annotations_of_all_public_names_resolve() -> None:
    names = set()
    for name, thing in public_things():
        try:
            if is_resolved(thing):
                names.add(name)
        except NameError as error:
            raise AssertionError(name) from error
    assert len(names) > 700


def test_classes_of_another_module_have_types_in_place_of_texts() -> None:
    for kind in (Backoff, Tiles):
        own: dict[str, Any] = kind.__annotations__
        assert not [name for name, hint in own.items() if isinstance(hint, str)]
        assert [field.type for field in attrs.fields(kind)] == list(own.values())
        init: Any = vars(kind)["__init__"]
        assert not [hint for hint in init.__annotations__.values() if isinstance(hint, str)]


# What FastAPI sends, with a return type and without.


def room_route() -> Room:
    return room()


def rooms_route() -> list[Room]:
    return [room()]


def event_route() -> PeerConnected:
    return EVENT


def metadata_route() -> PeerMetadata:
    return PeerMetadata(server={"a": 1})


def scene_route() -> VideoScene:
    return SCENE


def options_route() -> RoomOptions:
    return RoomOptions(max_peers=3, room_type=RoomType.LIVESTREAM)


def mixed_route():  # type: ignore[no-untyped-def]
    return {"room": room(), "event": EVENT, "metadata": PeerMetadata(a=1), "scenes": [SCENE]}


ROUTES = [
    (room_route, ROOM),
    (rooms_route, [ROOM]),
    (event_route, EVENT_JSON),
    (metadata_route, {"server": {"a": 1}}),
    (scene_route, SCENE.to_dict()),
    (
        options_route,
        {
            "max_peers": 3,
            "video_codec": None,
            "webhook_url": None,
            "room_type": "livestream",
            "public": False,
            "batch_webhook_notifications": False,
        },
    ),
    (
        mixed_route,
        {
            "room": ROOM,
            "event": EVENT_JSON,
            "metadata": {"a": 1},
            "scenes": [SCENE.to_dict()],
        },
    ),
]


@pytest.mark.parametrize(("route", "sent"), ROUTES)
def test_fastapi_sends_them(route: Any, sent: object) -> None:
    app = FastAPI()
    app.get("/")(route)
    with TestClient(app) as client:
        assert client.get("/").json() == sent
        described = client.get("/openapi.json")
    assert described.status_code == 200


# Fields of a model of the user's own.


class Call(pydantic.BaseModel):
    room: Room
    status: PeerStatus
    metadata: PeerMetadata
    event: PeerConnected | None = None


def test_pydantic_takes_and_gives_them() -> None:
    call = Call(room=room(), status=PeerStatus.CONNECTED, metadata=PeerMetadata(a=1), event=EVENT)
    assert call.model_dump(mode="json") == {
        "room": ROOM,
        "status": "connected",
        "metadata": {"a": 1},
        "event": EVENT_JSON,
    }
    read = Call.model_validate({"room": ROOM, "status": "connected", "metadata": {"a": 1}})
    assert read == call.model_copy(update={"event": None})
    assert Call.model_json_schema()["properties"]["room"] == {"title": "Room", "type": "object"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"room": 5}, "expected Room, not int"),
        ({"room": {}}, "config: is missing"),
        ({"metadata": 5}, "expected an object, got a number"),
        ({"event": {}}, "expected PeerConnected, not dict"),
    ],
)
def test_pydantic_says_what_does_not_fit(changes: dict[str, Any], problem: str) -> None:
    good = {"room": ROOM, "status": "connected", "metadata": {}}
    with pytest.raises(pydantic.ValidationError, match=problem):
        Call.model_validate({**good, **changes})


def test_dict_is_to_dict() -> None:
    for value in (room(), RoomConfig.from_dict(ROOM["config"]), EVENT, TrackAdded(), SCENE):  # type: ignore[arg-type]
        assert dict(value) == value.to_dict()
        with pytest.raises(TypeError, match="not iterable"):
            list(value)  # type: ignore[call-overload]


def test_the_bases_alone_have_no_data() -> None:
    with pytest.raises(NotImplementedError):
        Serializable().to_dict()
    with pytest.raises(NotImplementedError):
        Model.from_dict({})
