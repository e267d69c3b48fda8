"""Every status of an answer becomes the error of the public tree; 404 says what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from fishjam import AsyncCompositionClient, errors
from fishjam._core.notes import explained
from tests.composition.conftest import MakeClient
from tests.outside.composition_calls import CALLS, write_files
from tests.support.clients import TOKEN
from tests.support.http_server import Received, Reply, ScriptedServer

pytestmark = pytest.mark.anyio

NOT_FOUND = {
    "unregister_input": errors.InputNotFoundError,
    "unregister_output": errors.OutputNotFoundError,
    "unregister_image": errors.RendererNotFoundError,
}
EXACT: dict[int, type[errors.HTTPError]] = {
    400: errors.BadRequestError,
    401: errors.UnauthorizedError,
    402: errors.QuotaExceededError,
    403: errors.ForbiddenError,
    404: errors.CompositionNotFoundError,
    409: errors.ConflictError,
    422: errors.BadRequestError,
    429: errors.RateLimitError,
    503: errors.ServiceUnavailableError,
}
FAMILIES: dict[int, type[errors.HTTPError]] = {
    2: errors.InvalidResponseError,
    3: errors.InternalServerError,
    4: errors.ClientError,
}
OTHERS = (201, 202, 204, 299, 300, 302, 304, 399, 405, 418, 499, 500, 502, 599, 600, 777, 999)
SENT = {name: call for name, call in CALLS.items() if name != "composition_url"}


def echo_status(received: Received) -> Reply:
    """Answer with the status that the composition's id names."""
    status = int(received.target.split("/")[3])
    return Reply(status, {"message": f"no: {received.header('authorization')}"})


async def failure(client: AsyncCompositionClient, status: int) -> errors.HTTPError:
    with pytest.raises(errors.HTTPError) as caught:
        await client.delete_composition(str(status))
    return caught.value


async def test_every_status_has_its_class(make_client: MakeClient) -> None:
    with ScriptedServer(otherwise=echo_status) as server:
        async with make_client(server.url, retry=None) as client:
            await client.delete_composition("200")
            for status in (*EXACT, *OTHERS):
                error = await failure(client, status)
                family = FAMILIES.get(status // 100, errors.InternalServerError)
                family = errors.ServerError if status // 100 == 5 else family
                assert type(error) is EXACT.get(status, family)
                assert (error.status_code, error.operation) == (status, "delete_composition")
                silent = {
                    204: "The API does not promise the status 204 No Content here.",
                    304: "304 Not Modified",
                }
                assert str(error) == error.detail == silent.get(status, error.detail)
                if status // 100 != 2 and status not in silent:
                    assert error.detail == "no: Bearer ***"
                assert TOKEN not in explained(error)


async def test_a_404_says_what_is_not_there(make_client: MakeClient, tmp_path: Path) -> None:
    write_files(tmp_path)
    with ScriptedServer(otherwise=Reply(404, {"message": "gone"})) as server:
        async with make_client(server.url) as client:
            for name, call in SENT.items():
                with pytest.raises(errors.NotFoundError) as caught:
                    await call(client, tmp_path)
                expected = NOT_FOUND.get(name.partition(",")[0], errors.CompositionNotFoundError)
                assert type(caught.value) is expected, name
                assert caught.value.detail == "gone"


async def test_a_good_status_is_good_only_where_it_is_promised(
    make_client: MakeClient, tmp_path: Path
) -> None:
    write_files(tmp_path)
    good = {"composition_id": "c", "api_url": "u", "bearer_token": "t", "publish_url": "p"}
    for status in (200, 201, 204):
        with ScriptedServer(otherwise=Reply(status, good)) as server:
            async with make_client(server.url) as client:
                for name, call in SENT.items():
                    promised = 201 if name.startswith("create_composition") else 200
                    if status == promised:
                        await call(client, tmp_path)
                        continue
                    with pytest.raises(errors.InvalidResponseError) as caught:
                        await call(client, tmp_path)
                    assert caught.value.status_code == status
                    assert f"The API does not promise the status {status} " in str(caught.value)


async def test_an_answer_that_is_not_what_was_promised(make_client: MakeClient) -> None:
    with ScriptedServer(otherwise=Reply(201, "<html>")) as server:
        async with make_client(server.url) as client:
            with pytest.raises(errors.InvalidResponseError, match="it is not JSON"):
                await client.create_composition()
