"""Builds the sdist and the wheel, looks inside both, and tries the wheel in a clean environment.

    python tests/packaging/check.py DIRECTORY

`nox -s build` runs it. Everything is built and installed under DIRECTORY.
"""

import configparser
import email
import filecmp
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "fishjam"

ENTRY_POINTS = {
    "console_scripts": {"fishjam": "fishjam.cli:main"},
    "pytest11": {"fishjam": "fishjam.emulator.pytest_plugin"},
}
NEEDED = {
    "fishjam/py.typed",
    "fishjam/_generated/fishjam_api/document.json",
    "fishjam/_generated/composition_api/document.json",
    "fishjam/emulator/_model/recording.mp4",
}
DIST_INFO = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
IN_SDIST = {
    *(
        ".ci",
        "benchmarks",
        "codegen",
        "docs",
        "examples",
        "openapi",
        "proto",
        "src",
        "tests",
        "tools",
    ),
    *(".editorconfig", ".git-blame-ignore-revs", ".gitattributes", ".github", ".gitignore"),
    *(".pre-commit-config.yaml", "noxfile.py", "pyproject.toml", "PKG-INFO", "LICENSE"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"),
}
EXTRAS = ("fishjam-server-sdk[cli]", "fishjam-server-sdk[emulator]")

USE_IT = """
import fishjam
for name in fishjam.__all__:
    getattr(fishjam, name)
fishjam.FishjamClient("id", "token").close()
print(len(fishjam.__all__), "public names")
"""


def main() -> None:
    directory = Path(sys.argv[1]).resolve()
    version = re.findall('__version__ = "(.+)"', (PACKAGE / "_version.py").read_text("utf-8"))[0]
    sdist, wheel = build(directory / "dist", directory / "again")
    check_sdist(sdist, f"fishjam_server_sdk-{version}")
    check_wheel(wheel, f"fishjam_server_sdk-{version}")
    check_installed(wheel, directory / "clean", version)


def build(dist: Path, again: Path) -> tuple[Path, Path]:
    """Build from the tree, then the wheel from the sdist once more; return sdist and wheel."""
    for directory in (dist, again):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    # The order matters: without --sdist and --wheel, `build` makes the wheel from the sdist.
    run(sys.executable, "-m", "build", "--sdist", "--wheel", f"--outdir={dist}", str(ROOT))
    (sdist,), (wheel,) = dist.glob("*.tar.gz"), dist.glob("*.whl")
    with tarfile.open(sdist) as archive:
        archive.extractall(again, filter="data")
    run(sys.executable, "-m", "build", "--wheel", f"--outdir={again}", str(next(again.iterdir())))
    assert filecmp.cmp(wheel, again / wheel.name, shallow=False), "the sdist builds another wheel"
    say(f"{sdist.name} and {wheel.name}; the sdist builds the same wheel")
    return sdist, wheel


def check_sdist(sdist: Path, name: str) -> None:
    with tarfile.open(sdist) as archive:
        paths = {Path(member.name).parts for member in archive.getmembers()}
    assert {path[0] for path in paths} == {name}
    names = {path[1] for path in paths}
    assert names == IN_SDIST, f"the sdist differs in {sorted(names ^ IN_SDIST)}"
    say(f"the sdist holds {len(paths)} files, in {', '.join(sorted(names))}")


def check_wheel(wheel: Path, name: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = email.message_from_bytes(archive.read(f"{name}.dist-info/METADATA"))
        scripts = archive.read(f"{name}.dist-info/entry_points.txt").decode()
    sources = {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    wanted = NEEDED | sources | {f"{name}.dist-info/{file}" for file in DIST_INFO}
    assert names == wanted, f"the wheel differs in {sorted(names ^ wanted)}"
    parser = configparser.ConfigParser()
    parser.read_string(scripts)
    assert {part: dict(parser[part]) for part in parser.sections()} == ENTRY_POINTS
    assert (metadata["License-Expression"], metadata["Requires-Python"]) == ("Apache-2.0", ">=3.10")
    say(f"the wheel holds {len(sources)} files of the package, its licence and its entry points")


def check_installed(wheel: Path, home: Path, version: str) -> None:
    """Install the wheel without extras, use it, and ask the command for what needs an extra."""
    venv.create(home, clear=True, with_pip=True)
    commands = home / ("Scripts" if os.name == "nt" else "bin")
    python, fishjam = commands / "python", commands / "fishjam"
    run(python, "-m", "pip", "install", "--quiet", wheel)
    say(f"in a clean environment it has {run(python, '-W', 'error', '-c', USE_IT)}")
    for words in (["--version"], ["emulator"], ["rooms", "list"]):
        output = run(fishjam, *words, fails=True)
        plain = all(extra in output for extra in EXTRAS) and len(output.splitlines()) == 1
        assert plain, f"fishjam {words} does not say plainly which extra it needs:\n{output}"
    say(f"without an extra, the command says: {output}")
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[cli]")
    assert run(fishjam, "--version") == f"fishjam {version}"
    for command in ("emulator", "demo"):
        output = run(fishjam, command, fails=True)
        plain = EXTRAS[1] in output and "Traceback" not in output
        assert plain, f"fishjam {command} does not say plainly which extra it needs:\n{output}"
    say(f"with the extra `cli`, it says: {output}")


def run(*command: str | Path, fails: bool = False) -> str:
    """Run a command away from the sources and return what it prints."""
    unset = {"PYTHONPATH", "FISHJAM_ID", "FISHJAM_MANAGEMENT_TOKEN"}
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=Path(sys.argv[1]),
        env={name: value for name, value in os.environ.items() if name not in unset},
    )
    assert bool(done.returncode) is fails, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout.strip()


def say(text: str) -> None:
    print(f"- {text}")


if __name__ == "__main__":
    main()
