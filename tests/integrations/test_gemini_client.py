"""Clients of google-genai: what they say of themselves, and whether their credentials are good."""

from __future__ import annotations

import copy
import importlib
import sys
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import anyio
import pytest
import trustme
from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError
from google.genai import errors, types
from google.genai.version import __version__ as genai_version

from fishjam import AgentOutputOptions
from fishjam.agent import OutgoingAudioTrackOptions
from fishjam.errors import EventLoopError, MissingExtraError
from fishjam.events import TrackEncoding
from fishjam.integrations.gemini import (
    GeminiIntegration,
    InvalidGeminiCredentialsError,
    check_credentials,
)
from fishjam.version import get_version
from tests.integrations.gemini_live import ALLOWED_WARNING, KEY, GeminiServer

pytestmark = [
    pytest.mark.usefixtures("no_google_environment"),
    pytest.mark.filterwarnings(ALLOWED_WARNING),
]

HEADER = "x-goog-api-client"
OURS = f"fishjam-python-server-sdk/{get_version()}"


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[GeminiServer]:
    with GeminiServer(authority) as server:
        yield server


def header_sent(server: GeminiServer) -> list[str]:
    _, headers = server.requests[-1]
    return headers[HEADER].split()


# The client


def test_published_names() -> None:
    assert AgentOutputOptions("pcm16", 16000) == GeminiIntegration.GEMINI_INPUT_AUDIO_SETTINGS
    assert (
        OutgoingAudioTrackOptions(
            encoding=TrackEncoding.TRACK_ENCODING_PCM16, sample_rate=24000, channels=1
        )
        == GeminiIntegration.GEMINI_OUTPUT_AUDIO_SETTINGS
    )
    assert GeminiIntegration.GEMINI_AUDIO_MIME_TYPE == "audio/pcm;rate=16000"
    assert repr(GeminiIntegration) == "GeminiIntegration"


def test_a_client_names_both_sdks(server: GeminiServer) -> None:
    with server.client() as client:
        client.models.list()
    assert f"google-genai-sdk/{genai_version}" in header_sent(server)
    assert header_sent(server).count(OURS) == 1


@pytest.mark.parametrize("kind", [types.HttpOptions, dict])
def test_the_callers_options_stay_as_they_are(server: GeminiServer, kind: Any) -> None:
    given = kind(
        **server.http_options,
        headers={"X-Goog-Api-Client": "their-app/7", "x-other": "kept"},
        retry_options=types.HttpRetryOptions(attempts=0),
        timeout=5000,
    )
    fields = given if kind is dict else dict(given)
    before = {name: copy.copy(value) for name, value in fields.items()}
    with server.client(http_options=given) as client:
        client.models.list()
    assert (given if kind is dict else dict(given)) == before
    assert header_sent(server)[-2:] == ["their-app/7", OURS]
    assert server.requests[-1][1]["x-other"] == "kept"


def test_options_of_another_client_do_not_name_this_sdk_twice(server: GeminiServer) -> None:
    options = {**server.http_options, "headers": {HEADER: f"app/1 {OURS}"}}
    with server.client(http_options=options) as client:
        client.models.list()
    assert header_sent(server).count(OURS) == 1


def test_without_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    with GeminiIntegration.create_client() as client:
        assert not client.vertexai


def test_the_arguments_of_the_client_may_come_by_position() -> None:
    with GeminiIntegration.create_client(False, KEY, None, None, None, None, None) as client:
        assert not client.vertexai


def test_an_argument_that_is_not_known_here_goes_to_google_genai() -> None:
    with pytest.raises(TypeError, match="no_such_argument"):
        GeminiIntegration.create_client(api_key=KEY, no_such_argument=1)


def test_a_double_in_the_place_of_the_client_is_used() -> None:
    with patch("google.genai.Client") as double:
        assert GeminiIntegration.create_client(api_key="key") is double.return_value


def test_without_a_key_google_genai_says_so() -> None:
    with pytest.raises(ValueError, match="key"):
        GeminiIntegration.create_client()


