"""`python -m codegen`: generate everything; with `--check` only tell what is out of date."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from codegen.document import Document
from codegen.endpoints import print_endpoints
from codegen.events import print_descriptors, print_events
from codegen.files import differences, format_python, header, write
from codegen.models import print_models
from codegen.protocol import compile_documents, read_protocol, runtime_descriptors
from codegen.public import public_homes
from codegen.schema import Schemas
from codegen.twin import sync_source

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "fishjam"
GENERATED = PACKAGE / "_generated"

APIS = {"fishjam_api": "fishjam.yaml", "composition_api": "composition.yaml"}
"""The namespace under `_generated` for each REST document under `openapi/`."""

TWINS = ("_http", "client", "composition", "cli/_demo")
"""The packages in which `_sync`, a module or a package, is generated from `_async`."""


def generate() -> dict[Path, str]:
    """Return every generated file with its content."""
    files = {GENERATED / "__init__.py": f'{header("openapi/")}\n"""What the generator makes."""\n'}
    for namespace, document in APIS.items():
        files.update(_api(namespace, ROOT / "openapi" / document))
    files.update(_protocol(ROOT / "proto"))
    for package in TWINS:
        files.update(_twins(PACKAGE / package))
    return files


def _api(namespace: str, path: Path) -> dict[Path, str]:
    document = Document.load(path)
    schemas = Schemas.of(document)
    title = str(document.root["info"]["title"])
    first = header(f"openapi/{path.name}")
    homes = public_homes(PACKAGE, f"fishjam._generated.{namespace}.models")
    folder = GENERATED / namespace
    return {
        folder / "__init__.py": f'{first}\n"""The {title}: models and endpoints."""\n',
        folder / "models.py": format_python(print_models(schemas, title, homes, first)),
        folder / "endpoints.py": format_python(
            print_endpoints(document, schemas, title, f"fishjam._generated.{namespace}", first)
        ),
        # For the emulator, which checks requests by it and has no reader of YAML.
        folder / "document.json": json.dumps(document.root, separators=(",", ":")) + "\n",
    }


def _protocol(documents: Path) -> dict[Path, str]:
    compiled = compile_documents(documents)
    first = header(f"{documents.name}/")
    folder = GENERATED / "protocol"
    descriptors = print_descriptors(runtime_descriptors(compiled), first)
    return {
        folder / "__init__.py": f'{first}\n"""The protobuf side: descriptors and events."""\n',
        folder / "descriptors.py": format_python(descriptors),
        folder / "events.py": format_python(print_events(read_protocol(compiled), first)),
    }


def _twins(package: Path) -> dict[Path, str]:
    """Return the sync twins of a package's async sources: `_async.py`, or all of `_async/`."""
    files = {}
    # Sorted, because file systems list a folder in different orders.
    for path in sorted([*package.glob("_async.py"), *package.glob("_async/*.py")]):
        relative = path.relative_to(package).as_posix()
        twin = package / relative.replace("_async", "_sync", 1)
        first = header(path.relative_to(ROOT).as_posix())
        files[twin] = format_python(f"{first}\n{sync_source(path.read_text(encoding='utf-8'))}")
    return files


def _folders() -> list[Path]:
    """Return the folders that hold nothing but generated files."""
    return [GENERATED, *(path for name in TWINS if (path := PACKAGE / name / "_sync").is_dir())]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the generator; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    check: bool = parser.parse_args(arguments).check
    files = generate()
    act = differences if check else write
    changes = act(files, _folders())
    lines = [line.replace(f"{ROOT}/", "") for line in changes]
    summary = (
        f"{len(files)} generated files, {len(changes)} {'out of date' if check else 'changed'}"
    )
    print(*lines, summary, sep="\n")
    return 1 if check and changes else 0


if __name__ == "__main__":
    sys.exit(main())
