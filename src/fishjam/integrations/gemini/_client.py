"""Clients of google-genai that name this SDK in their requests."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

import google.genai
from google.auth.credentials import Credentials
from google.genai import types
from google.genai.client import DebugConfig
from pydantic import BaseModel

from fishjam.agent import OutgoingAudioTrackOptions
from fishjam.events import TrackEncoding
from fishjam.options import AgentOutputOptions
from fishjam.version import get_version

INPUT_SAMPLE_RATE = 16_000
"""The sample rate of what Gemini hears, in samples a second."""

OUTPUT_SAMPLE_RATE: Literal[24000] = 24_000
"""The sample rate of what Gemini says, in samples a second."""

_HEADER = "x-goog-api-client"


class Integration:
    """What an agent needs to talk with Gemini: a client, and the audio formats of both ways."""

    def create_client(
        self,
        vertexai: bool | None = None,
        api_key: str | None = None,
        credentials: Credentials | None = None,
        project: str | None = None,
        location: str | None = None,
        debug_config: DebugConfig | None = None,
        http_options: types.HttpOptions | types.HttpOptionsDict | None = None,
        **options: Any,
    ) -> google.genai.Client:
        """Make a `google.genai.Client` whose requests name this SDK beside google-genai.

        The arguments are those of `google.genai.Client`, and its defaults: without any, the API
        key comes from `GOOGLE_API_KEY` or `GEMINI_API_KEY`. To the header `x-goog-api-client` this
        SDK is added; a label of your own stays. Your `http_options` are not changed.

        Args:
            vertexai: whether to use Google Cloud in place of the Gemini Developer API.
            api_key: the key for the Gemini Developer API.
            credentials: for Google Cloud.
            project: the Google Cloud project.
            location: the region of the Google Cloud project, for example "us-central1".
            debug_config: recording and replaying of requests.
            http_options: base URL, API version, headers, timeouts and the like.
            options: whatever else your version of google-genai takes, for example `enterprise`.

        Raises:
            ValueError: google-genai finds no API key, or arguments that do not go together.

        Example:
            >>> client = GeminiIntegration.create_client(api_key=os.environ["GEMINI_API_KEY"])
        """
        # Looked up here, so that a double put in its place by a test is used.
        return google.genai.Client(
            vertexai=vertexai,
            api_key=api_key,
            credentials=credentials,
            project=project,
            location=location,
            debug_config=debug_config,
            http_options=_signed(http_options),
            **options,
        )

    @property
    def GEMINI_INPUT_AUDIO_SETTINGS(self) -> AgentOutputOptions:  # noqa: N802
        """How an agent must hear to pass it on to Gemini: 16-bit PCM at 16000 Hz.

        Example:
            >>> AgentOptions(output=GeminiIntegration.GEMINI_INPUT_AUDIO_SETTINGS)
        """
        return AgentOutputOptions(audio_format="pcm16", audio_sample_rate=16_000)

    @property
    def GEMINI_OUTPUT_AUDIO_SETTINGS(self) -> OutgoingAudioTrackOptions:  # noqa: N802
        """The track for what Gemini says: 16-bit PCM at 24000 Hz, one channel.

        Example:
            >>> await session.add_track(GeminiIntegration.GEMINI_OUTPUT_AUDIO_SETTINGS)
        """
        return OutgoingAudioTrackOptions(
            encoding=TrackEncoding.PCM16, sample_rate=OUTPUT_SAMPLE_RATE, channels=1
        )

    @property
    def GEMINI_AUDIO_MIME_TYPE(self) -> str:  # noqa: N802
        """The MIME type of the audio that is sent to Gemini."""
        return audio_mime_type(INPUT_SAMPLE_RATE)

    def __repr__(self) -> str:
        return "GeminiIntegration"


def audio_mime_type(sample_rate: int) -> str:
    """Return the MIME type of 16-bit PCM audio."""
    return f"audio/pcm;rate={sample_rate}"


def _signed(
    options: types.HttpOptions | types.HttpOptionsDict | None,
) -> types.HttpOptions | types.HttpOptionsDict:
    """Return a copy of the options with the header that names this SDK.

    google-genai writes into what it is given, nested objects included, so these are copied too.
    """
    if isinstance(options, types.HttpOptions):
        changed = {name: _copied(getattr(options, name)) for name in options.model_fields_set}
        changed["headers"] = _with_label(options.headers)
        return options.model_copy(update=changed)
    fields: dict[str, Any] = {name: _copied(value) for name, value in (options or {}).items()}
    fields["headers"] = _with_label(fields.get("headers"))
    return cast("types.HttpOptionsDict", fields)


def _copied(value: Any) -> Any:
    return copy.copy(value) if isinstance(value, (dict, BaseModel)) else value


def _with_label(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Add this SDK to what the headers say of the client, however its name is written there."""
    given = headers or {}
    rest = {name: value for name, value in given.items() if name.lower() != _HEADER}
    labels = [value for name, value in given.items() if name.lower() == _HEADER]
    return {**rest, _HEADER: _joined([*labels, f"fishjam-python-server-sdk/{get_version()}"])}


def _joined(labels: Iterable[str]) -> str:
    """Join labels, each once."""
    return " ".join(dict.fromkeys(" ".join(labels).split()))