def test_without_google_genai_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("fishjam.integrations.")]:
        if "gemini" in name:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "google.genai", None)
    wanted = r"google-genai: pip install 'fishjam-server-sdk\[gemini"
    with pytest.raises(MissingExtraError, match=wanted):
        importlib.import_module("fishjam.integrations.gemini")


# Credentials

BAD_KEY = {
    "error": {
        "code": 400,
        "message": "API key not valid. Please pass a valid API key.",
        "status": "INVALID_ARGUMENT",
        "details": [{"reason": "API_KEY_INVALID", "domain": "googleapis.com"}],
    }
}
SUSPENDED = {
    "error": {
        "code": 403,
        "message": f"Permission denied: Consumer 'api_key:{KEY}' has been suspended.",
        "status": "PERMISSION_DENIED",
    }
}
BUSY = {"error": {"code": 429, "message": "Quota exceeded.", "status": "RESOURCE_EXHAUSTED"}}
NOT_HERE = {"error": {"code": 400, "message": "Location not supported.", "status": "FAILED"}}


def check(server: GeminiServer, *, asynchronously: bool) -> None:
    async def run() -> None:
        async with client.aio as aio:
            await check_credentials(aio)

    with server.client() as client:
        if asynchronously:
            anyio.run(run, backend="asyncio")
        else:
            check_credentials(client)


BOTH = pytest.mark.parametrize("asynchronously", [False, True])


@BOTH
def test_good_credentials(server: GeminiServer, asynchronously: bool) -> None:
    check(server, asynchronously=asynchronously)
    ((target, headers),) = server.requests
    assert target == "/v1beta/models?pageSize=1"
    assert headers["x-goog-api-key"] == KEY
    assert OURS in headers[HEADER]


@BOTH
@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        ("400 Bad Request", BAD_KEY, "400 API key not valid"),
        ("401 Unauthorized", {"error": {"message": "Who are you?"}}, "401 Who are you?"),
        ("403 Forbidden", SUSPENDED, r"403 .*'api_key:\*\*\*' has been suspended"),
    ],
)
def test_refused_credentials(
    server: GeminiServer, asynchronously: bool, status: str, body: Any, text: str
) -> None:
    server.models = (status, body)
    with pytest.raises(InvalidGeminiCredentialsError, match=text) as caught:
        check(server, asynchronously=asynchronously)
    assert isinstance(caught.value.__cause__, errors.ClientError)
    assert KEY not in str(caught.value)


@BOTH
@pytest.mark.parametrize("answer", [("429 Busy", BUSY), ("400 Bad Request", NOT_HERE)])
def test_another_failure_says_nothing_about_the_credentials(
    server: GeminiServer, asynchronously: bool, answer: Any
) -> None:
    server.models = answer
    with pytest.raises(errors.ClientError):
        check(server, asynchronously=asynchronously)


class Expired(Credentials):
    """Credentials of Google Cloud that cannot be renewed."""

    def __init__(self, *, retryable: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._retryable = retryable

    def refresh(self, request: object) -> None:
        raise RefreshError("Reauthentication is needed.", retryable=self._retryable)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("retryable", [False, True])
def test_credentials_of_google_cloud(server: GeminiServer, retryable: bool) -> None:
    cloud = {"vertexai": True, "api_key": None, "project": "p", "location": "us-central1"}
    expected = RefreshError if retryable else InvalidGeminiCredentialsError
    with (
        server.client(credentials=Expired(retryable=retryable), **cloud) as client,
        pytest.raises(expected, match="Reauthentication is needed"),
    ):
        check_credentials(client, timeout=None)


def test_trio_is_refused_before_anything_is_sent(server: GeminiServer) -> None:
    async def run() -> None:
        await check_credentials(client.aio)

    with (
        server.client() as client,
        pytest.raises(EventLoopError, match="google-genai runs on asyncio alone"),
    ):
        anyio.run(run, backend="trio")
    assert server.requests == []
