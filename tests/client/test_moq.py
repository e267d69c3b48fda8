"""Access to the Media over QUIC relay, on a local Fishjam."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from fishjam import AsyncFishjamClient, MoqAccess, errors
from fishjam.emulator import Emulator

pytestmark = pytest.mark.anyio


def claims(access: MoqAccess) -> dict[str, Any]:
    payload: dict[str, Any] = jwt.decode(access.token, options={"verify_signature": False})
    return payload


async def test_access_to_publish_and_to_subscribe(
    client: AsyncFishjamClient, emulator: Emulator
) -> None:
    access = await client.create_moq_access("pub/a", "sub/b", 60)
    assert isinstance(access, MoqAccess)
    assert access.connection_url.endswith(f"?jwt={access.token}")
    assert access.token not in repr(access)
    held = claims(access)
    assert (held["put"], held["get"], held["exp"] - held["iat"]) == (["pub/a"], ["sub/b"], 60)
    assert emulator.requests[-1].json == {
        "publishPath": "pub/a",
        "subscribePath": "sub/b",
        "ttl": 60,
    }


async def test_what_is_not_given_is_left_to_the_server(
    client: AsyncFishjamClient, emulator: Emulator
) -> None:
    held = claims(await client.create_moq_access(subscribe_path="s"))
    assert (held["put"], held["get"], held["exp"] - held["iat"]) == ([], ["s"], 3600)
    assert emulator.requests[-1].json == {"subscribePath": "s"}


@pytest.mark.parametrize("options", [{}, {"publish_path": "p", "ttl": 604801}])
async def test_what_the_server_refuses(client: AsyncFishjamClient, options: dict[str, Any]) -> None:
    with pytest.raises(errors.BadRequestError):
        await client.create_moq_access(**options)


async def test_the_older_name_gives_the_token_alone(client: AsyncFishjamClient) -> None:
    with pytest.warns(DeprecationWarning, match="use create_moq_access"):
        token = await client.create_moq_token("p")
    assert token.count(".") == 2
    with (
        pytest.warns(DeprecationWarning, match="deprecated"),
        pytest.raises(errors.BadRequestError),
    ):
        await client.create_moq_token()
