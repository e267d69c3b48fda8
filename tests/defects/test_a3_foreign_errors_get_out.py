"""A3: in the published SDK an odd answer or a broken connection raises somebody else's error."""

from __future__ import annotations

import pytest

from fishjam import errors
from tests.support.clients import World
from tests.support.http_server import (
    Action,
    Close,
    Raw,
    Reply,
    Reset,
    ScriptedServer,
    refusing_port,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        (Reply(520, "web server returned an unknown error"), errors.ServerError),
        (Reply(499), errors.ClientError),
        (Reply(799), errors.InternalServerError),
        (Reply(200, "<html>hello</html>"), errors.InvalidResponseError),
        (Reply(200), errors.InvalidResponseError),
        (Close(), errors.FishjamConnectionError),
        (Reset(), errors.FishjamConnectionError),
        (Raw(b"garbage\r\n\r\n"), errors.FishjamConnectionError),
    ],
)
async def test_whatever_happens_is_an_error_of_ours(
    world: World, action: Action, kind: type[errors.FishjamError]
) -> None:
    with ScriptedServer(action) as server:
        async with world.client(server.url, retry=None) as client:
            with pytest.raises(kind):
                await client.get_all_rooms()


async def test_a_server_that_is_not_there(world: World) -> None:
    with refusing_port() as port:
        async with world.client(f"http://127.0.0.1:{port}", retry=None) as client:
            with pytest.raises(errors.FishjamConnectionError):
                await client.get_all_rooms()
