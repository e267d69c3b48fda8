"""HTTP clients of the user's own, of httpx or of httpx2: both do the same."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest

import fishjam
from fishjam import AsyncCompositionClient, CompositionClient, FishjamClient, RetryPolicy, errors
from fishjam._core.notes import explained
from fishjam.recording import Recording, RecordingFile, RecordingStatus
from tests.http.test_failures import MAY_HAVE_ARRIVED
from tests.support.calls import CALLS, OUTPUT, Call
from tests.support.clients import LEFT_BY_HTTPX, TOKEN, World
from tests.support.http_server import Close, Hang, Raw, Reply, ScriptedServer, refusing_port

NOW = RetryPolicy(initial_delay=0)
NOWHERE = "https://fishjam.example"


@pytest.fixture(params=[httpx, httpx2], ids=lambda module: module.__name__)
def library(request: pytest.FixtureRequest) -> Any:
    return request.param


def client_class(world: World, library: Any) -> Any:
    return library.Client if world.is_sync else library.AsyncClient


@pytest.fixture
async def http(world: World, library: Any) -> AsyncIterator[Any]:
    own = client_class(world, library)(timeout=5)
    yield own
    await world.close_http(own)


def good(call: Call) -> Reply:
    return Reply(200, call.good_answer)


@pytest.mark.anyio
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.method)
async def test_every_call(world: World, http: Any, call: Call) -> None:
    with ScriptedServer(otherwise=good(call)) as server:
        await call.on(world.client(server.url, http_client=http))
    (request,) = server.requests
    assert request.method == call.http_method
    assert request.header("authorization") == f"Bearer {TOKEN}"


@pytest.mark.anyio
async def test_compositions(world: World, http: Any) -> None:
    kind: Any = CompositionClient if world.is_sync else AsyncCompositionClient
    with ScriptedServer(Reply(200, {}), Reply(404, {"message": "gone"})) as server:
        client = kind(TOKEN, server.url, http_client=http, retry=None)

        async def start() -> None:
            started = client.start_composition("c")
            if not world.is_sync:
                await started

        await start()
        with pytest.raises(errors.CompositionNotFoundError, match="gone"):
            await start()


@pytest.mark.anyio
@pytest.mark.parametrize("of", [httpx, httpx2], ids=lambda module: f"Timeout of {module.__name__}")
async def test_a_timeout_of_either(world: World, http: Any, of: Any) -> None:
    timeout = of.Timeout(30, read=0.1)
    with ScriptedServer(otherwise=Hang()) as server:
        for client in (
            world.client(server.url, http_client=http, timeout=timeout, retry=None),
            world.client(server.url, http_client=http).with_options(timeout=timeout, retry=None),
            world.client(server.url, timeout=timeout, retry=None),
        ):
            with pytest.raises(errors.FishjamTimeoutError, match="did not answer in time"):
                await client.get_all_rooms()


@pytest.mark.anyio
@pytest.mark.parametrize("name", MAY_HAVE_ARRIVED)
async def test_every_error_is_known(world: World, library: Any, name: str) -> None:
    sent = []

    def handle(request: Any) -> Any:
        sent.append(request)
        raise getattr(library, name)("no")

    own = client_class(world, library)(transport=library.MockTransport(handle))
    client = world.client(NOWHERE, retry=NOW, http_client=own)
    with pytest.raises(errors.FishjamConnectionError) as caught:
        await client.create_room()
    await world.close_http(own)
    assert isinstance(caught.value.__cause__, getattr(library, name))
    timed_out = issubclass(getattr(library, name), library.TimeoutException)
    assert isinstance(caught.value, errors.FishjamTimeoutError) is timed_out
    assert len(sent) == (1 if MAY_HAVE_ARRIVED[name] else 3)


@pytest.mark.anyio
async def test_real_failures(world: World, http: Any) -> None:
    with refusing_port() as port:
        client = world.client(f"http://127.0.0.1:{port}", http_client=http, retry=None)
        with pytest.raises(errors.FishjamConnectionError, match="could not be reached") as caught:
            await client.get_all_rooms()
    assert "Does the emulator run" in explained(caught.value)
    with ScriptedServer(Close(), Raw(b"this is not HTTP\r\n\r\n")) as server:
        client = world.client(server.url, http_client=http, retry=None)
        for _ in range(2):
            with pytest.raises(errors.FishjamConnectionError, match=r"connection .* broke"):
                await client.get_all_rooms()


@pytest.mark.anyio
async def test_it_is_tried_again(world: World, http: Any) -> None:
    with ScriptedServer(Close(), Reply(503), Reply(200, {"data": []})) as server:
        client = world.client(server.url, http_client=http, retry=NOW)
        assert await client.get_all_rooms() == []
    assert len(server.requests) == 3


@pytest.mark.anyio
async def test_an_address_that_is_too_long(world: World, http: Any) -> None:
    client = world.client(NOWHERE, http_client=http)
    with pytest.raises(ValueError, match="get_room: this makes an invalid address"):
        await client.get_room("x" * 70_000)


@pytest.mark.anyio
async def test_after_its_owner_closed_it(world: World, library: Any) -> None:
    own = client_class(world, library)()
    client = world.client(NOWHERE, http_client=own)
    await world.close_http(own)
    with pytest.raises(errors.ClientClosedError):
        await client.get_all_rooms()


@LEFT_BY_HTTPX
@pytest.mark.anyio
async def test_a_download(world: World, http: Any, tmp_path: Path) -> None:
    half = b'HTTP/1.1 200 OK\r\ncontent-length: 10\r\netag: "1"\r\n\r\nhello'
    rest = Reply(206, b"world", (("etag", '"1"'), ("content-range", "bytes 5-9/10")))
    with ScriptedServer(Reply(302, "", (("location", "/moved"),)), Raw(half), rest) as server:
        file = RecordingFile(f"{server.url}/a.mp4")
        recording = Recording([file], "r1", OUTPUT, RecordingStatus("available"))
        client = world.client(NOWHERE, http_client=http, retry=NOW)
        (path,) = await client.download_recording(recording, tmp_path)
    assert path.read_bytes() == b"helloworld"


@pytest.mark.anyio
async def test_what_a_hook_has_read_already(world: World, library: Any) -> None:
    def read(response: Any) -> None:
        response.read()

    async def aread(response: Any) -> None:
        await response.aread()

    hooks = {"response": [read if world.is_sync else aread]}
    own = client_class(world, library)(event_hooks=hooks)
    zipped = Reply(200, {"data": []})
    with ScriptedServer(zipped) as server:
        assert await world.client(server.url, http_client=own).get_all_rooms() == []
    await world.close_http(own)


def test_subclasses_count_as_what_they_are(library: Any) -> None:
    class Mine(library.Client):  # type: ignore[misc]
        pass

    answer = library.MockTransport(lambda _: library.Response(200, json={"data": []}))
    with Mine(transport=answer) as own:
        assert FishjamClient(NOWHERE, TOKEN, http_client=own).get_all_rooms() == []


def of_a_fishjam(http: Any) -> object:
    return FishjamClient(NOWHERE, TOKEN, http_client=http)


def of_compositions(http: Any) -> object:
    return CompositionClient(TOKEN, NOWHERE, http_client=http)


@pytest.mark.parametrize("make", [of_a_fishjam, of_compositions])
def test_the_wrong_kind(library: Any, make: Any) -> None:
    for wrong, name in ((library.AsyncClient(), "AsyncClient"), (library.Timeout(5), "Timeout")):
        with pytest.raises(TypeError) as caught:
            make(wrong)
        assert "must be a httpx.Client or a httpx2.Client, not " in str(caught.value)
        assert str(caught.value).endswith(f".{name}")


def sources() -> Iterator[Path]:
    root = Path(str(fishjam.__file__)).parent
    for package in ("_http", "client", "composition"):
        yield from (root / package).rglob("*.py")


def test_one_module_names_the_library() -> None:
    naming = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] in {"httpx", "httpx2", "httpcore"} for name in names):
                naming.add(path.name)
    assert naming == {"library.py"}


def test_httpx2_is_never_imported_and_need_not_be_there() -> None:
    code = """
import sys, typing
sys.modules["httpx2"] = None
import httpx
from fishjam import *
from fishjam import AsyncCompositionClient, CompositionClient
for kind in (FishjamClient, AsyncFishjamClient, CompositionClient, AsyncCompositionClient):
    for name in ("__init__", "from_env", "with_options"):
        function = getattr(kind, name)
        assert typing.get_type_hints(getattr(function, "__func__", function))
answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": []}))
with httpx.Client(transport=answer) as http:
    assert FishjamClient("https://fishjam.example", "t", http_client=http).get_all_rooms() == []
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)  # noqa: S603


def test_a_module_of_the_same_name_elsewhere_is_not_the_library() -> None:
    stranger = ModuleType("strange")
    stranger_client = type("Client", (), {"__module__": stranger.__name__})
    with pytest.raises(TypeError, match=r"not strange\.Client"):
        FishjamClient(NOWHERE, TOKEN, http_client=stranger_client())
