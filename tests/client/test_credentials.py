"""Making clients, and finding out whether their credentials are good."""

from __future__ import annotations

import httpx
import pytest

from fishjam import AsyncFishjamClient, FishjamClient, RetryPolicy, errors
from fishjam.emulator import Emulator
from tests.support.calls import OUTPUT
from tests.support.clients import TOKEN, World
from tests.support.recorded_warnings import here, recorded, where


async def test_wrong_kinds_are_told_at_once() -> None:
    with pytest.raises(TypeError, match=r"httpx\.Client"):
        FishjamClient("id", "token", http_client=httpx.AsyncClient())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"httpx\.AsyncClient"):
        AsyncFishjamClient("id", "token", http_client=object())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="RetryPolicy"):
        FishjamClient("id", "token", retry=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="RetryPolicy"):
        FishjamClient("id", "token").with_options(retry=3)  # type: ignore[arg-type]


pytestmark = pytest.mark.anyio


async def test_good_credentials(client: AsyncFishjamClient) -> None:
    await client.check_credentials()


async def test_create_and_verify(world: World, emulator: Emulator) -> None:
    options = {"fishjam_id": emulator.fishjam_id, "management_token": emulator.management_token}
    async with await world.create_and_verify(**options) as client:
        assert await client.get_all_rooms() == []
    with pytest.raises(errors.InvalidFishjamCredentialsError):
        await world.create_and_verify(**{**options, "management_token": "wrong"})


async def test_a_wrong_token(world: World, emulator: Emulator) -> None:
    async with world.client(emulator.fishjam_id, "wrong-token") as client:
        with pytest.raises(errors.InvalidFishjamCredentialsError) as caught:
            await client.check_credentials()
        with pytest.raises(errors.UnauthorizedError):
            await client.get_all_rooms()
    assert caught.value.status_code == 404
    assert "wrong-token" not in str(caught.value)


async def test_from_env(world: World, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHJAM_ID", emulator.fishjam_id)
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", emulator.management_token)
    async with world.adapt(world.client_class.from_env(timeout=5, retry=None)) as client:
        await client.check_credentials()
    async with world.http() as http:
        await world.adapt(world.client_class.from_env(http_client=http)).check_credentials()


@pytest.mark.parametrize("kind", [FishjamClient, AsyncFishjamClient])
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_from_env_names_the_variable_that_is_missing(
    kind: type[FishjamClient], blank: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", TOKEN)
    if blank is not None:
        monkeypatch.setenv("FISHJAM_ID", blank)
    with pytest.raises(errors.MissingFishjamIdError, match="variable FISHJAM_ID is not set"):
        kind.from_env()
    monkeypatch.setenv("FISHJAM_ID", "abc")
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", blank or "")
    with pytest.raises(errors.ConfigurationError, match="FISHJAM_MANAGEMENT_TOKEN is not set"):
        kind.from_env()


def test_from_env_of_a_class_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine(FishjamClient):
        pass

    monkeypatch.setenv("FISHJAM_ID", "abc")
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", TOKEN)
    with Mine.from_env() as client:
        assert type(client) is Mine


@pytest.mark.parametrize("kind", [FishjamClient, AsyncFishjamClient])
def test_plain_http_to_another_machine_warns(
    kind: type[FishjamClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    warning = "travels unencrypted to http://fishjam.example:80: use https"
    with pytest.warns(errors.InsecureUrlWarning, match=warning) as seen:
        _, line = kind("http://fishjam.example:80/x", TOKEN), here()
    assert where(seen[0]) == (__file__, line)
    monkeypatch.setenv("FISHJAM_ID", "http://fishjam.example")
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", TOKEN)
    with pytest.warns(errors.InsecureUrlWarning) as seen:
        _, line = kind.from_env(), here()
    assert where(seen[0]) == (__file__, line)
    assert TOKEN not in str(seen[0].message)


async def test_the_arguments_are_positional_or_keywords(world: World, emulator: Emulator) -> None:
    kind = world.client_class
    named = kind(fishjam_id=emulator.fishjam_id, management_token=emulator.management_token)
    async with world.adapt(named) as client:
        await client.check_credentials()
    with pytest.raises(TypeError):
        kind("abc", TOKEN, 5)


async def test_the_older_methods_warn_at_the_callers_line(emulator: Emulator) -> None:
    with FishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        with recorded() as seen:
            _, line = client.create_moq_token("p"), here()
        assert where(seen[0]) == (__file__, line)
        with recorded() as seen:
            _, line = client.create_recording(OUTPUT), here()
        assert where(seen[0]) == (__file__, line)


async def test_the_older_methods_warn_at_the_awaiting_line(
    world: World, emulator: Emulator
) -> None:
    async with AsyncFishjamClient(emulator.fishjam_id, emulator.management_token) as client:
        with recorded() as seen:
            _, line = await client.create_moq_token("p"), here()
        assert where(seen[0]) == (__file__, line)
        with recorded() as seen:
            _, line = await client.create_recording(OUTPUT), here()
        assert where(seen[0]) == (__file__, line)


async def test_the_emulator_says_that_the_sdk_is_old(
    client: AsyncFishjamClient, emulator: Emulator
) -> None:
    emulator.deprecate("deprecated", "please upgrade")
    with recorded() as seen:
        await client.create_room()
        await client.create_room()
    assert [str(one.message) for one in seen] == ["please upgrade"]


async def test_what_breaks_is_done_once_or_done_in_the_end(
    world: World, emulator: Emulator
) -> None:
    policy = RetryPolicy(initial_delay=0)
    async with world.client(emulator.fishjam_id, emulator.management_token, retry=policy) as client:
        room = await client.create_room()
        emulator.break_next(2, "delete_room", after_effect=True)
        await client.delete_room(room.id)
        emulator.break_next(1, "create_room", after_effect=True)
        with pytest.raises(errors.FishjamConnectionError):
            await client.create_room()
        assert len(await client.get_all_rooms()) == 1
        emulator.fail_next(503, operation="create_room", retry_after=0)
        await client.create_room()
        assert len(await client.get_all_rooms()) == 2
