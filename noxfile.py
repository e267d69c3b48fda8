"""What can be done with this project: `nox -l` lists it, a bare `nox` checks everything quick."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
BACKENDS = ("sync", "asyncio", "trio")
EVERYTHING = f".[{','.join(PROJECT['project']['optional-dependencies'])}]"
BENCHMARKS = (
    *("import_time", "decoding", "flood"),
    *("agent_sending", "agent_pacing", "agent_load", "agent_memory"),
)
RUN_TIME_TESTS = [
    f"tests/{name}"
    for name in (
        *("core", "protocol", "http", "client", "composition", "websocket", "notifier", "agent"),
        *("emulator", "mistakes", "test_events.py", "test_webhooks.py"),
    )
]
"""What depends on the libraries that users have; the rest is about tools and files."""
SHARED = Path("..") / "shared"
"""Where the facts about the API lie for those who maintain it; a plain clone has none."""

nox.options.sessions = ["lint", "types", "tests"]
nox.options.default_venv_backend = "virtualenv"


def group(*names: str) -> tuple[str, ...]:
    """Return the requirements of dependency groups of pyproject.toml."""
    return nox.project.dependency_groups(PROJECT, *names)


def offer_pyenv_pythons() -> None:
    """Let pyenv's shims run the newest Python of each version that is supported.

    A shim runs only what PYENV_VERSION names, and that is one version by default. Without pyenv
    this does nothing.
    """
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        return
    current, installed = (
        subprocess.run([pyenv, *arguments], capture_output=True, text=True, check=False).stdout
        for arguments in (["version-name"], ["versions", "--bare"])
    )
    newest: dict[str, int] = {}
    for version, patch in re.findall(r"^(\d+\.\d+)\.(\d+)$", installed, re.MULTILINE):
        newest[version] = max(int(patch), newest.get(version, 0))
    offered = [f"{version}.{newest[version]}" for version in PYTHONS if version in newest]
    os.environ["PYENV_VERSION"] = ":".join(filter(None, [current.strip(), *offered]))


def runs(python: str) -> bool:
    """Tell whether this machine has a Python of that version."""
    if sys.version_info[:2] == tuple(map(int, python.split("."))):
        return True
    command = shutil.which(f"python{python}")
    return command is not None and not subprocess.run([command, "-c", ""], check=False).returncode


def lowest_versions() -> list[str]:
    """Return the run-time requirements, with no choice but the lowest version of each."""
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *extras["trio"], *extras["emulator"]]
    return [re.sub(r">=([^,]+).*", r"==\1", requirement) for requirement in needed]


offer_pyenv_pythons()
FOUND = [*filter(runs, PYTHONS)]
OLDEST, NEWEST = (FOUND[0], FOUND[-1]) if FOUND else (None, None)
# Much of the suite waits for sockets, so that more workers than cores are quicker.
WORKERS = ("-n", "4")
# What has a session of its own, and what is no part of the SDK and is tested on one Python.
APART = ("--ignore=tests/examples",)
TOOLS = ("--ignore=tests/codegen",)
# A Python that is not here is skipped with a word. Without any of them nothing would be tested.
nox.options.error_on_missing_interpreters = OLDEST is None


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run all tests on what a user would install; posargs go to pytest.

    The newest Python has the tests of the generator as well, measures the coverage of lines and
    branches, and demands all of it.
    """
    if session.python != NEWEST and not session.posargs:
        session.install(EVERYTHING, *group("test"))
        session.run("pytest", *WORKERS, *APART, *TOOLS)
        return
    # The tests of the generator check the types of what it prints.
    session.install(EVERYTHING, *group("test", "codegen", "mypy"))
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    coverage = {"COVERAGE_FILE": str(session.cache_dir.resolve() / "coverage")}
    session.run("coverage", "erase", env=coverage)
    session.run("coverage", "run", "-m", "pytest", *WORKERS, *APART, env=coverage)
    session.run("coverage", "combine", "-q", env=coverage)
    session.run("coverage", "report", env=coverage)


@nox.session(python=OLDEST or PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Test the lowest versions that the requirements allow; posargs go to pytest."""
    session.install(".[trio,emulator]", *lowest_versions(), *group("pytest"))
    session.run("pytest", *(session.posargs or [*WORKERS, *RUN_TIME_TESTS]))


@nox.session
def demo(session: nox.Session) -> None:
    """Show the SDK at work from sync code, asyncio and trio; posargs go to `fishjam demo`."""
    session.install(".[trio,emulator]")
    chosen = any(argument.startswith("--backend") for argument in session.posargs)
    for choice in [[]] if chosen else [["--backend", backend] for backend in BACKENDS]:
        session.run("fishjam", "demo", *choice, *session.posargs)


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
    session.install(EVERYTHING, *group("types", "test", "codegen", "examples", "outside"))
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--verifytypes", "fishjam", "--ignoreexternal")


@nox.session
def build(session: nox.Session) -> None:
    """Build the sdist and the wheel, look inside, and try the wheel in a clean environment."""
    session.install(*group("build"))
    session.run("python", "tests/packaging/check.py", session.create_tmp())


@nox.session
def outside(session: nox.Session) -> None:
    """Let clients that were not written here talk to the emulator; posargs go to the runner."""
    session.install(".[trio,emulator]", *group("outside"))
    session.run("python", "tests/outside/run.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into site/ and do what its pages say; posargs go to pytest."""
    session.install(EVERYTHING, *group("docs", "pytest", "integrations"))
    doctrees = str(session.cache_dir.resolve() / "doctrees")
    strict = ("-E", "-W", "--keep-going", "-j", "2", "-d", doctrees)
    session.run("sphinx-build", *strict, "-b", "html", "docs", "site")
    session.run("pytest", *(session.posargs or ["-n", "2", "tests/docs/pages.py"]))


@nox.session
def examples(session: nox.Session) -> None:
    """Start each example as its README says, and use it as somebody would; posargs go to pytest."""
    session.install(".[trio,emulator,gemini]", *group("examples"))
    session.run("pytest", *(session.posargs or ["-n", "2", "tests/examples"]))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure; posargs are the name of one benchmark, if any, and its options."""
    session.install(".[trio,emulator]", *group("bench"))
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
