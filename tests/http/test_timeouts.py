"""How long a call waits: the default, what a caller gives, and a client of the caller's own."""

from __future__ import annotations

import math
from typing import Any

import anyio
import httpx
import pytest

from fishjam import FishjamClient, errors
from fishjam._http.timeouts import Timeouts
from fishjam.client import DEFAULT_TIMEOUT
from tests.support.clients import TOKEN, World
from tests.support.http_server import Hang, Reply, ScriptedServer

NOWHERE = "https://fishjam.example"
OWN = httpx.Timeout(1, connect=2, read=3, write=4)


class Seen:
    """Answers every request, and keeps the timeouts that it came with."""

    def __init__(self) -> None:
        self.timeouts: list[dict[str, float | None]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.timeouts.append(request.extensions["timeout"])
        return httpx.Response(200, json={"data": []})


def phases(timeout: Any) -> dict[str, float | None]:
    return httpx.Timeout(timeout).as_dict()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (5, phases(5)),
        (0.25, phases(0.25)),
        (None, phases(None)),
        (OWN, OWN.as_dict()),
        (httpx.Timeout(None), phases(None)),
    ],
)
async def test_what_is_given_goes_with_each_request(
    world: World, given: Any, sent: dict[str, float | None]
) -> None:
    seen = Seen()
    async with world.http(transport=httpx.MockTransport(seen), timeout=99) as http:
        client = world.client(NOWHERE, timeout=given, http_client=http)
        await client.get_all_rooms()
        other = world.client(NOWHERE, http_client=http).with_options(timeout=given)
        await other.get_all_rooms()
    assert seen.timeouts == [sent, sent]


@pytest.mark.anyio
async def test_an_http_client_of_ones_own_keeps_its_own_timeout(world: World) -> None:
    seen = Seen()
    async with world.http(transport=httpx.MockTransport(seen), timeout=OWN) as http:
        client = world.client(NOWHERE, http_client=http)
        await client.get_all_rooms()
        await client.with_options(retry=None).get_all_rooms()
        await client.with_options(timeout=DEFAULT_TIMEOUT).get_all_rooms()
        await client.get_all_rooms()
    own, default = OWN.as_dict(), DEFAULT_TIMEOUT.as_dict()
    assert seen.timeouts == [own, own, default, own]


@pytest.mark.anyio
async def test_there_is_a_default(world: World) -> None:
    async with world.client(NOWHERE) as client:
        assert client._transport.settings.timeout == Timeouts.of(DEFAULT_TIMEOUT)
    assert DEFAULT_TIMEOUT.as_dict() == {"connect": 10, "read": 30, "write": 30, "pool": 30}


@pytest.mark.parametrize("bad", [0, -1, -0.5, math.nan, math.inf, -math.inf])
def test_a_time_that_makes_no_sense_is_refused_at_once(bad: float) -> None:
    with pytest.raises(ValueError, match=r"timeout=.*seconds above 0, or None"):
        FishjamClient(NOWHERE, TOKEN, timeout=bad)
    with FishjamClient(NOWHERE, TOKEN) as client, pytest.raises(ValueError, match="timeout="):
        client.with_options(timeout=bad)


@pytest.mark.parametrize("bad", ["5", (1, 2), [3]])
def test_another_kind_is_refused_at_once(bad: Any) -> None:
    with pytest.raises(TypeError):
        FishjamClient(NOWHERE, TOKEN, timeout=bad)


@pytest.mark.anyio
@pytest.mark.parametrize("given", [1e10, 10**400, httpx.Timeout(1e10)])
async def test_a_time_that_no_system_can_wait_is_as_good_as_none(world: World, given: Any) -> None:
    with ScriptedServer(Reply(200, {"data": []})) as server:
        async with world.client(server.url, timeout=given, retry=None) as client:
            assert await client.get_all_rooms() == []


@pytest.mark.anyio
async def test_a_patient_and_an_impatient_client_over_the_same_connections(world: World) -> None:
    answer = Reply(200, {"data": []})
    with ScriptedServer(answer, Hang(), otherwise=answer) as server:
        async with world.client(server.url, timeout=30, retry=None) as patient:
            assert await patient.get_all_rooms() == []
            with pytest.raises(errors.FishjamTimeoutError):
                await patient.with_options(timeout=0.1).get_all_rooms()
            while len(server.requests) < 2:  # noqa: ASYNC110 - it is a thread
                await anyio.sleep(0.001)
            assert await patient.get_all_rooms() == []


@pytest.mark.anyio
async def test_each_phase_has_the_whole_time(world: World) -> None:
    """An answer that keeps coming is not cut off, however small its pieces are."""
    rooms = {"data": [], "padding": "x" * 2000}
    with ScriptedServer(Reply(200, rooms, trickle=True)) as server:
        timeout = httpx.Timeout(30, read=5)
        async with world.client(server.url, timeout=timeout, retry=None) as client:
            assert await client.get_all_rooms() == []
