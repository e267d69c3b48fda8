"""The tasks of this project: `nox -l` lists them, a bare `nox` runs all quick checks."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2024.10.9"

PROJECT = nox.project.load_toml("pyproject.toml")
SUPPORTED = nox.project.python_versions(PROJECT)
OLDEST, NEWEST = SUPPORTED[0], SUPPORTED[-1]
# 3.14 gets its classifier once its tests were seen green.
PYTHONS = [*SUPPORTED, "3.14"]
APART = {"local", "openai", "pipecat"}
"""Extras whose packages stay out of the other sessions: these have sessions of their own."""
EVERYTHING = f".[{','.join(sorted(PROJECT['project']['optional-dependencies'].keys() - APART))}]"
BENCHMARKS = (
    *("import_time", "decoding", "flood"),
    *("agent_sending", "agent_pacing", "agent_load", "agent_memory", "calls", "real_time"),
    *("heard_in_turns", "fleet"),
)
CLOSE_TO_PYTHON = [
    f"tests/{name}"
    for name in (
        *("audio", "core", "concurrency", "clock", "protocol", "http", "websocket", "notifier"),
        *("agent", "test_events.py", "test_webhooks.py"),
    )
]
"""The tests of what stands on the loops, sockets, threads and buffers of a Python."""
RUN_TIME_TESTS = CLOSE_TO_PYTHON + [
    f"tests/{name}"
    for name in (
        *("client", "composition", "emulator", "mistakes"),
        *(f"cli/test_{name}.py" for name in ("common_options", "credentials", "terminal", "watch")),
        *(f"integrations/test_{name}.py" for name in ("receivers", "frameworks", "asgi")),
    )
]
"""The tests of what depends on the libraries that users have installed."""
LOOP_TESTS = [f"tests/{name}" for name in ("http", "websocket", "notifier", "agent")]
"""The tests that also run in asyncio's debug mode, on uvloop and with eager tasks."""
SOCKET_TESTS = [f"tests/{name}" for name in ("websocket", "notifier", "agent")]
"""The tests that run with each library for WebSockets on asyncio."""
WITHOUT_SPEEDUPS = {"FISHJAM_WEBSOCKET_ENGINE": "websockets"}
"""What lets tests use `websockets` on asyncio, where `picows` is installed as well."""
IN_A_HURRY = "FISHJAM_TESTS_IN_A_HURRY"
"""Set by `.ci/run`: `tests` measures the newest Python, and `coverage` only adds what it left out;
the Pythons between the oldest and the newest run only what comes close to Python itself, and
`websockets` is tested on asyncio's usual loop alone."""
PROTOBUF_TESTS = [f"tests/{name}" for name in ("protocol", "test_events.py", "test_webhooks.py")]
"""The tests that also run on protobuf's implementation in Python."""
SHARED = Path("..") / "shared"
"""Where maintainers keep the facts about the API; a plain clone has none."""
# Most tests wait for sockets, so more workers than cores are faster.
WORKERS = ("-n", "4")
# The tests of the fleet wait for leases above all, some of them for a minute.
FLEET_WORKERS = ("-n", "6", "--dist", "worksteal")
# These start browsers and programs, which have more to do.
HEAVY_WORKERS = ("-n", "2")
# Those that failed, without others beside them; it fails as well when there are none.
FAILED_ALONE = ("-n", "1", "--last-failed", "--last-failed-no-failures", "none")
PYTEST = ("pytest",)
MEASURED_PYTEST = ("coverage", "run", "-m", "pytest")
# These have sessions of their own, and the generator is tested in `coverage`.
OWN_SESSIONS = tuple(
    f"--ignore=tests/{name}"
    for name in ("examples", "browser", "voice", "pipecat", "openai", "fleet")
)
GENERATOR = ("--ignore=tests/codegen",)
# What takes long and shows the same everywhere runs on the newest Python alone.
NOT_AGAIN = ("-m", "not once")
# The others run on no loop, and would only run again.
ASYNC = ("-m", "anyio")
# On trio the library for WebSockets is always the same.
NOT_TRIO = ("-k", "not trio")
# httpx2 needs newer versions than the lowest of what it shares with httpx.
BOTH_LIBRARIES = ("--ignore=tests/http/test_library.py",)

