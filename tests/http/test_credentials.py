"""The management token: what can be one, and that nobody gets to see it."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

import pytest

from fishjam import AsyncFishjamClient, FishjamClient, FishjamNotifier
from fishjam._core.notes import explained
from fishjam._http.address import Address
from fishjam._http.credentials import Credentials
from fishjam._http.settings import DEFAULT_RETRY, NOT_GIVEN, Settings
from fishjam.errors import ConfigurationError, FishjamError
from tests.support.clients import TOKEN, World
from tests.support.http_server import Close, Reply, ScriptedServer


@pytest.mark.parametrize("token", ["a", "a.b-c_d~+/=", "with inner blank", "x" * 5000])
def test_tokens_that_can_travel(token: str) -> None:
    assert Credentials.of(token).headers()["authorization"] == f"Bearer {token}"


@pytest.mark.parametrize("empty", ["", " ", "\n", "\u2003", None, 5, b"bytes", ["x"]])
def test_no_token(empty: Any) -> None:
    with pytest.raises(ConfigurationError, match="management token is empty"):
        Credentials.of(empty)


@pytest.mark.parametrize(
    "token",
    [
        *("s3cret\n", "\ns3cret", "s3\r\ncret", "s3cret\x00", "s3cret\x7f", "s3crét"),
        *("s3cret\ud800", " s3cret", "s3cret ", "\ts3cret", "s3\tcret"),
    ],
)
def test_tokens_that_cannot_travel(token: str) -> None:
    with pytest.raises(ConfigurationError, match="line break, a blank at an end") as caught:
        Credentials.of(token)
    assert "s3" not in str(caught.value)


def test_no_repr_shows_the_token() -> None:
    credentials = Credentials.of(TOKEN)
    settings = Settings(Address.of("abc"), credentials, None, DEFAULT_RETRY)
    assert TOKEN not in repr(credentials)
    assert TOKEN not in repr(settings)
    assert repr(NOT_GIVEN) == "NOT_GIVEN"
    with FishjamClient("abc", TOKEN) as client:
        assert repr(client) == "FishjamClient('https://fishjam.io/api/v1/connect/abc')"


@pytest.mark.anyio
async def test_the_log_never_shows_the_token(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "fishjam")
    echo = (("x-echo", TOKEN), ("retry-after", "0"))
    script = (Reply(200, {"data": []}, echo), Reply(429, TOKEN, echo), Close(), Reply(400, TOKEN))
    with ScriptedServer(*script) as server:
        async with world.client(server.url) as client:
            await client.get_all_rooms()
            with pytest.raises(FishjamError):
                await client.create_room()
            with pytest.raises(FishjamError):
                await client.create_moq_access("a")
    records = [record for record in caplog.records if record.name == "fishjam"]
    messages = [record.getMessage() for record in records]
    assert any(f"GET {server.url}/room: 200 in " in line for line in messages)
    assert "create_room: trying again in 0.00 s" in messages
    assert any("RemoteProtocolError" in line for line in messages)
    assert TOKEN not in "".join(messages)
    assert TOKEN not in repr([record.__dict__ for record in records])


@pytest.mark.anyio
@pytest.mark.parametrize("token", [TOKEN, "s3cret+/token=="])
async def test_a_token_that_was_taken_for_an_id_is_not_shown(
    world: World, caplog: pytest.LogCaptureFixture, token: str
) -> None:
    caplog.set_level(logging.DEBUG, "fishjam")
    with ScriptedServer(Reply(404), Close()) as server:
        async with world.client(server.url, token, retry=None) as client:
            for _ in range(2):
                with pytest.raises(FishjamError) as caught:
                    await client.get_room(token)
                shown = explained(caught.value) + repr(vars(caught.value))
                assert token not in shown
                assert quote(token, safe="") not in shown
    messages = [record.getMessage() for record in caplog.records if record.name == "fishjam"]
    assert [f"GET {server.url}/room/***:" in message for message in messages] == [True, True]


@pytest.mark.parametrize("maker", [FishjamClient, AsyncFishjamClient, FishjamNotifier])
def test_swapped_arguments_do_not_send_the_token_as_an_id(maker: Any) -> None:
    with pytest.raises(ConfigurationError, match="seem to be swapped") as seen:
        maker("s3cret-token", "https://fishjam.example.com")
    assert "s3cret" not in str(seen.value)
    with pytest.raises(ConfigurationError, match="control characters") as seen:
        maker("s3cret\x00token", "my-token")
    assert "s3cret" not in str(seen.value)
