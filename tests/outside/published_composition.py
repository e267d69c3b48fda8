"""Everything that the published composition client can do, in its own words.

It is run with the published package and with this one, by `run.py`, and given the version that it
must find and a scene: `python -m tests.outside.published_composition VERSION SCENE`.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from fishjam import CompositionClient, Mp4InputDurations, RoomOptions, WhipInputTarget
from fishjam.composition import (
    AudioScene,
    AudioSceneInput,
    CreateCompositionRequest,
    ImageSpecPng,
    ImageSpecPngAssetType,
    InputStream,
    InputStreamType,
    OutputEndCondition,
    OutputWhipAudioOptions,
    OutputWhipVideoOptions,
    Resolution,
    RtmpOutput,
    RtmpOutputType,
    Text,
    TextType,
    Tiles,
    TilesType,
    UnregisterInput,
    UpdateOutputRequest,
    VideoScene,
    WhipInput,
    WhipInputType,
)
from fishjam.errors import (
    BadRequestError,
    CompositionNotFoundError,
    ConflictError,
    InputNotFoundError,
    OutputNotFoundError,
    RendererNotFoundError,
    UnauthorizedError,
)
from fishjam.recording import CompositionSource, RecordingStatus
from tests.outside import composition_calls as calls
from tests.outside.published_tools import Scene, client_of, control, expect, run_parts

NOBODY = "00000000-0000-0000-0000-000000000000"


def compositions_of(scene: Scene) -> CompositionClient:
    return CompositionClient(scene["management_token"], scene["fishjam_id"])


def state_of(scene: Scene, composition_id: str) -> dict[str, Any]:
    """Return a composition as the emulator has it."""
    found: list[dict[str, Any]] = control(scene, "compositions")
    (state,) = [one for one in found if one["id"] == composition_id]
    return state


def grid(*inputs: str) -> VideoScene:
    streams: Any = [InputStream(one, InputStreamType.INPUT_STREAM) for one in inputs]
    return VideoScene(Tiles(TilesType.TILES, children=streams))


def check_the_life_of_a_composition(scene: Scene) -> None:
    client = compositions_of(scene)
    created = client.create_composition(CreateCompositionRequest(autostart=False))
    id_ = created.composition_id
    assert created.api_url == client.composition_url(id_)
    assert state_of(scene, id_)["status"] == "created"
    client.start_composition(id_)
    assert state_of(scene, id_)["status"] == "started"
    client.register_whip_input(id_, "camera")
    client.reset_composition(id_)
    assert state_of(scene, id_)["inputs"] == {}
    client.delete_composition(id_)
    error = expect(CompositionNotFoundError, client.delete_composition, id_)
    assert f"composition {id_} not found" in str(error)


def check_inputs(scene: Scene) -> None:
    client = compositions_of(scene)
    id_ = client.create_composition().composition_id
    whip = client.register_whip_input(id_, "a/b")
    assert isinstance(whip, WhipInputTarget)
    assert whip.url == f"{client.composition_url(id_)}/whip/a%2Fb"
    assert whip.bearer_token
    own = client.register_whip_input(id_, "own", bearer_token="mine", video=False)
    assert own.bearer_token == "mine"
    client.register_whep_input(id_, "whep", endpoint_url="https://x/whep", bearer_token="t")
    durations = client.register_mp4_input(id_, "mp4", url="https://x/a.mp4", loop=True)
    assert isinstance(durations, Mp4InputDurations)
    assert durations.video_duration_ms
    assert durations.audio_duration_ms
    url = client.register_rtmp_input(id_, "rtmp", stream_key="key")
    assert re.fullmatch(r"rtmp://[^/]+:\d+/key", url)
    answer = client.register_input(id_, "last", WhipInput(WhipInputType.WHIP_SERVER))
    assert answer.endpoint_route == "/whip/last"
    expect(BadRequestError, client.register_whip_input, id_, "last")
    names = ["a/b", "own", "whep", "mp4", "rtmp", "last"]
    assert list(state_of(scene, id_)["inputs"]) == names
    client.unregister_input(id_, "a/b")
    client.unregister_input(id_, "own", UnregisterInput(schedule_time_ms=0))
    assert list(state_of(scene, id_)["inputs"]) == names[2:]
    error = expect(InputNotFoundError, client.unregister_input, id_, "own")
    assert "input own not found" in str(error)


def check_outputs(scene: Scene) -> None:
    client = compositions_of(scene)
    id_ = client.create_composition().composition_id
    client.register_output(id_, "rtmp", calls.RTMP)
    client.register_whip_output(
        id_, "whip", endpoint_url="https://x/whip", video=calls.WHIP_VIDEO, audio=calls.WHIP_AUDIO
    )
    client.register_rtmp_output(id_, "silent", url="rtmp://x/y", video=calls.RTMP_VIDEO)
    outputs = state_of(scene, id_)["outputs"]
    assert outputs["whip"]["video"]["scene"] == calls.SCENE.to_dict()
    assert outputs["rtmp"]["audio"]["scene"] == {"inputs": []}
    client.update_output(id_, "silent", video=grid("ada", "bob"))
    update = UpdateOutputRequest(grid("ada"), AudioScene([AudioSceneInput("ada", 0.5)]))
    client.update_output(id_, "whip", update)
    outputs = state_of(scene, id_)["outputs"]
    assert outputs["silent"]["video"]["scene"] == grid("ada", "bob").to_dict()
    assert outputs["whip"]["audio"]["scene"] == {"inputs": [{"input_id": "ada", "volume": 0.5}]}
    client.request_keyframe(id_, "silent")
    assert state_of(scene, id_)["outputs"]["silent"]["keyframes"] == 1
    expect(BadRequestError, client.update_output, id_, "silent", audio=calls.MIX)
    expect(BadRequestError, client.update_output, id_, "whip")
    client.unregister_output(id_, "silent")
    for method in (client.request_keyframe, client.update_output):
        error = expect(CompositionNotFoundError, method, id_, "silent")
        assert "output silent not found" in str(error)
    expect(OutputNotFoundError, client.unregister_output, id_, "silent")


def check_outputs_that_are_not_taken(scene: Scene) -> None:
    client = compositions_of(scene)
    id_ = client.create_composition().composition_id
    bare = RtmpOutput("rtmp://x", RtmpOutputType.RTMP_CLIENT)
    error = expect(BadRequestError, client.register_output, id_, "o", bare)
    assert "needs video, audio or both" in str(error)
    low = Text("t", 10, TextType.TEXT, height=5)
    video = OutputWhipVideoOptions(Resolution(width=1, height=1), VideoScene(low))
    arguments = {"endpoint_url": "https://x", "video": video}
    expect(BadRequestError, client.register_whip_output, id_, "o", **arguments)
    assert state_of(scene, id_)["outputs"] == {}


def check_templates_and_events(scene: Scene) -> None:
    client = compositions_of(scene)
    id_ = client.create_composition().composition_id
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scene.js")
        path.write_bytes(b"export {}")
        for name, template in (("bytes", b"export {}"), ("path", path), ("text", str(path))):
            client.register_template_output(id_, name, calls.RTMP, template)
            output = state_of(scene, id_)["outputs"][name]
            assert output["template"] == "export {}"
            assert output["video"]["scene"] is None
    client.send_event(id_, "START")
    for data in calls.EVENT_DATA:
        client.send_event(id_, "x", data)
    sent = [{"event_name": "x", "data": data} for data in calls.EVENT_DATA]
    assert state_of(scene, id_)["events"] == [{"event_name": "START"}, *sent]


def check_images_and_fonts(scene: Scene) -> None:
    client = compositions_of(scene)
    id_ = client.create_composition().composition_id
    image = ImageSpecPng("https://x/a.png", ImageSpecPngAssetType.PNG)
    client.register_image(id_, "logo", image)
    assert state_of(scene, id_)["images"] == {"logo": image.to_dict()}
    client.unregister_image(id_, "logo")
    error = expect(RendererNotFoundError, client.unregister_image, id_, "logo")
    assert "image logo not found" in str(error)
    client.register_font(id_, b"font")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "brand.ttf").write_bytes(b"brand")
        client.register_font(id_, Path(folder, "brand.ttf"))
    assert state_of(scene, id_)["fonts"] == ["font", "brand"]


def check_how_outputs_end(scene: Scene) -> None:
    client = compositions_of(scene)
    id_ = client.create_composition().composition_id
    client.register_whip_input(id_, "ada")
    end = OutputEndCondition(all_of=["ada"])
    audio = OutputWhipAudioOptions(calls.MIX, send_eos_when=end)
    client.register_whip_output(id_, "o", endpoint_url="https://x", audio=audio)
    assert state_of(scene, id_)["outputs"]["o"]["status"] == "sending"
    control(scene, "end_input", id_, "ada")
    assert state_of(scene, id_)["outputs"]["o"]["status"] == "ended"


def check_a_room_on_air_and_recorded(scene: Scene) -> None:
    client, compositions = client_of(scene), compositions_of(scene)
    id_ = compositions.create_composition().composition_id
    url = compositions.composition_url(id_)
    room, stage = client.create_room(), client.create_room(RoomOptions(room_type="livestream"))
    peer, _ = client.create_peer(room.id)
    client.forward_room_tracks(room.id, url)
    track = control(scene, "add_track", room.id, peer.id, "video")
    info: Any = client.get_room(room.id).composition_info
    (forwarding,) = info.forwardings
    assert (info.composition_url, forwarding.video_track_id) == (url, track)
    assert list(state_of(scene, id_)["inputs"]) == [forwarding.input_id]
    source = CompositionSource(composition_url=url, output_id="stage")
    expect(ConflictError, client.create_composition_recording, source)
    compositions.register_whip_output(
        id_,
        "stage",
        endpoint_url=client.livestream_whip_url(),
        bearer_token=client.create_livestream_streamer_token(stage.id),
        video=OutputWhipVideoOptions(calls.SIZE, grid(forwarding.input_id)),
    )
    recording = client.create_composition_recording(source)
    assert recording.status is RecordingStatus.ACTIVE
    compositions.delete_composition(id_)
    assert client.get_recording(recording.id).status is RecordingStatus.AVAILABLE
    assert client.get_room(room.id).composition_info is None


def check_errors(scene: Scene) -> None:
    client = CompositionClient("wrong", scene["fishjam_id"])
    assert "invalid token" in str(expect(UnauthorizedError, client.create_composition))
    client = compositions_of(scene)
    error = expect(CompositionNotFoundError, client.register_whip_input, NOBODY, "i")
    assert f"composition {NOBODY} not found" in str(error)
    expect(InputNotFoundError, client.unregister_input, NOBODY, "i")


if __name__ == "__main__":
    sys.exit(run_parts(globals()))
