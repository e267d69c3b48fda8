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
    ci = read(".ci/run")
    run = re.findall(r"nox (?:--\S+ )*-s ((?:\w+ ?)+)", "\n".join([ci, *COMMANDS]))
    installed = re.findall(r"^run_installed ((?:\w+ ?)+)", ci, re.MULTILINE)
    assert set(" ".join([*run, *installed]).split()) == sessions()
    later = re.findall(r"^later=\((.+)\)$", ci, re.MULTILINE)
    assert sorted(later[0].split()) == sorted(" ".join(installed).split())


def workflow(name: str) -> dict[Any, Any]:
    parsed: dict[Any, Any] = yaml.safe_load(read(f".github/workflows/{name}.yml"))
    return parsed


def test_the_workflow_runs_the_same_sessions() -> None:
    jobs = workflow("ci")["jobs"]
    checks = jobs["checks"]["strategy"]["matrix"]
    run = {*checks["session"], *(extra["session"] for extra in checks["include"]), "tests"}
    # The facts that `contract` compares with are not there.
    assert run == sessions() - {"contract"}


def test_the_workflow_runs_the_tests_on_each_system_and_python() -> None:
    tests = workflow("ci")["jobs"]["tests"]
    matrix = tests["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert matrix["python"] == [*supported_pythons(), "3.14"]
    assert tests["steps"][-1]["run"].endswith(" -s tests-${{ matrix.python }}")


def test_a_release_is_published_without_a_token() -> None:
    release = workflow("release")
    # YAML reads the key `on` as a truth value.
    assert release[True] == {"push": {"tags": ["v*"]}}
    assert release["jobs"]["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in read(".github/workflows/release.yml")


def test_generated_code_is_marked_for_reviewers() -> None:
    marked = re.findall(r"^(\S+) linguist-generated=true$", read(".gitattributes"), re.MULTILINE)
    generated = {path for pattern in marked for path in ROOT.glob(pattern.removesuffix("/**"))}
    folders = {path for path in generated if path.is_dir()}
    files = {path for path in generated if path.is_file()}
    sources = ROOT.glob("src/fishjam/**/*.py")
    beginnings = {path: path.read_text("utf-8").partition("\n")[0] for path in sources}
    with_header = {path for path, line in beginnings.items() if line.startswith("# Generated ")}
    assert {path for path in with_header if not folders & {*path.parents}} == files
    assert all(folders & {*path.parents} or path in files for path in with_header)


def test_the_noxfile_starts_nothing_when_it_is_read() -> None:
    parsed = ast.parse(read("noxfile.py"))
    assert not {"shutil", "subprocess"} & {
        alias.name for node in parsed.body if isinstance(node, ast.Import) for alias in node.names
    }


def test_documents_name_sessions_that_exist() -> None:
    text = read("README.md") + read("CONTRIBUTING.md")
    named = set(re.findall(r"nox -s (\w+)", text))
    rows = set(re.findall(r"^\| `(\w+)` \|", read("CONTRIBUTING.md"), re.MULTILINE))
    assert named <= sessions()
    assert rows == sessions()


def test_the_readme_tells_what_each_extra_is_for() -> None:
    rows = re.findall(r"^\| `fishjam-server-sdk\[(\w+)\]` \|", read("README.md"), re.MULTILINE)
    # It is kept for those who name it, and brings nothing.
    assert {*rows, "completion"} == PROJECT["project"]["optional-dependencies"].keys()


def supported_pythons() -> list[str]:
    classifiers = "\n".join(PROJECT["project"]["classifiers"])
    return re.findall(r"^Programming Language :: Python :: (3\.\d+)$", classifiers, re.MULTILINE)


def test_supported_pythons_are_the_same_everywhere() -> None:
    pythons = supported_pythons()
    assert pythons == ["3.10", "3.11", "3.12", "3.13"]
    assert "SUPPORTED = nox.project.python_versions(PROJECT)" in read("noxfile.py")
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