nox.options.sessions = ["lint", "types", "tests"]
nox.options.default_venv_backend = "virtualenv"
# nox names each Python that it skips. If its own is not among them, nothing would be tested.
nox.options.error_on_missing_interpreters = (
    ".".join(platform.python_version_tuple()[:2]) not in PYTHONS
)


def group(*names: str) -> tuple[str, ...]:
    """Return the requirements of dependency groups of pyproject.toml."""
    return nox.project.dependency_groups(PROJECT, *names)


def pyenv_versions() -> str:
    """Return the newest installed patch version of each supported Python, as pyenv reads them.

    pyenv's commands run only the versions that PYENV_VERSION names, by default a single one. The
    Python that runs nox comes first, so that `python` stays the same. Without pyenv the text is
    empty, which pyenv takes as not set.
    """
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    newest: dict[str, int] = {}
    for folder in root.glob("versions/3.*"):
        if found := re.fullmatch(r"(\d+\.\d+)\.(\d+)", folder.name):
            newest[found[1]] = max(int(found[2]), newest.get(found[1], 0))
    versions = [f"{version}.{newest[version]}" for version in PYTHONS if version in newest]
    own = platform.python_version()
    return ":".join(sorted(versions, key=lambda version: version != own))


def lowest_versions() -> list[str]:
    """Return the requirements of users, each with its lowest version as the only choice."""
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    needed = list(project["dependencies"])
    needed += [each for name in ("trio", "cli", "emulator", "webrtc") for each in extras[name]]
    needed = [each for each in needed if not each.startswith(project["name"])]
    needed += group("integrations")
    return [pinned(each) for each in needed]


def pinned(requirement: str) -> str:
    """Return a requirement with its lowest version as the only choice."""
    return re.sub(r">=([^,; ]+)[^;]*", r"==\1 ", requirement)


def run_tests(
    session: nox.Session,
    *arguments: str,
    pytest: Sequence[str] = PYTEST,
    env: dict[str, str] | None = None,
) -> None:
    """Run tests with pytest, and those that failed once more.

    Thousands of tests wait for real sockets beside others on busy cores, and one that fails there
    shall not hide the results of the rest. What is broken fails again, with nothing beside it.
    """
    try:
        session.run(*pytest, *arguments, env=env)
    except CommandFailed:
        session.warn("Some tests failed. They are run once more, by themselves.")
        session.run(*pytest, *arguments, *FAILED_ALONE, env=env)


os.environ["PYENV_VERSION"] = pyenv_versions()


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on what users install; posargs go to pytest.

    The newest supported Python also runs some of them on asyncio's other loops and on protobuf's
    implementation in Python.
    """
    if session.posargs:
        session.install(EVERYTHING, *group("test", "codegen", "mypy"))
        session.run("pytest", *session.posargs)
        return
    session.install(EVERYTHING, *group("test"))
    hurried = IN_A_HURRY in os.environ
    if session.python != NEWEST:
        between = hurried and session.python in SUPPORTED[1:-1]
        chosen = CLOSE_TO_PYTHON if between else [*OWN_SESSIONS, *GENERATOR]
        run_tests(session, *WORKERS, *NOT_AGAIN, *chosen)
        return
    pytest: Sequence[str] = PYTEST
    env: dict[str, str] = {}
    if hurried:
        pytest, env = MEASURED_PYTEST, coverage_file(session)
        session.run("coverage", "erase", env=env)
    run_tests(session, *WORKERS, *OWN_SESSIONS, *GENERATOR, pytest=pytest, env=env)
    more = {"FISHJAM_TEST_LOOPS": "more"}
    run_tests(session, *WORKERS, *ASYNC, *LOOP_TESTS, env=more)
    chosen = [*NOT_TRIO, *SOCKET_TESTS] if hurried else SOCKET_TESTS
    env |= WITHOUT_SPEEDUPS if hurried else WITHOUT_SPEEDUPS | more
    run_tests(session, *WORKERS, *chosen, pytest=pytest, env=env)
    pure_python = {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"}
    run_tests(session, *WORKERS, *PROTOBUF_TESTS, env=pure_python)


def coverage_file(session: nox.Session, name: str = "coverage") -> dict[str, str]:
    """Return the environment in which coverage keeps its data for more than one run."""
    return {"COVERAGE_FILE": str(session.cache_dir.resolve() / name)}


def report_coverage(
    session: nox.Session, env: dict[str, str], *arguments: str, again: Callable[[], None]
) -> None:
    """Report coverage, and fail where something is left out even after a second run of the tests.

    Where a test leaves open which of two events comes first, the code for one order may have its
    turn in most runs only.
    """
    combine = ("coverage", "combine", "-q", "--append")
    report = ("coverage", "report", *arguments)
    session.run(*combine, env=env)
    try:
        session.run(*report, env=env)
    except CommandFailed:
        session.warn("Some code was not run. The tests are run once more, in case it was chance.")
        again()
        session.run(*combine, env=env)
        session.run(*report, env=env)


@nox.session(python=NEWEST)
def coverage(session: nox.Session) -> None:
    """Run all tests, the generator's too; no hand-written line or branch may be left out."""
    # The tests of the generator check the types of what it writes.
    session.install(EVERYTHING, *group("test", "codegen", "mypy"))
    env = coverage_file(session)
    run = partial(run_tests, session, *WORKERS, pytest=MEASURED_PYTEST)

    def run_all() -> None:
        run(*OWN_SESSIONS, *session.posargs, env=env)
        run("tests/websocket", env=env | WITHOUT_SPEEDUPS)

    if IN_A_HURRY in os.environ:
        run("tests/codegen", env=env)
    else:
        session.run("coverage", "erase", env=env)
        run_all()
    report_coverage(session, env, again=run_all)


@nox.session(python=OLDEST)
def lowest(session: nox.Session) -> None:
    """Test the lowest versions that the requirements allow; posargs go to pytest."""
    session.install(".[trio,emulator,webrtc]", *lowest_versions(), *group("pytest"))
    tests = [*WORKERS, *NOT_AGAIN, *BOTH_LIBRARIES, *RUN_TIME_TESTS]
    run_tests(session, *(session.posargs or tests))


@nox.session
def demo(session: nox.Session) -> None:
    """Show the SDK at work; posargs go to `fishjam demo`: `nox -s demo -- --backend all`."""
    session.install(".[trio,emulator]")
    session.run("fishjam", "demo", *session.posargs)
    session.log("To have the command fishjam yourself, see Install in README.md.")


@nox.session
def codegen(session: nox.Session) -> None:
    """Generate what is generated; `nox -s codegen -- --check` only tells what is out of date.

    Any Python will do: what it writes does not depend on that.
    """
    session.install(*group("codegen"))
    session.run("python", "-m", "codegen", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and layout with ruff."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check all types with mypy and pyright, and that every public name has one."""
    session.install(EVERYTHING, *group("types", "test", "codegen", "examples", "outside", "fleet"))
    session.run("mypy")
    session.run("pyright", "--warnings")
    # It can leave nothing out, so what needs other packages has to go before.
    for name in APART - {"local"}:
        code = f"import shutil, fishjam.integrations as i; shutil.rmtree(i.__path__[0] + '/{name}')"
        session.run("python", "-c", code)
    session.run("pyright", "--verifytypes", "fishjam", "--ignoreexternal")


@nox.session
def build(session: nox.Session) -> None:
    """Build the sdist and the wheel, look inside, and try the wheel in a clean environment."""
    session.install(*group("build"))
    session.run("python", "tests/packaging/check.py", session.create_tmp())


@nox.session
def outside(session: nox.Session) -> None:
    """Let clients that were not written here talk to the emulator; posargs go to the runner."""
    session.install(".[trio,emulator,webrtc]", *group("outside"))
    session.run("python", "tests/outside/run.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into site/ and do what its pages say; posargs go to pytest."""
    session.install(EVERYTHING, *group("docs", "pytest", "integrations"))
    doctrees = str(session.cache_dir.resolve() / "doctrees")
    strict = ("-E", "-W", "--keep-going", "-j", "2", "-d", doctrees)
    session.run("sphinx-build", *strict, "-b", "html", "docs", "site")
    run_tests(session, *(session.posargs or [*HEAVY_WORKERS, "tests/docs/pages.py"]))


@nox.session
def examples(session: nox.Session) -> None:
    """Use each example, and the emulator's page, as somebody would; posargs go to pytest."""
    session.install(".[trio,emulator,webrtc,gemini]", *group("examples"))
    run_tests(session, *(session.posargs or [*HEAVY_WORKERS, "tests/examples", "tests/browser"]))


@nox.session(python=NEWEST)
def voice(session: nox.Session) -> None:
    """Talk with the voice agent that needs no key; posargs go to pytest."""
    session.install(".[trio,local]", *group("pytest", "mypy"))
    session.run("mypy", "examples/voice_agent", "tests/voice")
    run_tests(session, *(session.posargs or [*HEAVY_WORKERS, "tests/voice"]))


@nox.session(python=NEWEST)
def pipecat(session: nox.Session) -> None:
    """Test, measure and type-check the transport for Pipecat; posargs go to pytest.

    `nox -s pipecat -- bench` runs `benchmarks/voice.py` instead, with the options that follow.
    """
    session.install(".[trio,local,pipecat]", *group("pytest", "mypy", "pyright", "coverage"))
    # It is not in `bench`, whose environment has no Pipecat.
    benchmark = ("python", "-W", "ignore::DeprecationWarning", "-m", "benchmarks.voice")
    if session.posargs[:1] == ["bench"]:
        session.run(*benchmark, *session.posargs[1:])
        return
    apart(session, "pipecat", *map(str, Path("benchmarks").glob("voice*.py")))
    if not session.posargs:
        session.run(*benchmark, "--quick")


@nox.session(python=NEWEST)
def openai(session: nox.Session) -> None:
    """Test, measure and type-check the bridges to OpenAI's Agents SDK; posargs go to pytest.

    Beside it, the guide's program for LiveKit Agents is run.
    """
    tools = group("pytest", "mypy", "pyright", "coverage", "livekit")
    session.install(".[trio,emulator,openai]", *tools)
    apart(session, "openai")


@nox.session(python=[OLDEST, NEWEST])
def fleet(session: nox.Session) -> None:
    """Test the fleet on real Redis servers, and measure it; posargs go to pytest.

    The oldest Python has the lowest version of the client, the newest one the newest.
    """
    lowest = [pinned(each) for each in PROJECT["project"]["optional-dependencies"]["fleet"]]
    client = lowest if session.python == OLDEST else []
    groups = ("fleet", "schemas") if session.python == NEWEST else ("fleet",)
    session.install(".[trio,emulator,fleet]", *client, *group(*groups))
    if session.python != NEWEST:
        run_tests(session, *(session.posargs or [*FLEET_WORKERS, *NOT_AGAIN, "tests/fleet"]))
        return
    covered(session, "fleet", FLEET_WORKERS, "*/fishjam/fleet/*,*/fishjam/cli/_fleet/*")


def apart(session: nox.Session, name: str, *more: str) -> None:
    """Check the types of an integration with packages of its own, and run all its lines.

    The types of more files are checked too.
    """
    source = f"src/fishjam/integrations/{name}"
    if not session.posargs:
        folders = (source, f"tests/{name}", f"examples/{name}_bot")
        files = [file for folder in folders for file in Path(folder).glob("*.py")]
        # The rest of the package is checked in `types`, where what it imports is installed.
        session.run("mypy", "--follow-imports=silent", *map(str, files), *more)
        session.run("pyright", "--warnings", source)
    covered(session, name, WORKERS, f"*/fishjam/integrations/{name}/*")


def covered(session: nox.Session, name: str, workers: Sequence[str], sources: str) -> None:
    """Run the tests of a part that `coverage` leaves out, which have to run all its lines."""
    env = coverage_file(session, f"coverage-{name}")
    session.run("coverage", "erase", env=env)
    tests = session.posargs or [*workers, f"tests/{name}"]
    run = partial(run_tests, session, *tests, pytest=MEASURED_PYTEST, env=env)
    run()
    report_coverage(session, env, "--omit=nothing", f"--include={sources}", again=run)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure; posargs are the name of one benchmark, if any, and its options."""
    session.install(".[trio,emulator,webrtc,speedups,fleet]", *group("bench"))
    chosen = [name for name in session.posargs[:1] if name in BENCHMARKS]
    for name in chosen or BENCHMARKS:
        session.run("python", "-m", f"benchmarks.{name}", *session.posargs[len(chosen) :])


@nox.session
def contract(session: nox.Session) -> None:
    """Hold the API documents against the facts, where those are at hand."""
    if not (SHARED / "contract").is_dir():
        session.skip(f"no {SHARED / 'contract'} here, so there is nothing to compare with")
    session.install(*group("codegen"))
    facts = (SHARED / "tools/contract_diff.py", ".", SHARED / "contract")
    session.run("python", *facts, "fishjam", "composition", "proto")
