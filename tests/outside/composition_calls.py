"""Calls of the Composition API that the published SDK and this one take alike.

What the published one sends for them is in `tests/data/published_composition.json`, which
`record_composition.py` writes. `tests/composition/test_requests.py` makes the same calls with this
SDK. So this file uses only what both have, and gives every `type_`, which the published one wants.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from email import message_from_string
from pathlib import Path
from typing import Any

from fishjam.composition import (
    AudioChannels,
    AudioMixingStrategy,
    AudioScene,
    AudioSceneInput,
    BoxShadow,
    CreateCompositionRequest,
    EasingFunctionBounce,
    EasingFunctionBounceFunctionName,
    EasingFunctionCubicBezier,
    EasingFunctionCubicBezierFunctionName,
    EasingFunctionLinear,
    EasingFunctionLinearFunctionName,
    HorizontalAlign,
    Image,
    ImageSpecAuto,
    ImageSpecAutoAssetType,
    ImageSpecGif,
    ImageSpecGifAssetType,
    ImageSpecJpeg,
    ImageSpecJpegAssetType,
    ImageSpecPng,
    ImageSpecPngAssetType,
    ImageSpecSvg,
    ImageSpecSvgAssetType,
    ImageType,
    InputStream,
    InputStreamType,
    Mp4Input,
    Mp4InputType,
    OpusEncoderPreset,
    OutputEndCondition,
    OutputRtmpClientAudioOptions,
    OutputRtmpClientVideoOptions,
    OutputWhipAudioOptions,
    OutputWhipVideoOptions,
    Overflow,
    RescaleMode,
    Rescaler,
    RescalerType,
    Resolution,
    RtmpInput,
    RtmpInputType,
    RtmpOutput,
    RtmpOutputType,
    Text,
    TextStyle,
    TextType,
    TextWeight,
    TextWrapMode,
    Tiles,
    TilesType,
    Transition,
    UnregisterInput,
    UnregisterOutput,
    UnregisterRenderer,
    UpdateOutputRequest,
    VerticalAlign,
    VideoScene,
    View,
    ViewDirection,
    ViewType,
    WhepInput,
    WhepInputType,
    WhipAudioEncoderOptionsAny,
    WhipAudioEncoderOptionsAnyType,
    WhipAudioEncoderOptionsOpus,
    WhipAudioEncoderOptionsOpusType,
    WhipInput,
    WhipInputType,
    WhipOutput,
    WhipOutputType,
)

RECORD = Path(__file__).parents[1] / "data" / "published_composition.json"
TOKEN = "a-management-token"
ORIGIN = "http://origin"

TEMPLATE = b"export default 1;\r\n\x00\xff--"
FILES = {"my scene.js": TEMPLATE, "brand.unknown-kind": b"\x00\x01font", "font": b"plain"}

STREAM = InputStream("ada", InputStreamType.INPUT_STREAM)
SIZE = Resolution(width=1280, height=720)
END = OutputEndCondition(any_of=["ada", "bob"])
SILENCE = AudioScene([])
MIX = AudioScene([AudioSceneInput("ada"), AudioSceneInput("bob", 0.5), AudioSceneInput("c", 2)])
LINEAR = EasingFunctionLinear(EasingFunctionLinearFunctionName.LINEAR)
BOUNCE = EasingFunctionBounce(EasingFunctionBounceFunctionName.BOUNCE)
CURVE = EasingFunctionCubicBezier(
    [0.25, 0.1, 0.25, 1], EasingFunctionCubicBezierFunctionName.CUBIC_BEZIER
)

VIEW = View(
    ViewType.VIEW,
    id="view",
    children=[STREAM, Text("plain", 12, TextType.TEXT)],
    width=1920,
    height=1080.5,
    direction=ViewDirection.COLUMN,
    top=1,
    left=2,
    bottom=3,
    right=4,
    rotation=90,
    transition=Transition(500, LINEAR, True),
    overflow=Overflow.HIDDEN,
    background_color="#00000000",
    border_radius=1.5,
    border_width=2,
    border_color="#FFFFFFFF",
    box_shadow=[BoxShadow(1, 2, "#000000FF", 3), BoxShadow()],
    padding=1,
    padding_vertical=2,
    padding_horizontal=3,
    padding_top=4,
    padding_right=5,
    padding_bottom=6,
    padding_left=7,
)
TILES = Tiles(
    TilesType.TILES,
    id="tiles",
    children=[STREAM, VIEW],
    width=640,
    height=480,
    background_color="#112233FF",
    tile_aspect_ratio="16:9",
    margin=8,
    padding=4,
    horizontal_align=HorizontalAlign.JUSTIFIED,
    vertical_align=VerticalAlign.JUSTIFIED,
    transition=Transition(250.5, BOUNCE),
)
RESCALER = Rescaler(
    TILES,
    RescalerType.RESCALER,
    id="rescaler",
    mode=RescaleMode.FILL,
    horizontal_align=HorizontalAlign.LEFT,
    vertical_align=VerticalAlign.BOTTOM,
    width=1,
    height=2,
    top=3,
    left=4,
    bottom=5,
    right=6,
    rotation=45.5,
    transition=Transition(1, CURVE, False),
    border_radius=0,
    border_width=0.0,
    border_color="#00FF00FF",
    box_shadow=[BoxShadow(blur_radius=0)],
)
TEXT = Text(
    "Zażółć\n🐟",
    40,
    TextType.TEXT,
    id="text",
    width=100,
    height=50,
    max_width=7682,
    max_height=4320,
    line_height=44.5,
    color="#FFFFFFFF",
    background_color="#00000080",
    font_family="Verdana",
    style=TextStyle.OBLIQUE,
    align=HorizontalAlign.RIGHT,
    wrap=TextWrapMode.GLYPH,
    weight=TextWeight.EXTRA_BOLD,
)
IMAGE = Image("logo", ImageType.IMAGE, "image", 10, 20.5)
SCENE = VideoScene(View(ViewType.VIEW, children=[RESCALER, TEXT, IMAGE]))
STREAM_ALONE = VideoScene(InputStream("ada", InputStreamType.INPUT_STREAM, "stream"))

WHIP_VIDEO = OutputWhipVideoOptions(SIZE, SCENE, END)
WHIP_AUDIO = OutputWhipAudioOptions(
    MIX,
    mixing_strategy=AudioMixingStrategy.SUM_SCALE,
    send_eos_when=OutputEndCondition(all_of=["ada"]),
    channels=AudioChannels.STEREO,
    encoder_preferences=[
        WhipAudioEncoderOptionsOpus(
            WhipAudioEncoderOptionsOpusType.OPUS, OpusEncoderPreset.VOIP, 48000, True
        ),
        WhipAudioEncoderOptionsOpus(WhipAudioEncoderOptionsOpusType.OPUS),
        WhipAudioEncoderOptionsAny(WhipAudioEncoderOptionsAnyType.ANY),
    ],
)
RTMP_VIDEO = OutputRtmpClientVideoOptions(SIZE, STREAM_ALONE, OutputEndCondition(any_input=True))
RTMP_AUDIO = OutputRtmpClientAudioOptions(
    SILENCE,
    mixing_strategy=AudioMixingStrategy.SUM_CLIP,
    send_eos_when=OutputEndCondition(all_inputs=False),
    channels=AudioChannels.MONO,
)
RTMP = RtmpOutput("rtmp://x/y", RtmpOutputType.RTMP_CLIENT, RTMP_VIDEO, RTMP_AUDIO)
WHIP = WhipOutput("https://x/whip", WhipOutputType.WHIP_CLIENT, "token", WHIP_VIDEO, WHIP_AUDIO)
BARE_WHIP = WhipOutput("https://x/whip", WhipOutputType.WHIP_CLIENT)

EVENT_DATA: tuple[Any, ...] = (False, 0, "", [], {}, {"deep": [None, 1.5, {"a": "ż"}]})

Call = Callable[[Any, Path], Any]


def _event(data: Any) -> Call:
    return lambda client, _: client.send_event("c1", "", data)


CALLS: dict[str, Call] = {
    "composition_url": lambda client, _: client.composition_url("c1"),
    "create_composition": lambda client, _: client.create_composition(),
    "create_composition, configured": lambda client, _: client.create_composition(
        CreateCompositionRequest(autostart=False, cleanup_without_inputs=False)
    ),
    "start_composition": lambda client, _: client.start_composition("c1"),
    "reset_composition": lambda client, _: client.reset_composition("c1"),
    "delete_composition": lambda client, _: client.delete_composition("c1"),
    "delete_composition, odd id": lambda client, _: client.delete_composition("ż/a b?c#d%2F&=+"),
    "register_input, WHIP": lambda client, _: client.register_input(
        "c1", "i1", WhipInput(WhipInputType.WHIP_SERVER)
    ),
    "register_input, WHEP": lambda client, _: client.register_input(
        "c1", "i1", WhepInput("https://x/whep", WhepInputType.WHEP_CLIENT)
    ),
    "register_input, MP4": lambda client, _: client.register_input(
        "c1", "i1", Mp4Input("https://x/a.mp4", Mp4InputType.MP4)
    ),
    "register_input, RTMP": lambda client, _: client.register_input(
        "c1", "a/b", RtmpInput("key", RtmpInputType.RTMP_SERVER)
    ),
    "register_whip_input": lambda client, _: client.register_whip_input("c1", "i1"),
    "register_whip_input, full": lambda client, _: client.register_whip_input(
        "c1", "i1", bearer_token="own", video=False
    ),
    "register_whip_input, no route": lambda client, _: client.register_whip_input(
        "c1", "silent /%", bearer_token="own"
    ),
    "register_whep_input": lambda client, _: client.register_whep_input(
        "c1", "i1", endpoint_url="https://x/whep"
    ),
    "register_whep_input, full": lambda client, _: client.register_whep_input(
        "c1", "i1", endpoint_url="https://x/whep", bearer_token="own", video=True
    ),
    "register_mp4_input": lambda client, _: client.register_mp4_input(
        "c1", "i1", url="https://x/a.mp4"
    ),
    "register_mp4_input, full": lambda client, _: client.register_mp4_input(
        "c1", "silent", url="https://x/a.mp4", loop=True
    ),
    "register_rtmp_input": lambda client, _: client.register_rtmp_input(
        "c1", "i1", stream_key="key"
    ),
    "unregister_input": lambda client, _: client.unregister_input("c1", "i1"),
    "unregister_input, later": lambda client, _: client.unregister_input(
        "c1", "i/1", UnregisterInput(1500)
    ),
    "register_output, WHIP": lambda client, _: client.register_output("c1", "o1", WHIP),
    "register_output, RTMP": lambda client, _: client.register_output("c1", "o1", RTMP),
    "register_output, bare": lambda client, _: client.register_output("c/1", "o 1", BARE_WHIP),
    "register_template_output, bytes": lambda client, _: client.register_template_output(
        "c1", "o1", BARE_WHIP, TEMPLATE
    ),
    "register_template_output, path": lambda client, folder: client.register_template_output(
        "c1", "o1", RTMP, folder / "my scene.js"
    ),
    "register_template_output, text": lambda client, folder: client.register_template_output(
        "c1", "o1", config=WHIP, template=str(folder / "my scene.js")
    ),
    "register_whip_output": lambda client, _: client.register_whip_output(
        "c1", "o1", endpoint_url="https://x/whip"
    ),
    "register_whip_output, full": lambda client, _: client.register_whip_output(
        "c1",
        "o1",
        endpoint_url="https://x/whip",
        bearer_token="token",
        video=WHIP_VIDEO,
        audio=WHIP_AUDIO,
    ),
    "register_rtmp_output": lambda client, _: client.register_rtmp_output(
        "c1", "o1", url="rtmp://x/y"
    ),
    "register_rtmp_output, full": lambda client, _: client.register_rtmp_output(
        "c1", "o1", url="rtmp://x/y", video=RTMP_VIDEO, audio=RTMP_AUDIO
    ),
    "unregister_output": lambda client, _: client.unregister_output("c1", "o1"),
    "unregister_output, later": lambda client, _: client.unregister_output(
        "c1", "o1", UnregisterOutput(schedule_time_ms=0)
    ),
    "update_output": lambda client, _: client.update_output("c1", "o1"),
    "update_output, video": lambda client, _: client.update_output("c1", "o1", video=SCENE),
    "update_output, audio": lambda client, _: client.update_output("c1", "o1", audio=SILENCE),
    "update_output, both": lambda client, _: client.update_output(
        "c1", "o1", UpdateOutputRequest(STREAM_ALONE, MIX, 10.5)
    ),
    "update_output, given twice": lambda client, _: client.update_output(
        "c1", "o1", UpdateOutputRequest(audio=MIX), video=SCENE, audio=SILENCE
    ),
    "request_keyframe": lambda client, _: client.request_keyframe("c1", "o1"),
    "register_image, PNG": lambda client, _: client.register_image(
        "c1", "logo", ImageSpecPng("https://x/a", ImageSpecPngAssetType.PNG)
    ),
    "register_image, JPEG": lambda client, _: client.register_image(
        "c1", "logo", ImageSpecJpeg("https://x/a", ImageSpecJpegAssetType.JPEG)
    ),
    "register_image, GIF": lambda client, _: client.register_image(
        "c1", "logo", ImageSpecGif("https://x/a", ImageSpecGifAssetType.GIF)
    ),
    "register_image, automatic": lambda client, _: client.register_image(
        "c1", "logo", ImageSpecAuto("https://x/a", ImageSpecAutoAssetType.AUTO)
    ),
    "register_image, SVG": lambda client, _: client.register_image(
        "c1", "logo", ImageSpecSvg("https://x/a", ImageSpecSvgAssetType.SVG)
    ),
    "register_image, SVG with a size": lambda client, _: client.register_image(
        "c1", "lo/go", ImageSpecSvg("https://x/a", ImageSpecSvgAssetType.SVG, SIZE)
    ),
    "register_font, bytes": lambda client, _: client.register_font("c1", b"\x00\x01font"),
    "register_font, path": lambda client, folder: client.register_font(
        "c1", folder / "brand.unknown-kind"
    ),
    "register_font, text": lambda client, folder: client.register_font("c1", str(folder / "font")),
    "unregister_image": lambda client, _: client.unregister_image("c1", "logo"),
    "unregister_image, later": lambda client, _: client.unregister_image(
        "c1", "logo", UnregisterRenderer(0.5)
    ),
    "send_event": lambda client, _: client.send_event("c1", "START_LIVE"),
    **{f"send_event, {json.dumps(data)}": _event(data) for data in EVENT_DATA},
}
"""Each gets a client and a folder with the files."""


def write_files(folder: Path) -> None:
    """Put the files into a folder that the calls upload."""
    for name, content in FILES.items():
        (folder / name).write_bytes(content)


def answer(target: str) -> tuple[int, Any]:
    """Return status and body of the answer to a request; an input that is `silent` says little."""
    if target == "/api/composition":
        return 201, {"composition_id": "c1", "api_url": "http://inside:8000/c1"}
    if "/input/silent" in target or not re.search("/input/.*/register$", target):
        return 200, {}
    return 200, {
        "bearer_token": "made up",
        "endpoint_route": "/whip/from the server",
        "video_duration_ms": 1000,
        "audio_duration_ms": 999,
        "publish_url": "rtmp://x:1935/key",
    }


def plain_request(received: Any) -> dict[str, Any]:
    """Describe a request as plain data: what must be equal however it is written."""
    client, _, version = received.header("x-fishjam-api-client").partition("/")
    described = {
        "method": received.method,
        "target": received.target,
        "authorization": received.header("authorization"),
        "x-fishjam-api-client": f"{client}/{'version' if version else ''}",
    }
    kind = received.header("content-type") or ""
    if kind.startswith("multipart/form-data"):
        boundary = b"--" + kind.partition("boundary=")[2].encode()
        pieces = received.body.split(boundary)[1:-1]
        return {**described, "parts": [_plain_part(piece[2:-2]) for piece in pieces]}
    if received.body:
        return {**described, "content-type": kind, "json": received.json}
    return described


def _plain_part(piece: bytes) -> dict[str, Any]:
    head, _, content = piece.partition(b"\r\n\r\n")
    headers = {key.lower(): value for key, value in message_from_string(head.decode()).items()}
    if headers["content-type"] == "application/json":
        return {**headers, "json": json.loads(content)}
    return {**headers, "content": content.decode("latin-1")}


def plain_result(result: Any, origin: str) -> Any:
    """Describe the result of a call as plain data; `origin` is where the server was."""
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        result = dataclasses.asdict(result)
    elif hasattr(result, "to_dict"):
        result = result.to_dict()
    return json.loads(json.dumps(result).replace(origin, ORIGIN))
