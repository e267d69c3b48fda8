"""A local Fishjam to develop and to test against.

Needs the extra `emulator`: `pip install "fishjam-server-sdk[emulator]"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fishjam._lazy import lazy_names

if TYPE_CHECKING:
    from fishjam.emulator._delivery.webhooks import WebhookAnswer as WebhookAnswer
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
else:
    # pytest imports this package in every run, wherever the SDK is installed.
    _load, __dir__ = lazy_names(__name__)

    def __getattr__(name: str) -> Any:
        """Load a public name when it is first used."""
        try:
            return _load(name)
        except ImportError as error:
            from fishjam.errors import MissingExtraError

            hint = 'pip install "fishjam-server-sdk[emulator]"'
            raise MissingExtraError(
                f"the emulator needs more packages: {hint} ({error})"
            ) from error
