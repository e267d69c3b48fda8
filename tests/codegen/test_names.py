"""Names in Python for names of the document."""

import pytest

from codegen.names import class_part, safe_name
from codegen.printing import snake_case


@pytest.mark.parametrize(
    ("name", "safe"),
    [("type", "type_"), ("class", "class_"), ("self", "self_"), ("id", "id"), ("name", "name")],
)
def test_safe_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("audioOnly", "AudioOnly"),
        ("audio-only", "AudioOnly"),
        ("audio_only", "AudioOnly"),
        ("compositionURL", "CompositionURL"),
        ("with space", "WithSpace"),
        ("$odd", "Odd"),
    ],
)
def test_class_part(name: str, part: str) -> None:
    assert class_part(name) == part


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("RecordingSource", "recording_source"),
        ("PeerConfigWebRTC", "peer_config_web_rtc"),
        ("WebRTCConfig", "web_rtc_config"),
        ("compositionURL", "composition_url"),
        ("page-size", "page_size"),
        ("filter[x]", "filter_x"),
        ("already_snake", "already_snake"),
    ],
)
def test_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake
