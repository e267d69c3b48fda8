"""`fishjam fleet worker`, alone and with several processes, as programs of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import define

from fishjam import FishjamClient
from fishjam.cli import main
from fishjam.cli._fleet.options import WorkerOptions
from fishjam.cli._fleet.supervisor import Supervisor
from fishjam.emulator import Emulator
from fishjam.fleet import Fleet
from tests.fleet.observer import Observer
from tests.fleet.open_metrics import read
from tests.fleet.redis_server import RedisServer, free_port
from tests.support.plain_http import PLAIN

pytestmark = pytest.mark.timeout(180)

PATIENCE = 60.0
MEASURED = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
"""What other tests take away from the programs that they start: these are measured, because what
signals do is seen only from outside."""
APP = """
from fishjam.fleet import Fleet

fleet = Fleet.from_env(lease=30.0)
number = 1


@fleet.agent("assistant", start="room", stop="room_gone")
async def assistant(job, session):
    async for _ in session:
        pass
"""


@define
class Stage:
    """An emulator, a Redis, and workers as programs."""

    emulator: Emulator
    redis: RedisServer
    observer: Observer
    folder: Path
    environment: dict[str, str]
    programs: list[subprocess.Popen[str]]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        program = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "fishjam", "fleet", "worker", "myapp:fleet", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.programs.append(program)
        return program

    def make_rooms(self, count: int) -> None:
        with FishjamClient(self.emulator.fishjam_id, self.emulator.management_token) as client:
            for _ in range(count):
                client.create_room()

    def wait_for_agents(self, count: int) -> None:
        wait_until(lambda: self.observer.count() == count)

    def workers(self) -> list[int]:
        """Return the processes that a supervisor has started."""
        return children_of(self.programs[0].pid)


@pytest.fixture
def stage(redis_server: RedisServer, tmp_path: Path) -> Iterator[Stage]:
    (tmp_path / "myapp.py").write_text(APP, "utf-8")
    namespace = uuid.uuid4().hex
    # As if it had been there for long: in a new one nobody takes a job for the length of a lease.
    assert redis_server.ask(f"SET {{fj:{namespace}}}:born 1000000000\r\n".encode()) == b"+OK\r\n"
    with Emulator() as emulator:
        environment = {
            **MEASURED,
            "FISHJAM_FLEET_URL": redis_server.url,
            "FISHJAM_FLEET_NAMESPACE": namespace,
            "FISHJAM_ID": emulator.fishjam_id,
            "FISHJAM_MANAGEMENT_TOKEN": emulator.management_token,
        }
        stage = Stage(emulator, redis_server, Observer(emulator), tmp_path, environment, [])
        yield stage
        for program in stage.programs:
            # Those of a supervisor hold its pipes open, and would drain for long.
            for worker in children_of(program.pid):
                os.kill(worker, signal.SIGKILL)
            program.kill()
            program.communicate()


def children_of(process: int) -> list[int]:
    threads = Path(f"/proc/{process}/task").glob("*/children")
    return sorted(int(pid) for file in threads for pid in file.read_text("ascii").split())


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def finish(program: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = program.communicate(timeout=PATIENCE)
    return program.returncode, out, err


def line_of(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline()


def answer(port: int, path: str) -> tuple[int, str]:
    """Ask a health endpoint; the status is 0 while nothing listens."""
    try:
        with httpx.Client(**PLAIN) as client:
            response = client.get(f"http://127.0.0.1:{port}{path}")
    except httpx.TransportError:
        return 0, ""
    return response.status_code, response.text


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_worker_drains_at_the_first_signal(stage: Stage, backend: str) -> None:
    port = free_port()
    quick = ("--backend", backend, "--handover-after", "0.5")
    program = stage.start(*quick, "--json", "--health", str(port))
    assert json.loads(line_of(program))["worker"]
    stage.make_rooms(1)
    stage.wait_for_agents(1)
    assert answer(port, "/readyz") == (200, "ok\n")
    program.send_signal(signal.SIGTERM)
    # There is nobody to take its job, so that it goes on.
    wait_until(lambda: answer(port, "/readyz") == (503, "draining\n"))
    assert stage.observer.count() == 1
    other = stage.start("--backend", backend)
    code, _, err = finish(program)
    assert (code, "drains; the next signal ends it at once" in err) == (0, True)
    stage.wait_for_agents(1)
    other.send_signal(signal.SIGTERM)
    wait_until(lambda: "drains" in other_line(other))
    other.send_signal(signal.SIGTERM)
    assert finish(other)[0] == 130
    assert stage.observer.doubles == []


def other_line(program: subprocess.Popen[str]) -> str:
    assert program.stderr is not None
    return program.stderr.readline()


def test_an_idle_worker_in_memory_ends_at_once(stage: Stage) -> None:
    stage.environment["FISHJAM_FLEET_URL"] = "memory://"
    program = stage.start("--roles", "agents")
    assert line_of(program).startswith("worker ")
    program.send_signal(signal.SIGINT)
    assert finish(program)[0] == 0


def test_a_redis_that_refuses(stage: Stage, tmp_path: Path) -> None:
    with RedisServer(tmp_path, "--requirepass", "other") as redis:
        stage.environment["FISHJAM_FLEET_URL"] = redis.url.replace("//", "//:s3cret@")
        code, out, err = finish(stage.start())
    assert code == 1, err
    assert "Redis" in err
    assert "s3cret" not in out + err


@pytest.mark.parametrize("arguments", [(), ("--processes", "2")])
def test_a_fishjam_that_refuses(stage: Stage, arguments: tuple[str, ...]) -> None:
    stage.environment["FISHJAM_MANAGEMENT_TOKEN"] = "wrong-token"
    code, out, err = finish(stage.start(*arguments))
    assert code == 3, err
    assert "wrong-token" not in out + err


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_supervisor_starts_the_dead_anew(stage: Stage, backend: str) -> None:
    port = free_port()
    program = stage.start(
        "--processes=2", "--capacity=4", f"--backend={backend}", f"--health={port}", "--json"
    )
    assert json.loads(line_of(program))["processes"] == 2
    wait_until(lambda: ready_workers(port) == 2)
    stage.make_rooms(4)
    stage.wait_for_agents(4)
    before = stage.workers()
    os.kill(before[0], signal.SIGKILL)
    # Long before the lease of 30 seconds has ended, because the supervisor tells of the death.
    started = time.monotonic()
    wait_until(lambda: before[0] not in stage.workers())
    stage.wait_for_agents(4)
    assert time.monotonic() - started < 25
    # Starting Python again takes a busy machine as long as it takes.
    wait_until(lambda: len(stage.workers()) == 2)
    wait_until(lambda: ready_workers(port) == 2)
    families = read(answer(port, "/metrics")[1])
    [restarts] = families["fishjam_fleet_restarts"].values.values()
    assert restarts == 1
    assert answer(port, "/readyz") == (200, "ok\n")
    program.send_signal(signal.SIGTERM)
    wait_until(lambda: answer(port, "/readyz")[1] in ("draining\n", ""))
    program.send_signal(signal.SIGTERM)
    assert finish(program)[0] == 0
    assert stage.observer.doubles == []


def ready_workers(port: int) -> int:
    status, text = answer(port, "/metrics")
    if status != 200:
        return 0
    families = read(text)
    margins = families.get("fishjam_fleet_lease_margin_seconds")
    return sum(value > 0 for value in margins.values.values()) if margins else 0


def test_a_worker_that_hangs_makes_its_supervisor_lifeless(stage: Stage) -> None:
    port = free_port()
    program = stage.start("--processes=1", f"--health=127.0.0.1:{port}")
    assert line_of(program).startswith("supervisor ")
    wait_until(lambda: ready_workers(port) == 1)
    [worker] = stage.workers()
    os.kill(worker, signal.SIGSTOP)
    status, text = answer(port, "/livez")
    assert (status, text.startswith("no answer from ")) == (503, True)
    assert answer(port, "/readyz") == (503, "no worker is ready\n")
    os.kill(worker, signal.SIGCONT)
    wait_until(lambda: answer(port, "/livez") == (200, "ok\n"))
    program.send_signal(signal.SIGTERM)
    assert finish(program)[0] == 0


def test_a_worker_ends_when_its_supervisor_was_killed(stage: Stage) -> None:
    program = stage.start("--processes=1")
    assert line_of(program).startswith("supervisor ")
    assert line_of(program).startswith("worker ")
    [worker] = stage.workers()
    program.kill()
    wait_until(lambda: not is_running(worker))


@pytest.mark.anyio
async def test_a_process_that_starts_while_all_end_is_told_so(stage: Stage) -> None:
    options = WorkerOptions("x:y", 1, 1.0, 1.0, "asyncio", None, ("agents",))
    supervisor = Supervisor(
        Fleet("memory://", fishjam_id="fj", management_token="token"), options, 1, "s"
    )
    supervisor._end()
    assert await supervisor._run("s-0-1") == -signal.SIGTERM


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


Complaint = tuple[tuple[str, ...], str]


@pytest.mark.parametrize(
    "complaint",
    [
        (("nowhere:fleet",), "there is no module nowhere here or on the Python path"),
        (("json.nowhere:fleet",), "there is no module json.nowhere here or on the Python path"),
        (("nonsense",), "give a module and a name in it"),
        (("theirs:fleet", "--processes=2"), "memory:// lives inside one"),
        (("theirs:nothing",), "has to be a Fleet, but there is none"),
        (("theirs:number",), "has to be a Fleet, but that is a int"),
        (("theirs:fleet", "--health=x"), "give a host and a port"),
    ],
)
def test_what_cannot_be_started(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    complaint: Complaint,
) -> None:
    arguments, text = complaint
    use(stage, monkeypatch, APP)
    assert main(["fleet", "worker", *arguments]) == 2
    assert text in capsys.readouterr().err


def use(stage: Stage, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let this process find the application `theirs`."""
    for name, value in {**stage.environment, "FISHJAM_FLEET_URL": "memory://"}.items():
        monkeypatch.setenv(name, value)
    (stage.folder / "theirs.py").write_text(text, "utf-8")
    monkeypatch.chdir(stage.folder)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.delitem(sys.modules, "theirs", raising=False)


def test_what_the_application_lacks_is_not_hidden(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(stage, monkeypatch, "import not_installed")
    with pytest.raises(ModuleNotFoundError, match="not_installed"):
        main(["fleet", "worker", "theirs:fleet"])


def test_trio_may_be_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find(name: str) -> Any:
        return None

    monkeypatch.setattr("fishjam.cli._backends.find_spec", find)
    assert main(["fleet", "worker", "theirs:fleet", "--backend=trio"]) == 1
    assert "fishjam-server-sdk[trio]" in capsys.readouterr().err
