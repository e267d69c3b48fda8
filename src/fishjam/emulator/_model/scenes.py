"""The rules for outputs and scenes that the composition document states in prose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fishjam.emulator._model.refusals import BadRequest

SAMPLE_RATES = (8000, 16000, 24000, 48000)
"""The rates at which Opus can be sent, in Hz."""
MAX_VOLUME = 2

MAX_ELEMENTS = 1000
"""How many components the video of one output may show, and how many inputs its audio may mix.

Every one of them is checked against the document, which takes about a millisecond.
"""

_CONDITIONS = ("any_of", "all_of", "any_input", "all_inputs")

Json = Mapping[str, Any]


def check_size(settings: Any, at: str) -> None:
    """Check that a scene is not so large that its other checks would take seconds.

    Args:
        settings: what an output is to be registered with or changed to; it may be anything.
        at: what the settings are called in an error, such as `body`.

    Raises:
        BadRequest: if a scene has too many elements.
    """
    for name, count in (("video", _count_components), ("audio", _count_inputs)):
        if count(_value(settings, name)) > MAX_ELEMENTS:
            raise BadRequest(f"{at}.{name}: more than {MAX_ELEMENTS} elements in one scene")


def check_output(settings: Json, at: str) -> None:
    """Check the settings of an output, which fit the document.

    Args:
        settings: the settings.
        at: their name in an error, such as `body`.

    Raises:
        BadRequest: if they violate a rule.
    """
    video, audio = settings.get("video"), settings.get("audio")
    if video is None and audio is None:
        raise BadRequest(f"{at}: an output needs video, audio or both")
    check_scenes(video and video["initial"], audio and audio["initial"], at, ".initial")
    for name, options in (("video", video), ("audio", audio)):
        _check_end_condition((options or {}).get("send_eos_when"), f"{at}.{name}.send_eos_when")
    for i, encoder in enumerate((audio or {}).get("encoder_preferences") or ()):
        rate = encoder.get("sample_rate")
        if rate not in (None, *SAMPLE_RATES):
            place = f"{at}.audio.encoder_preferences[{i}].sample_rate"
            raise BadRequest(f"{place}: {rate} is not one of {list(SAMPLE_RATES)}")


def check_scenes(video: Json | None, audio: Json | None, at: str, below: str = "") -> None:
    """Check the scenes of an output; `below` follows `video` and `audio` in errors.

    Raises:
        BadRequest: if one violates a rule.
    """
    if video is not None:
        _check_component(video["root"], f"{at}.video{below}.root")
    for i, mixed in enumerate(audio["inputs"] if audio is not None else ()):
        volume = mixed.get("volume")
        if volume is not None and not 0 <= volume <= MAX_VOLUME:
            place = f"{at}.audio{below}.inputs[{i}].volume"
            raise BadRequest(f"{place}: {volume} is not from 0 to {MAX_VOLUME}")


def _check_component(component: Json, at: str) -> None:
    is_text = component["type"] == "text"
    if is_text and component.get("height") is not None and component.get("width") is None:
        raise BadRequest(f"{at}: a height needs a width beside it")
    # Recursion is safe, because bodies are refused that are nested more than 100 levels deep.
    if "child" in component:
        _check_component(component["child"], f"{at}.child")
    for i, child in enumerate(component.get("children") or ()):
        _check_component(child, f"{at}.children[{i}]")


def _check_end_condition(condition: Json | None, at: str) -> None:
    given = [name for name in _CONDITIONS if (condition or {}).get(name) is not None]
    if len(given) > 1:
        raise BadRequest(f"{at}: only one of them may be set, not {' and '.join(given)}")


def _value(node: Any, name: str) -> Any:
    return node.get(name) if isinstance(node, dict) else None


def _count_components(video: Any) -> int:
    """Return how many components are in a scene, or a number above the limit."""
    waiting = [_value(part, "root") for part in (video, _value(video, "initial"))]
    count = 0
    # Nothing was checked yet, so no value has to be of the type that the document wants.
    while waiting and count <= MAX_ELEMENTS:
        component = waiting.pop()
        if isinstance(component, dict):
            count += 1
            children = component.get("children")
            waiting += children if isinstance(children, list) else []
            waiting.append(component.get("child"))
    return count


def _count_inputs(audio: Any) -> int:
    counts = (_value(part, "inputs") for part in (audio, _value(audio, "initial")))
    return sum(len(inputs) for inputs in counts if isinstance(inputs, list))
