"""Mistakes with compositions: a dict, or what is for something else, in place of its class."""

from __future__ import annotations

from typing import Any

import pytest

from fishjam import CompositionClient
from fishjam.composition import UnregisterInput, VideoScene, View
from tests.support.clients import TOKEN
from tests.support.messages import text_of

OUTPUTS = "output must be one of RtmpOutput, WhipOutput"
IMAGES = "ImageSpecPng, ImageSpecJpeg, ImageSpecSvg, ImageSpecGif, ImageSpecAuto"
SCENE = VideoScene(View())

MISTAKES: list[tuple[str, tuple[Any, ...], str]] = [
    (
        "create_composition",
        ({"autostart": False},),
        "config must be CreateCompositionRequest, not dict. Write "
        "CreateCompositionRequest(autostart=False); it takes ",
    ),
    (
        "register_input",
        ("c", "i", {"type": "whip_server"}),
        "input_ must be one of RtmpInput, Mp4Input, WhipInput, WhepInput, not dict",
    ),
    ("register_output", ("c", "o", {"type": "whip_client"}), f"{OUTPUTS}, not dict"),
    ("register_output", ("c", "o", SCENE), f"{OUTPUTS}, not VideoScene"),
    ("register_image", ("c", "i", {"url": "u"}), f"image must be one of {IMAGES}, not dict"),
    ("update_output", ("c", "o", SCENE), "update must be UpdateOutputRequest, not VideoScene."),
    ("update_output", ("c", "o", {"video": 1}), "update must be UpdateOutputRequest, not dict."),
    ("unregister_input", ("c", "i", {"a": 1}), "options must be UnregisterInput, not dict."),
    ("unregister_output", ("c", "o", 5), "options must be UnregisterOutput, not int."),
    (
        "unregister_image",
        ("c", "i", UnregisterInput()),
        "options must be UnregisterRenderer, not UnregisterInput.",
    ),
]


@pytest.mark.parametrize(("method", "given", "wanted"), MISTAKES)
def test_it_is_said_before_anything_is_sent(
    method: str, given: tuple[Any, ...], wanted: str
) -> None:
    with CompositionClient(TOKEN) as client:
        text = text_of(TypeError, getattr(client, method), *given)
    assert text.startswith(f"{method}: {wanted}")
