"""What the files around the code say agrees with the code and with each other."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from fishjam import __version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
COMMANDS = [f"python -m pip install nox && nox -s {session}" for session in ("demo", "tests")]

MACHINE_PATH = re.compile(r"(?<![\w.}>)*-])/(?:farm|home|mnt|opt|root|tmp|Users|work)/")
PACKAGE_INDEX = re.compile(r"pypi\.org|pythonhosted\.|registry\.npmjs|index[-]url|find[-]links")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def committed_files() -> list[Path]:
    """List what git tracks, or in an unpacked sdist everything that it is to hold."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    tracked = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    if tracked:
        return [path for name in tracked.split("\0") if (path := ROOT / name).is_file()]
    parts = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    places = [ROOT / "pyproject.toml", *(ROOT / part.strip("/") for part in parts)]
    return [
        path
        for place in places
        for path in [place, *place.rglob("*")]
        if path.is_file() and "__pycache__" not in path.parts
    ]


def sessions() -> set[str]:
    """Return the names of the sessions of the noxfile."""
    return {
        node.name
        for node in ast.parse(read("noxfile.py")).body
        if isinstance(node, ast.FunctionDef)
        and any("nox.session" in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def test_changelog_begins_with_unreleased_and_has_this_version() -> None:
    versions = re.findall(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert versions[:2] == ["Unreleased", __version__]


def test_version_follows_the_api_document() -> None:
    document = yaml.safe_load(read("openapi/fishjam.yaml"))
    assert __version__.split(".")[:2] == document["info"]["version"].split(".")[:2]


def test_ci_runs_the_commands_of_the_readme() -> None:
    pattern = "python -m pip install nox && nox -s .*"
    assert f"grep -x '{pattern}' README.md" in read(".ci/run")
    assert re.findall(f"^{pattern}$", read("README.md"), re.MULTILINE) == COMMANDS


def test_ci_runs_every_session() -> None:
    run = re.findall(r"nox -s ((?:\w+ ?)+)", "\n".join([read(".ci/run"), *COMMANDS]))
    assert set(" ".join(run).split()) == sessions()


def test_documents_name_sessions_that_exist() -> None:
    text = read("README.md") + read("CONTRIBUTING.md")
    named = set(re.findall(r"nox -s (\w+)", text))
    rows = set(re.findall(r"^\| `(\w+)` \|", read("CONTRIBUTING.md"), re.MULTILINE))
    assert named <= sessions()
    assert rows == sessions()


def test_supported_pythons_are_the_same_everywhere() -> None:
    classifiers = "\n".join(PROJECT["project"]["classifiers"])
    pythons = re.findall(r"^Programming Language :: Python :: (3\.\d+)$", classifiers, re.MULTILINE)
    assert pythons == ["3.10", "3.11", "3.12", "3.13"]
    assert "PYTHONS = nox.project.python_versions(PROJECT)" in read("noxfile.py")
    assert PROJECT["project"]["requires-python"] == f">={pythons[0]}"
    assert PROJECT["tool"]["pyright"]["pythonVersion"] == pythons[0]
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{pythons[0].replace('.', '')}"


def test_no_file_names_a_machine_or_a_package_index() -> None:
    texts = {path: path.read_text("utf-8", "replace") for path in committed_files()}
    assert ROOT / "pyproject.toml" in texts
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in texts.items()
        for pattern in (MACHINE_PATH, PACKAGE_INDEX)
        for match in pattern.finditer(text)
    ]
    assert found == []
