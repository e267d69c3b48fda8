"""The emulators that the clients talk to, with what the REST API alone cannot bring about."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from fishjam import FishjamClient
from fishjam.emulator import Emulator
from fishjam.recording import CompositionSource
from tests.outside.remote import remote_control

SOURCE = CompositionSource("https://rtc.fishjam.io/api/composition/c0", "out")


@frozen
class Stage:
    """A running emulator and what a client has to know about it and its companions.

    Attributes:
        scene: for the client, as JSON: the addresses `fishjam_id`, `failing_id`, `deprecated_id`
            and `unsupported_id`, the `management_token` of all four, a `track` with `room_id`,
            `peer_id` and `track_id`, and `recordings`, one id each for `available` and `failed`;
            for the first one also its `webhook_secret` and its `remote` control.
        requests_before: how many requests the emulator had served when the scene was set.
    """

    emulator: Emulator
    scene: dict[str, Any]
    requests_before: int

    def check_operations(self, expected: Collection[str]) -> None:
        """Make sure that each of these operations succeeded since the scene was set."""
        requests = self.emulator.requests[self.requests_before :]
        done = {
            request.operation for request in requests if request.status and request.status < 300
        }
        missing = sorted(set(expected) - done)
        if missing:
            raise AssertionError(f"these operations never succeeded: {', '.join(missing)}")


@contextmanager
def set_stage() -> Iterator[Stage]:
    """Run the emulators for a while."""
    with Emulator() as main, Emulator() as failing, Emulator() as old, Emulator() as ancient:
        failing.fail_next(402, operation="create_room")
        failing.fail_next(503, operation="create_moq_access")
        failing.fail_next(503, operation="get_all_rooms")
        page = "<h1>Bad gateway</h1>"
        failing.fail_next(502, operation="add_peer", body=page, content_type="text/html")
        old.deprecate("deprecated", "please update the SDK")
        ancient.deprecate("unsupported", "you must update the SDK")
        scene = {
            "fishjam_id": main.fishjam_id,
            "failing_id": failing.fishjam_id,
            "deprecated_id": old.fishjam_id,
            "unsupported_id": ancient.fishjam_id,
            "management_token": main.management_token,
            "track": _make_track(main),
            "recordings": _make_recordings(main),
        }
        scene["webhook_secret"] = main.webhook_secret
        with remote_control(main) as scene["remote"]:
            yield Stage(main, scene, len(main.requests))


def _make_track(emulator: Emulator) -> dict[str, str]:
    with client_of(emulator) as client:
        room = client.create_room()
        peer, _ = client.create_peer(room.id)
    track = emulator.add_track(room.id, peer.id, "audio", {"title": "microphone"})
    return {"room_id": room.id, "peer_id": peer.id, "track_id": track}


def _make_recordings(emulator: Emulator) -> dict[str, str]:
    with client_of(emulator) as client:
        ids = [client.create_composition_recording(SOURCE).id for _ in range(2)]
    available, failed = ids
    emulator.publish_recording(available)
    emulator.fail_recording(failed)
    return {"available": available, "failed": failed}


def client_of(emulator: Emulator) -> FishjamClient:
    """Make a client of this SDK for an emulator."""
    return FishjamClient(emulator.fishjam_id, emulator.management_token)
