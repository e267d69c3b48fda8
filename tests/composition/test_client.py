"""Making clients of the Composition API, their options, and what they refuse to send."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

import httpx
import pytest

from fishjam import AsyncCompositionClient, CompositionClient, RetryPolicy, errors
from fishjam._core.notes import explained
from fishjam.composition import RegisterInputResponse, WhipInput
from tests.composition.conftest import MakeClient, adapt
from tests.composition.values import SECRET
from tests.support.clients import TOKEN, World
from tests.support.http_server import Hang, Reply, ScriptedServer, refusing_port

pytestmark = pytest.mark.anyio

HOSTED = "https://rtc.fishjam.io"


@pytest.mark.parametrize("kind", [CompositionClient, AsyncCompositionClient])
@pytest.mark.parametrize(
    ("url", "origin"),
    [
        (None, HOSTED),
        ("", HOSTED),
        ("https://my.host:8443/deep/path?and=query#fragment", "https://my.host:8443"),
        ("http://127.0.0.1:5002/", "http://127.0.0.1:5002"),
    ],
)
def test_only_the_origin_counts(kind: Any, url: str | None, origin: str) -> None:
    client = kind(TOKEN, url)
    assert client.composition_url("c 1") == f"{origin}/api/composition/c%201"
    assert repr(client) == f"{kind.__name__}({origin!r})"
    assert kind(management_token=TOKEN, composition_url=url).composition_url("x").startswith(origin)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("my.host", "must begin with https:// or http://"),
        ("ftp://my.host", "must begin with https:// or http://"),
        ("https://", "has no host"),
        ("https://host:99999", "cannot be read"),
        ("https://user:s3cret@host", "contains credentials"),
        (" ", "must begin with https:// or http://"),
        (7, "must be a string, not int"),
    ],
)
def test_urls_that_cannot_be_used(url: Any, problem: str) -> None:
    with pytest.raises(
        errors.ConfigurationError, match=f"^The composition URL .*{problem}"
    ) as caught:
        CompositionClient(TOKEN, url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("token", ["", " ", "a\nb", None])
def test_tokens_that_cannot_be_used(token: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="management token"):
        CompositionClient(token)


def test_a_token_in_the_clear_is_warned_of() -> None:
    with pytest.warns(errors.InsecureUrlWarning, match="http://my.host"):
        CompositionClient(TOKEN, "http://my.host/x")


async def test_from_env(
    server: ScriptedServer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind: Any = CompositionClient if world.is_sync else AsyncCompositionClient
    monkeypatch.delenv("FISHJAM_COMPOSITION_URL", raising=False)
    with pytest.raises(errors.ConfigurationError, match="FISHJAM_MANAGEMENT_TOKEN is not set"):
        kind.from_env()
    monkeypatch.setenv("FISHJAM_MANAGEMENT_TOKEN", "from-the-environment")
    assert HOSTED in repr(kind.from_env())
    monkeypatch.setenv("FISHJAM_COMPOSITION_URL", f"{server.url}/path")
    client = kind.from_env(timeout=5, retry=None)
    async with adapt(client) if world.is_sync else client as client:
        await client.create_composition()
    assert server.requests[0].header("authorization") == "Bearer from-the-environment"


async def test_a_client_of_ones_own_is_used_and_not_closed(
    server: ScriptedServer, make_client: MakeClient, world: World
) -> None:
    async with world.http(headers={"x-own": "yes"}) as http:
        async with make_client(server.url, http_client=http) as client:
            await client.start_composition("c1")
        assert not http.is_closed
    assert server.requests[0].header("x-own") == "yes"


async def test_options_over_the_same_connections(
    server: ScriptedServer, client: AsyncCompositionClient
) -> None:
    await client.start_composition("c1")
    other = client.with_options(retry=None, timeout=3)
    await other.start_composition("c1")
    await other.aclose()
    await client.start_composition("c1")
    assert server.connections == 1
    await client.aclose()
    await client.aclose()
    for closed in (client, other):
        with pytest.raises(errors.ClientClosedError):
            await closed.start_composition("c1")


async def test_calls_end_in_time_and_are_told_apart(make_client: MakeClient) -> None:
    with refusing_port() as port:
        async with make_client(f"http://127.0.0.1:{port}", retry=None) as client:
            with pytest.raises(errors.FishjamConnectionError, match="create_composition: POST"):
                await client.create_composition()
    with ScriptedServer(Hang()) as server:
        async with make_client(server.url, timeout=0.05, retry=None) as client:
            with pytest.raises(errors.FishjamTimeoutError):
                await client.start_composition("c1")


async def test_what_cannot_have_taken_effect_is_repeated(
    server: ScriptedServer, make_client: MakeClient
) -> None:
    busy = Reply(503, {"message": "busy"}, (("retry-after", "0"),))
    server.script = deque([busy, Reply(429, headers=(("retry-after", "0"),)), Reply(503)])
    async with make_client(server.url, retry=RetryPolicy(max_attempts=5)) as client:
        with pytest.raises(errors.ServiceUnavailableError):
            await client.start_composition("c1")
        assert len(server.requests) == 3


async def test_what_the_server_says_of_old_clients_is_not_read(
    server: ScriptedServer, client: AsyncCompositionClient
) -> None:
    header = ("x-fishjam-api-deprecated", '{"status": "deprecated", "message": "old"}')
    server.script = deque([Reply(200, {}, (header,))])
    await client.start_composition("c1")  # A warning would be an error here.


@pytest.mark.parametrize("bad", ["", " ", ".", "..", "a\nb", 7])
async def test_ids_that_cannot_be_one_segment(
    server: ScriptedServer, client: AsyncCompositionClient, bad: Any
) -> None:
    with pytest.raises(ValueError, match="composition_id"):
        client.composition_url(bad)
    with pytest.raises(ValueError, match="composition_id"):
        await client.delete_composition(bad)
    with pytest.raises(ValueError, match="input_id"):
        await client.register_whip_input("c1", bad)
    with pytest.raises(ValueError, match="output_id"):
        await client.request_keyframe("c1", bad)
    with pytest.raises(ValueError, match="image_id"):
        await client.unregister_image("c1", bad)
    assert server.requests == []


async def test_events_that_cannot_be_sent(
    server: ScriptedServer, client: AsyncCompositionClient
) -> None:
    for data in (float("nan"), object(), {"a": {1, "b"}.union}):
        with pytest.raises(ValueError, match="cannot be sent as JSON"):
            await client.send_event("c1", "e", data)
    assert server.requests == []


@pytest.mark.parametrize("maker", [CompositionClient, AsyncCompositionClient])
def test_swapped_arguments_do_not_show_the_token(maker: Any) -> None:
    for first, second, problem in (
        ("https://rtc.fishjam.io", TOKEN, "must begin with https:// or http://"),
        ("https://rtc.fishjam.io", None, "seem to be swapped"),
        ("https://rtc.fishjam.io", f"s3cret://{TOKEN}", "must begin with https:// or http://"),
        (TOKEN, f"http:///{TOKEN}", "has no host"),
    ):
        with pytest.raises(errors.ConfigurationError, match=problem) as caught:
            maker(first, second)
        assert TOKEN not in explained(caught.value)


async def test_files_that_are_not_there(
    server: ScriptedServer, client: AsyncCompositionClient, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        await client.register_font("c1", tmp_path / "none.ttf")
    assert server.requests == []


async def test_an_input_that_nobody_could_publish_to(
    server: ScriptedServer, client: AsyncCompositionClient
) -> None:
    # The server knows inputs called `silent` and says nothing of them.
    with pytest.raises(errors.InvalidResponseError, match="has no bearer token") as caught:
        await client.register_whip_input("c1", "silent")
    assert isinstance(caught.value, errors.InternalServerError)
    assert caught.value.operation == "register_input"
    with pytest.raises(errors.InvalidResponseError, match="has no address") as caught:
        await client.register_rtmp_input("c1", "silent", stream_key=SECRET)
    assert explained(caught.value).splitlines()[1] == "register_input: silent"
    assert SECRET not in explained(caught.value)
    server.script = deque([Reply(200, {"bearer_token": "", "endpoint_route": ""})])
    target = await client.register_whip_input("c1", "a/b", bearer_token="own")
    assert target.url == f"{server.url}/api/composition/c1/whip/a%2Fb"
    assert target.bearer_token == "own"


async def test_answers_are_models(client: AsyncCompositionClient) -> None:
    created = await client.create_composition()
    assert (created.composition_id, created.api_url) == ("c1", "http://inside:8000/c1")
    answer = await client.register_input("c1", "i1", WhipInput())
    assert isinstance(answer, RegisterInputResponse)


def test_the_wrong_kind_of_http_client_is_told_at_once() -> None:
    with pytest.raises(TypeError, match=r"httpx\.Client"):
        CompositionClient(TOKEN, http_client=httpx.AsyncClient())  # type: ignore[arg-type]
