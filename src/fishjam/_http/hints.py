"""Hints: what to do about an answer that is a failure, or about none at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fishjam._core.request import Request
from fishjam._http.credentials import Credentials
from fishjam._network.hosts import is_loopback

_NO_FISHJAM = (
    "There is no Fishjam under this address: check the Fishjam ID, and that it is not swapped with "
    "the management token."
)
_NO_LIVESTREAM = (
    "If the room is still there: these tokens are only for livestream rooms, made with "
    'RoomOptions(room_type="livestream").'
)
_TWO_ROOMS = (
    "A peer belongs to one room: do both ids come from the same create_peer or create_agent, and "
    "do the room and the peer still exist?"
)
_NO_PATH = "Pass publish_path, subscribe_path or both."
_WEBHOOK_URL = (
    "If it is about webhook_url: it must be a complete address, for example "
    "https://example.com/fishjam."
)
_BY_OPERATION: Mapping[tuple[str, int], str] = {
    ("add_peer", 400): "If it is about metadata: they are a dict, not JSON text.",
    ("add_peer", 409): (
        "If the room is full, remove a peer with delete_peer, or make a room with a larger "
        "max_peers."
    ),
    ("create_moq_access", 400): _NO_PATH,
    ("create_moq_access", 404): _NO_FISHJAM,
    ("create_room", 400): _WEBHOOK_URL,
    ("create_stream", 400): _WEBHOOK_URL,
    ("create_track_forwarding", 409): "A room is forwarded to one composition at most.",
    ("delete_peer", 404): _TWO_ROOMS,
    ("delete_recording", 409): "Stop the recording first, with stop_recording.",
    ("generate_streamer_token", 404): _NO_LIVESTREAM,
    ("generate_viewer_token", 404): _NO_LIVESTREAM,
    ("refresh_token", 404): _TWO_ROOMS,
    ("subscribe_peer", 404): _TWO_ROOMS,
    ("subscribe_tracks", 404): _TWO_ROOMS,
}
_BY_STATUS: Mapping[int, str] = {
    402: "The quota of the account is used up: delete what is not needed, or raise the quota.",
    403: "The management token may not do this.",
    404: "It may have been deleted, or the id comes from another environment.",
    429: "Too many requests: send fewer, or wait as long as `retry_after` says.",
    503: "The service is not available now: try again later.",
}
_FINDING: Mapping[str, str] = {
    "add_peer": "get_room",
    "create_recording": "get_all_recordings",
    "create_recording_multipart": "get_all_recordings",
    "create_room": "get_all_rooms",
    "create_stream": "get_all_streams",
    "create_streamer": "get_stream",
    "create_viewer": "get_stream",
}
"""The method that shows whether a request that makes something has taken effect."""


def hint_for(request: Request[Any], status_code: int, credentials: Credentials) -> str | None:
    """Say what to do about an answer; None where there is nothing to say."""
    if status_code == 401:
        return f"Check that the management token belongs to this Fishjam: {credentials.advice}"
    if 300 <= status_code < 400:
        return "Redirects are not followed, so that no other server gets the token: check the URL."
    # A path with one slash names no id, so what is missing can only be the Fishjam.
    if status_code == 404 and request.path.count("/") == 1:
        return _NO_FISHJAM
    special = _BY_OPERATION.get((request.operation, status_code))
    if special is not None and _is_beside_the_point(special, request.body or {}):
        special = None
    return special or _BY_STATUS.get(status_code)


def _is_beside_the_point(hint: str, body: Mapping[str, Any]) -> bool:
    if hint == _NO_PATH:
        return "publishPath" in body or "subscribePath" in body
    return hint == _WEBHOOK_URL and "webhookUrl" not in body


def hint_unreached(url: str) -> str:
    """Say what to do when no connection to a server could be made."""
    if is_loopback(urlsplit(url).hostname or ""):
        return (
            "Nothing was sent. Does the emulator run (`fishjam emulator`), and does its address "
            "begin with http://?"
        )
    return "Nothing was sent. Check the address, and that this machine can reach the server."


def hint_unanswered(request: Request[Any]) -> str | None:
    """Say what to do when a request was sent, and it is not known whether it took effect."""
    if request.method != "POST":
        return None
    finding = _FINDING.get(request.operation)
    look = f"see with {finding}" if finding else "find out"
    return (
        "The request may have arrived all the same, so it was not repeated: "
        f"{look} whether it took effect before you call again."
    )
