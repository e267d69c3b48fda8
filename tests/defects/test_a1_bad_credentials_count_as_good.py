"""A1: in the published SDK only a 404 makes `check_credentials` fail, and no token is needed."""

from __future__ import annotations

import pytest

from fishjam import errors
from tests.support.clients import TOKEN, World
from tests.support.http_server import Close, Reply, ScriptedServer

pytestmark = pytest.mark.anyio

REFUSED = (401, 403, 404)


@pytest.mark.parametrize("status", [301, 400, *REFUSED, 429, 500, 502, 503])
async def test_only_a_good_answer_is_good(world: World, status: int) -> None:
    kind = errors.InvalidFishjamCredentialsError if status in REFUSED else errors.HTTPError
    with ScriptedServer(otherwise=Reply(status)) as server:
        async with world.client(server.url, retry=None) as client:
            with pytest.raises(kind):
                await client.check_credentials()
        with pytest.raises(kind):
            await world.create_and_verify(fishjam_id=server.url, management_token=TOKEN, retry=None)
    assert server.targets == ["/validate", "/validate"]


async def test_no_answer_is_not_good_either(world: World) -> None:
    with ScriptedServer(Close()) as server:
        async with world.client(server.url, retry=None) as client:
            with pytest.raises(errors.FishjamConnectionError):
                await client.check_credentials()


@pytest.mark.parametrize("token", ["", " ", "\n"])
async def test_an_empty_token_is_refused_before_anything_is_sent(world: World, token: str) -> None:
    with (
        ScriptedServer(otherwise=Reply(200)) as server,
        pytest.raises(errors.ConfigurationError),
    ):
        await world.create_and_verify(fishjam_id=server.url, management_token=token)
    assert server.connections == 0
