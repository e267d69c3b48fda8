"""A local Fishjam to develop and to test against.

Needs the extra `emulator`: `pip install "fishjam-server-sdk[emulator]"`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fishjam.emulator._delivery.webhooks import WebhookDelivery as WebhookDelivery
    from fishjam.emulator._emulator import Emulator as Emulator
    from fishjam.emulator._errors import EmulatorError as EmulatorError
    from fishjam.emulator._rest.bodies import FormPart as FormPart
    from fishjam.emulator._rest.request_log import RecordedRequest as RecordedRequest
    from fishjam.emulator._virtual.audio import tone as tone
    from fishjam.emulator._virtual.peer import VirtualPeer as VirtualPeer
    from fishjam.emulator._virtual.received_audio import HeardAudio as HeardAudio
    from fishjam.emulator._virtual.speech import speech as speech
    from fishjam.emulator._virtual.tracks import VirtualCamera as VirtualCamera
    from fishjam.emulator._virtual.tracks import VirtualTrack as VirtualTrack

__all__ = (
    "Emulator",
    "EmulatorError",
    "FormPart",
    "HeardAudio",
    "RecordedRequest",
    "VirtualCamera",
    "VirtualPeer",
    "VirtualTrack",
    "WebhookDelivery",
    "speech",
    "tone",
)

_HOMES = {
    "Emulator": "_emulator",
    "EmulatorError": "_errors",
    "FormPart": "_rest.bodies",
    "HeardAudio": "_virtual.received_audio",
    "RecordedRequest": "_rest.request_log",
    "VirtualCamera": "_virtual.tracks",
    "VirtualPeer": "_virtual.peer",
    "VirtualTrack": "_virtual.tracks",
    "WebhookDelivery": "_delivery.webhooks",
    "speech": "_virtual.speech",
    "tone": "_virtual.audio",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: pytest imports this package in every run."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_HOMES[name]}")
    except ImportError as error:
        hint = 'pip install "fishjam-server-sdk[emulator]"'
        raise ImportError(f"the emulator needs more packages: {hint} ({error})") from error
    globals()[name] = getattr(module, name)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
