"""Every method of the clients that asks the server something, with arguments that are fine."""

from __future__ import annotations

import inspect
from typing import Any

from attrs import field, frozen

from fishjam import AsyncFishjamClient, PeerOptionsVapi
from fishjam.recording import CompositionSource, TemplateSource
from tests.core.instances import DOCUMENT, answer_schema, minimal

COMPOSITION = "https://rtc.fishjam.io/api/composition/c1"
OUTPUT = CompositionSource(COMPOSITION, "o1")


@frozen
class Call:
    """One call of a client: `ids` names the arguments that become segments of the path."""

    method: str
    operation: str
    args: dict[str, Any] = field(factory=dict)
    ids: tuple[str, ...] = ()

    @property
    def http_method(self) -> str:
        return OPERATIONS[self.operation][0]

    @property
    def template(self) -> str:
        return OPERATIONS[self.operation][1]

    @property
    def good_answer(self) -> Any:
        """A JSON answer as the document promises it, or None when there is none."""
        schema = answer_schema(self.operation)
        return None if schema is None else minimal(schema)

    async def on(self, client: AsyncFishjamClient, **changed: Any) -> Any:
        """Do it; `changed` replaces arguments."""
        return await getattr(client, self.method)(**{**self.args, **changed})


OPERATIONS: dict[str, tuple[str, str]] = {
    operation["operationId"]: (method.upper(), path)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}

_ROOM = {"room_id": "r1"}
_PEER = {"room_id": "r1", "peer_id": "p1"}
_STREAM = {"stream_id": "s1"}
_RECORDING = {"recording_id": "c1"}

CALLS = (
    Call("check_credentials", "validate_credentials"),
    Call("create_room", "create_room"),
    Call("get_room", "get_room", _ROOM, ("room_id",)),
    Call("get_all_rooms", "get_all_rooms"),
    Call("delete_room", "delete_room", _ROOM, ("room_id",)),
    Call(
        "forward_room_tracks",
        "create_track_forwarding",
        {**_ROOM, "composition_url": COMPOSITION},
        ("room_id",),
    ),
    Call("create_peer", "add_peer", _ROOM, ("room_id",)),
    Call("create_agent", "add_peer", _ROOM, ("room_id",)),
    Call(
        "create_vapi_agent",
        "add_peer",
        {**_ROOM, "options": PeerOptionsVapi("key", "call")},
        ("room_id",),
    ),
    Call("delete_peer", "delete_peer", _PEER, ("room_id", "peer_id")),
    Call("get_agent", "refresh_token", _PEER, ("room_id", "peer_id")),
    Call("refresh_peer_token", "refresh_token", _PEER, ("room_id", "peer_id")),
    Call(
        "subscribe_peer",
        "subscribe_peer",
        {**_PEER, "target_peer_id": "p2"},
        ("room_id", "peer_id"),
    ),
    Call(
        "subscribe_tracks",
        "subscribe_tracks",
        {**_PEER, "track_ids": ["t1", "t2"]},
        ("room_id", "peer_id"),
    ),
    Call("create_livestream_streamer_token", "generate_streamer_token", _ROOM, ("room_id",)),
    Call("create_livestream_viewer_token", "generate_viewer_token", _ROOM, ("room_id",)),
    Call("create_stream", "create_stream"),
    Call("get_stream", "get_stream", _STREAM, ("stream_id",)),
    Call("get_all_streams", "get_all_streams"),
    Call("delete_stream", "delete_stream", _STREAM, ("stream_id",)),
    Call("create_streamer", "create_streamer", _STREAM, ("stream_id",)),
    Call(
        "delete_streamer",
        "delete_streamer",
        {**_STREAM, "streamer_id": "x1"},
        ("stream_id", "streamer_id"),
    ),
    Call("create_viewer", "create_viewer", _STREAM, ("stream_id",)),
    Call(
        "delete_viewer",
        "delete_viewer",
        {**_STREAM, "viewer_id": "v1"},
        ("stream_id", "viewer_id"),
    ),
    Call("create_moq_access", "create_moq_access", {"publish_path": "a/b"}),
    Call("create_composition_recording", "create_recording", {"source": OUTPUT}),
    Call(
        "create_template_recording",
        "create_recording",
        {"source": TemplateSource(COMPOSITION), "template": b"export {}"},
    ),
    Call("get_recording", "get_recording", _RECORDING, ("recording_id",)),
    Call("get_all_recordings", "list_recordings"),
    Call("stop_recording", "stop_recording", _RECORDING, ("recording_id",)),
    Call("delete_recording", "delete_recording", _RECORDING, ("recording_id",)),
)

# These warn that they are deprecated, and do what another method of the list does.
OLDER_NAMES = frozenset({"create_moq_token", "create_recording"})
# These send several requests, or none to the API.
HELPERS = frozenset({"wait_for_recording", "download_recording"})


def by_name(method: str) -> Call:
    return next(call for call in CALLS if call.method == method)


def methods_with_io() -> set[str]:
    """The methods of the async client that send one request, found by looking."""
    found = inspect.getmembers(AsyncFishjamClient, inspect.iscoroutinefunction)
    return {name for name, _ in found if not name.startswith("_")} - {"aclose"} - HELPERS
