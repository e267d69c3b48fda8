"""Tiny OpenAPI documents, and the packages that the generator makes of them."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from codegen.document import Document
from codegen.endpoints import print_endpoints
from codegen.files import format_python, header
from codegen.models import print_models
from codegen.schema import Schemas


@dataclass(frozen=True)
class Api:
    """A generated package, imported."""

    folder: Path
    models: Any
    endpoints: Any

    def source(self, module: str) -> str:
        """Return the generated source of `models` or of `endpoints`."""
        return (self.folder / f"{module}.py").read_text(encoding="utf-8")


def document(schemas: str = "", paths: str = "", components: str = "") -> Document:
    """Wrap schemas, paths and other components (each as YAML) in a minimal document."""
    return Document(
        {
            "openapi": "3.0.3",
            "info": {"title": "Tiny API", "version": "1"},
            "paths": yaml.safe_load(paths) or {},
            "components": {
                "schemas": yaml.safe_load(schemas) or {},
                **(yaml.safe_load(components) or {}),
            },
        }
    )


def generate(
    parent: Path,
    name: str,
    schemas: str = "",
    paths: str = "",
    components: str = "",
    homes: dict[str, str] | None = None,
) -> Api:
    """Generate the package `name` below `parent`, which must be on `sys.path`, and import it."""
    source = document(schemas, paths, components)
    types = Schemas.of(source)
    first = header("tiny.yaml")
    files = {
        "__init__": first,
        "models": print_models(types, "Tiny API", homes or {}, first),
        "endpoints": print_endpoints(source, types, "Tiny API", name, first),
    }
    folder = parent / name
    folder.mkdir()
    for module, text in files.items():
        (folder / f"{module}.py").write_text(format_python(text), encoding="utf-8")
    importlib.invalidate_caches()
    return Api(
        folder,
        importlib.import_module(f"{name}.models"),
        importlib.import_module(f"{name}.endpoints"),
    )


def models_of(schemas: str) -> str:
    """Return the source of the models of a document, without importing anything."""
    return print_models(Schemas.of(document(schemas)), "Tiny API", {}, "")


def endpoints_of(paths: str, schemas: str = "", components: str = "") -> str:
    """Return the source of the endpoints of a document, without importing anything."""
    source = document(schemas, paths, components)
    return print_endpoints(source, Schemas.of(source), "Tiny API", "tiny", "")
