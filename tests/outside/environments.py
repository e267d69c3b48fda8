"""Environments with the published SDKs, made once and kept beside those of nox."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PYTHON_VERSION = "0.31.1"
PYTHON_SDK = f"fishjam-server-sdk=={PYTHON_VERSION}"
JAVASCRIPT_SDK = {"@fishjam-cloud/js-server-sdk": "0.25.0"}
WEB_CLIENTS = {
    "@fishjam-cloud/ts-client": "0.25.1",
    "@fishjam-cloud/react-client": "0.25.1",
    "react": "19.3.1",
    "react-dom": "19.3.1",
    "esbuild": "0.28.2",
}
WEB_PAGES = ("web_client", "web_react")

_KEPT_IN = Path(__file__).parents[2] / ".nox"
_READY = "ready.txt"


class EnvironmentFailedError(Exception):
    """An environment cannot be made on this machine."""


def clean_variables() -> dict[str, str]:
    """Return the environment variables for a foreign program.

    Nothing of this interpreter may leak into another one, and no proxy may stand between a client
    and the emulator.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def published_python() -> Path:
    """Return an interpreter that has the published Python SDK and nothing of this project."""
    folder = _KEPT_IN / f"outside-python-{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not _is_ready(folder, PYTHON_SDK):
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        pip = (str(python), "-m", "pip", "-qq", "--disable-pip-version-check")
        _run(*pip, "install", PYTHON_SDK)
        _note(folder, PYTHON_SDK)
    return python


def published_javascript() -> Path:
    """Return a folder whose `node_modules` has the published JavaScript SDK."""
    return _with_packages("outside-javascript", JAVASCRIPT_SDK)


def _with_packages(name: str, packages: dict[str, str]) -> Path:
    folder = _KEPT_IN / name
    manifest = json.dumps({"private": True, "dependencies": packages})
    if not _is_ready(folder, manifest):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(manifest, encoding="utf-8")
        quiet = ("--no-audit", "--no-fund", "--loglevel=error")
        safe = ("--ignore-scripts", "--no-package-lock")
        _run(_find("npm"), "install", *quiet, *safe, cwd=folder)
        _note(folder, manifest)
    return folder


def web_site(sources: Path) -> Path:
    """Return a folder with pages that have the published web clients, bundled unchanged.

    Args:
        sources: the folder with `web_client.mjs`, `web_react.mjs` and what they import of this
            project.
    """
    folder = _with_packages("outside-web", WEB_CLIENTS)
    site = folder / "site"
    for source in sources.glob("web_*.mjs"):
        shutil.copy(source, folder)
    esbuild = str(folder / "node_modules" / ".bin" / "esbuild")
    # The React client comes as files that name one another without their endings.
    options = ("--bundle", "--format=esm", "--log-level=error", f"--outdir={site}")
    production = '--define:process.env.NODE_ENV="production"'
    _run(esbuild, *(f"{name}.mjs" for name in WEB_PAGES), *options, production, cwd=folder)
    for name in WEB_PAGES:
        page = f"<!doctype html><meta charset=utf-8><body><script type=module src={name}.js>"
        (site / f"{name}.html").write_text(f"{page}</script>", encoding="utf-8")
    return site


def node() -> list[str]:
    """Return the command that runs JavaScript with a global `WebSocket`, as the SDK wants it."""
    program = _find("node")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found = re.match(r"v(\d+)", version.stdout)
    major = int(found[1]) if found else 0
    if major < 20:
        raise EnvironmentFailedError(
            f"node 20 or newer is needed, here is {version.stdout.strip()}"
        )
    return [program] if major >= 22 else [program, "--experimental-websocket"]


def _find(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise EnvironmentFailedError(f"{program} is needed, but it is not on the PATH")
    return path


def _run(*command: str, cwd: Path | None = None) -> None:
    try:
        subprocess.run(command, cwd=cwd, env=clean_variables(), check=True)
    except subprocess.CalledProcessError as error:
        raise EnvironmentFailedError(str(error)) from error


def _is_ready(folder: Path, content: str) -> bool:
    """Tell whether the folder was made to the end, and from the same list of packages."""
    note = folder / _READY
    return note.is_file() and note.read_text(encoding="utf-8") == content


def _note(folder: Path, content: str) -> None:
    (folder / _READY).write_text(content, encoding="utf-8")
