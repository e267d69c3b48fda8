"""Mistakes with the Fishjam ID and with tokens."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from fishjam import AsyncFishjamClient, FishjamClient, FishjamNotifier, errors
from fishjam.emulator import Emulator
from tests.support.clients import TOKEN
from tests.support.messages import text_of

PAIR = "FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN are a pair, and from one environment."
MAKERS: list[Any] = [FishjamClient, AsyncFishjamClient, FishjamNotifier]


@pytest.mark.parametrize("maker", MAKERS)
def test_the_variables_are_not_set(maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert text_of(errors.MissingFishjamIdError, maker.from_env) == (
        "The environment variable FISHJAM_ID is not set. It holds the id or the URL of your "
        "Fishjam; for a local one run `fishjam emulator`, which prints what to export."
    )
    monkeypatch.setenv("FISHJAM_ID", "abc")
    assert text_of(errors.ConfigurationError, maker.from_env) == (
        "The environment variable FISHJAM_MANAGEMENT_TOKEN is not set. It holds the secret "
        "management token of your Fishjam."
    )


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_the_id_or_the_token_is_empty(maker: Any, nothing: Any) -> None:
    assert text_of(errors.MissingFishjamIdError, maker, nothing, TOKEN) == (
        "The Fishjam ID is empty. Pass the id or the URL of your Fishjam, or set FISHJAM_ID and "
        "use from_env()."
    )
    assert text_of(errors.ConfigurationError, maker, "abc", nothing) == (
        "The management token is empty. Pass the token of your Fishjam, or set "
        "FISHJAM_MANAGEMENT_TOKEN and use from_env()."
    )


@pytest.mark.parametrize("maker", MAKERS)
def test_the_id_and_the_token_are_swapped(maker: Any) -> None:
    assert text_of(errors.ConfigurationError, maker, TOKEN, "http://127.0.0.1:5002") == (
        "The management token is an address: the id and the token seem to be swapped. The address "
        "comes first, then the management token."
    )


def test_the_token_was_read_from_a_file_with_its_line_break() -> None:
    text = text_of(errors.ConfigurationError, FishjamClient, "abc", f"{TOKEN}\n")
    assert text.endswith("Was it read from a file without stripping it?")


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    "address",
    ["localhost:5002", "127.0.0.1:5002/", "my-host:80/x", "fishjam.io/api/v1/connect/abc"],
)
def test_an_address_lacks_its_scheme(maker: Any, address: str) -> None:
    assert text_of(errors.ConfigurationError, maker, address, TOKEN) == (
        "The Fishjam ID is neither an id nor a whole address. An id has no spaces and none of the "
        "characters : / ? # @ . [ ] in it; an address begins with https:// or http://, for example "
        "http://localhost:5002."
    )


@pytest.mark.parametrize("maker", MAKERS)
def test_the_token_would_travel_unencrypted(maker: Any) -> None:
    with pytest.warns(errors.InsecureUrlWarning, match=r"unencrypted to http://192\.0\.2\.1: use"):
        maker("http://192.0.2.1", TOKEN)


def test_the_token_is_that_of_another_environment(emulator: Emulator) -> None:
    with FishjamClient(emulator.fishjam_id, "from-elsewhere") as client:
        text = text_of(errors.UnauthorizedError, client.create_room)
        assert text == (
            f"invalid token create_room: POST {emulator.fishjam_id}/room answered 401 Unauthorized "
            f"Check that the management token belongs to this Fishjam: {PAIR}"
        )
        text = text_of(errors.InvalidFishjamCredentialsError, client.check_credentials)
    assert text == (
        "The Fishjam ID and the management token do not belong together. "
        f"check_credentials: GET {emulator.fishjam_id}/validate answered 404. "
        f"Check both, and the order in which they were passed. {PAIR}"
    )


def test_a_peer_token_stands_in_for_the_management_token(
    emulator: Emulator, client: FishjamClient
) -> None:
    _, token = client.create_peer(client.create_room().id)
    hint = (
        f"{PAIR} The token that was passed looks like a JWT, as those of peers, agents and viewers "
        "do: they are for clients, and the management token is another one."
    )
    notifier = FishjamNotifier(emulator.fishjam_id, token)
    notifier.on_server_notification(print)
    with FishjamClient(emulator.fishjam_id, token) as wrong:
        for kind, call in (
            (errors.UnauthorizedError, wrong.get_all_rooms),
            (errors.InvalidFishjamCredentialsError, wrong.check_credentials),
            (errors.NotifierAuthError, lambda: anyio.run(notifier.connect)),
        ):
            text = text_of(kind, call)
            assert text.endswith(hint)
            assert token not in text


def test_the_notifier_has_a_token_of_another_environment(emulator: Emulator) -> None:
    notifier = FishjamNotifier(emulator.fishjam_id, "from-elsewhere")
    notifier.on_server_notification(print)
    assert text_of(errors.NotifierAuthError, anyio.run, notifier.connect) == (
        "Invalid management token: the notification socket refused it (invalid token). "
        f"Check that the token belongs to this Fishjam. {PAIR}"
    )


def test_there_is_no_fishjam_under_the_address(emulator: Emulator) -> None:
    with FishjamClient(f"{emulator.fishjam_id}/elsewhere", emulator.management_token) as client:
        for call in (client.get_all_rooms, client.create_room, client.create_moq_access):
            text = text_of(errors.NotFoundError, call)
            assert text.endswith(
                "There is no Fishjam under this address: check the Fishjam ID, and that it is not "
                "swapped with the management token."
            )
