"""The published SDK's generated functions for livestreams, which its client does not offer.

Only the published SDK has them, at a private place. The client raises on every status that its
document does not name. Arguments and output are those of `published_python.py`.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import Any

from tests.outside.published_tools import Scene, assert_complete, claims_of, run_parts

GENERATED = "fishjam._fishjam_openapi_client"


def check_streams(scene: Scene) -> None:
    models = import_module(f"{GENERATED}.models")
    config = models.StreamConfig(
        audio_only=True,
        batch_webhook_notifications=True,
        public=True,
        webhook_url="https://example.com/hook",
    )
    streams = [call(scene, "streams.create_stream"), call(scene, "streams.create_stream", config)]
    assert_complete(streams)
    assert [(one.audio_only, one.public) for one in streams] == [(False, False), (True, True)]
    assert [(one.streamers, one.viewers) for one in streams] == [([], []), ([], [])]
    assert call(scene, "streams.get_stream", stream_id=streams[1].id) == streams[1]
    assert call(scene, "streams.get_all_streams")[-2:] == streams
    call(scene, "streams.delete_stream", 204, stream_id=streams[1].id)
    call(scene, "streams.delete_stream", 204, stream_id=streams[1].id)
    assert streams[1] not in call(scene, "streams.get_all_streams")
    refused(scene, "streams.get_stream", stream_id=streams[1].id)


def check_streamers(scene: Scene) -> None:
    stream = call(scene, "streams.create_stream").id
    streamer = call(scene, "streamers.create_streamer", stream_id=stream)
    assert streamer.status.name == "DISCONNECTED"
    assert claims_of(streamer.token)["exp"]
    assert call(scene, "streams.get_stream", stream_id=stream).streamers == [streamer]
    ids = {"stream_id": stream, "streamer_id": streamer.id}
    call(scene, "streamers.delete_streamer", 204, **ids)
    call(scene, "streamers.delete_streamer", 204, **ids)
    assert call(scene, "streams.get_stream", stream_id=stream).streamers == []
    refused(scene, "streamers.create_streamer", stream_id="no such/stream")


def check_viewers(scene: Scene) -> None:
    stream = call(scene, "streams.create_stream").id
    viewer = call(scene, "viewers.create_viewer", stream_id=stream)
    assert claims_of(viewer.token)["exp"]
    assert call(scene, "streams.get_stream", stream_id=stream).viewers == [viewer]
    ids = {"stream_id": stream, "viewer_id": viewer.id}
    call(scene, "viewers.delete_viewer", 204, **ids)
    call(scene, "viewers.delete_viewer", 204, **ids)
    assert call(scene, "streams.get_stream", stream_id=stream).viewers == []
    refused(scene, "viewers.create_viewer", stream_id="no such/stream")


def check_status_filter(scene: Scene) -> None:
    recording_status = import_module(f"{GENERATED}.models").RecordingStatus
    for name, id_ in scene["recordings"].items():
        found = call(scene, "recordings.list_recordings", status=recording_status(name))
        assert id_ in [one.id for one in found]
        assert {one.status.value for one in found} == {name}


def check_bad_token(scene: Scene) -> None:
    wrong = {**scene, "management_token": "wrong"}
    for name in ("streams.get_all_streams", "streams.create_stream"):
        assert "token" in answer(wrong, name, 401).errors


def check_asynchronous_twins(scene: Scene) -> None:
    module = import_module(f"{GENERATED}.api.streams.get_all_streams")
    response = asyncio.run(module.asyncio_detailed(client=client_of(scene)))
    assert response.status_code == 200
    assert_complete(response.parsed)


def call(scene: Scene, name: str, body: Any = None, /, **parameters: Any) -> Any:
    """Call a generated function, and return what is in the envelope of its answer.

    `body` may be the status that is expected instead, for an answer without content.
    """
    if isinstance(body, int):
        return answer(scene, name, body, **parameters)
    if body is not None:
        parameters["body"] = body
    created = ".create_" in name
    return answer(scene, name, 201 if created else 200, **parameters).data


def refused(scene: Scene, name: str, **parameters: Any) -> None:
    """Call a generated function for something that is not there."""
    assert "not found" in answer(scene, name, 404, **parameters).errors


def answer(scene: Scene, name: str, code: int, /, **parameters: Any) -> Any:
    """Call a generated function and return its answer, which must have that status."""
    module = import_module(f"{GENERATED}.api.{name}")
    response = module.sync_detailed(client=client_of(scene), **parameters)
    assert response.status_code == code, response
    return response.parsed


def client_of(scene: Scene) -> Any:
    """Make the generated client, strict about what is documented."""
    return import_module(f"{GENERATED}.client").AuthenticatedClient(
        base_url=scene["fishjam_id"],
        token=scene["management_token"],
        raise_on_unexpected_status=True,
    )


if __name__ == "__main__":
    sys.exit(run_parts(globals()))
