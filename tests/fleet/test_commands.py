"""The commands that look at a fleet and change it, on a real Redis."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from fishjam.cli import main
from fishjam.fleet._engine import Engine
from fishjam.fleet._redis import redis_engine
from tests.cli.conftest import Command, Done
from tests.fleet.conftest import collect
from tests.fleet.redis_server import RedisServer, free_port
from tests.fleet.taking import take_one

UseEngine = Callable[[Callable[[Engine], Awaitable[object]]], None]


@pytest.fixture
def namespace(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    name = uuid.uuid4().hex
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FISHJAM_FLEET_URL", redis_server.url)
    monkeypatch.setenv("FISHJAM_FLEET_NAMESPACE", name)
    return name


@pytest.fixture
def fishjam(namespace: str, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `fishjam fleet` with arguments."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = main(["fleet", *arguments])
        collect()
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def use_engine(redis_server: RedisServer, namespace: str) -> UseEngine:
    """Do something with the engine that the commands see."""

    def use(do: Callable[[Engine], Awaitable[object]]) -> None:
        async def run() -> None:
            engine = redis_engine(redis_server.url, namespace)
            async with engine.open():
                await do(engine)

        anyio.run(run)
        collect()

    return use


async def work(engine: Engine, info: str = '{"capacity": 40, "load": 1}') -> None:
    """Take a job, as a worker does."""
    await engine.beat("w1", 60, info)
    [offer] = await engine.next_offers("w1", ["assistant"], 1, 5)
    assert await take_one(engine, "w1", offer)


def test_an_empty_fleet(fishjam: Command) -> None:
    assert fishjam("status", "--json").json == [
        {"workers": 0, "slots": 0, "jobs": {}, "backlog": {}, "oldestWaitSeconds": 0.0}
    ]
    lines = "\n".join(" ".join(line.split()) for line in fishjam("status").out.splitlines())
    assert lines == "workers 0\nslots 0\njobs none\nbacklog none\noldest wait 0.0s"
    done = fishjam("jobs")
    assert (done.code, done.out) == (0, "")
    assert "fishjam fleet dispatch" in done.err
    assert "fishjam fleet worker" in fishjam("workers").err


def test_a_job_from_asked_for_to_stopped(fishjam: Command, use_engine: UseEngine) -> None:
    done = fishjam("dispatch", "r1", "assistant", "--data", '{"lang": "en"}')
    assert (done.code, done.out) == (0, "asked for assistant in r1\n")
    assert fishjam("dispatch", "r1", "assistant").out == "already there: assistant in r1\n"
    assert fishjam("dispatch", "r2", "assistant", "--peer", "p", "--json").json == [
        {"roomId": "r2", "agent": "assistant", "peerId": "p", "dispatched": True}
    ]
    use_engine(work)
    [job] = fishjam("jobs", "--room", "r1", "--json").json
    assert job.pop("asked") > 0
    assert job == {
        "roomId": "r1",
        "agent": "assistant",
        "peerId": None,
        "state": "running",
        "worker": "w1",
        "failures": 0,
        "error": None,
    }
    lines = [line.split() for line in fishjam("jobs").out.splitlines()]
    assert [line[:5] for line in lines[1:]] == [
        ["r1", "assistant", "-", "running", "w1"],
        ["r2", "assistant", "p", "queued", "-"],
    ]
    [status] = fishjam("status", "--json").json
    assert status.pop("oldestWaitSeconds") > 0
    assert status == {
        "workers": 1,
        "slots": 40,
        "jobs": {"queued": 1, "running": 1},
        "backlog": {"assistant": 1},
    }
    assert fishjam("stop", "r2", "assistant", "--peer", "p").out == "stopped assistant in r2\n"
    done = fishjam("stop", "r3", "assistant")
    assert done.code == 1
    assert "there is no job of assistant in r3" in done.err


def test_a_job_that_cannot_be_used_is_forgotten(fishjam: Command) -> None:
    fishjam("dispatch", "r1", "assistant")
    assert fishjam("forget", "r1", "assistant", "--json").json == [
        {"roomId": "r1", "agent": "assistant", "peerId": None, "forgotten": True}
    ]
    assert fishjam("jobs", "--json").out == ""
    assert fishjam("forget", "r1", "assistant").code == 1


def test_a_worker_is_drained(fishjam: Command, use_engine: UseEngine) -> None:
    use_engine(lambda engine: engine.beat("w1", 60, "{}"))
    unknown = dict.fromkeys(("capacity", "load", "host", "version"))
    assert fishjam("workers", "--json").json == [{"name": "w1", **unknown}]
    assert fishjam("workers").out.split()[-5:] == ["w1", "-", "-", "-", "-"]
    told = {"capacity": 40, "load": 2, "host": "h1", "version": "1.2.3"}
    use_engine(lambda engine: engine.beat("w1", 60, json.dumps(told)))
    assert fishjam("workers", "--json").json == [{"name": "w1", **told}]
    assert fishjam("workers").out.split()[-5:] == ["w1", "2", "40", "h1", "1.2.3"]
    assert fishjam("drain", "w1").out == "w1 drains\n"
    done = fishjam("drain", "w2")
    assert done.code == 1
    assert "there is no worker w2" in done.err


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("workers",), ("jobs",), ("dispatch", "r", "a"), ("drain", "w")],
)
def test_memory_is_for_one_process(
    fishjam: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FISHJAM_FLEET_URL", "memory://")
    done = fishjam(*arguments)
    assert done.code == 2
    assert "memory:// lives inside one process" in done.err


def test_the_address_may_stand_in_a_file(
    fishjam: Command, monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer
) -> None:
    monkeypatch.delenv("FISHJAM_FLEET_URL")
    done = fishjam("status")
    assert done.code == 2
    assert "the variable FISHJAM_FLEET_URL is not set" in done.err
    Path(".env").write_text(f"FISHJAM_FLEET_URL={redis_server.url}\n", "utf-8")
    assert fishjam("status").code == 0


def test_an_engine_that_is_not_there(fishjam: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHJAM_FLEET_URL", f"redis://:s3cret@127.0.0.1:{free_port()}")
    done = fishjam("dispatch", "r", "a", "--timeout", "0.5")
    assert done.code == 1
    assert "did not answer within 0.5 seconds" in done.err
    assert "s3cret" not in done.err


def test_an_engine_that_refuses(
    fishjam: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with RedisServer(tmp_path, "--requirepass", "other") as redis:
        monkeypatch.setenv("FISHJAM_FLEET_URL", redis.url.replace("//", "//:s3cret@"))
        done = fishjam("status")
    assert done.code == 1
    assert "Redis" in done.err
    assert "s3cret" not in done.err


def test_wrong_usage(fishjam: Command) -> None:
    assert fishjam("dispatch", "r", "a", "--data", "[]").code == 2
    assert fishjam("worker", "x:y", "--roles", "none").code == 2
    assert fishjam("worker", "x:y", "--capacity", "0").code == 2
    done = fishjam("dispatch", "r", "a", "--data", json.dumps({"a": "x" * 70_000}))
    assert done.code == 2
    assert "more than 65536 bytes" in done.err
