"""A2: in the published SDK 403, 405, 413, 418 and 429 are one class that knows nothing."""

from __future__ import annotations

import pytest

from fishjam import errors
from tests.support.clients import World
from tests.support.http_server import Reply, ScriptedServer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, errors.ForbiddenError),
        (405, errors.ClientError),
        (413, errors.ClientError),
        (418, errors.ClientError),
        (429, errors.RateLimitError),
        (500, errors.ServerError),
        (504, errors.ServerError),
    ],
)
async def test_they_can_be_told_apart(
    world: World, status: int, kind: type[errors.HTTPError]
) -> None:
    answer = Reply(status, {"errors": "no"}, (("retry-after", "9"), ("x-request-id", "abc")))
    with ScriptedServer(answer) as server:
        async with world.client(server.url, retry=None) as client:
            with pytest.raises(kind) as caught:
                await client.create_room()
    error = caught.value
    assert type(error) is kind
    # Code written against the published SDK still catches them.
    assert isinstance(error, errors.InternalServerError)
    assert (error.status_code, error.detail, error.retry_after) == (status, "no", 9)
    assert (error.method, error.url) == ("POST", f"{server.url}/room")
    assert error.headers["x-request-id"] == "abc"
