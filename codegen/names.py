"""What things are called in Python: a library decides, with our house rules on top."""

from __future__ import annotations

import builtins
import json
import keyword
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from codegen.document import Document, Pointer

# Names that hide a builtin get an underscore, as in the published package; `id` is too common.
_BUILTINS = frozenset(dir(builtins)) - {"id"}
# What stands for something else inside a generated class.
_USED = frozenset(
    {"cls", "field", "from_dict", "keys", "masked", "masked_address", "self", "to_dict"}
)

_OPTIONS = (
    "--input-file-type=openapi",
    "--output-model-type=dataclasses.dataclass",
    "--openapi-scopes",
    "schemas",
    "paths",
    "--strict-nullable",
    "--parent-scoped-naming",
    "--snake-case-field",
    "--capitalise-enum-members",
    "--use-subclass-enum",
    "--use-operation-id-as-name",
    "--keep-model-order",
    # Only the names are used of what it makes, so the code needs no layout.
    "--formatters=builtin",
    "--disable-timestamp",
)


@dataclass(frozen=True)
class ModelNames:
    """The names that the generator gave to one schema: its class, and its fields in order."""

    class_name: str
    pointer: Pointer
    fields: tuple[tuple[str, str | None], ...]
    """(name in Python, name in JSON); the second is None for the members of an enum."""


def safe_name(name: str) -> str:
    """Add an underscore to a name that Python, its builtins or the generated code already use."""
    return f"{name}_" if keyword.iskeyword(name) or name in _BUILTINS | _USED else name


def class_part(name: str) -> str:
    """Turn a property's name into the tail of a class name: `audioOnly` becomes `AudioOnly`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", name))


def name_models(document: Document) -> list[ModelNames]:
    """Run datamodel-code-generator over a document and return the names it chose."""
    with tempfile.TemporaryDirectory() as folder:
        source, metadata = Path(folder, "document.yaml"), Path(folder, "metadata.json")
        # The order of the properties is that of positional arguments.
        text = yaml.safe_dump(_without_null(document.root), sort_keys=False)
        source.write_text(text, encoding="utf-8")
        command = [
            *(sys.executable, "-m", "datamodel_code_generator", *_OPTIONS),
            *("--input", str(source), "--output", str(Path(folder, "models.py"))),
            *("--emit-model-metadata", str(metadata)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"datamodel-code-generator failed:\n{done.stderr}")
        models: list[dict[str, Any]] = json.loads(metadata.read_text(encoding="utf-8"))["models"]
    return [_names_of(model) for model in models]


def _without_null(node: Any) -> Any:
    """Take null out of every enum: for the library it would be a type of its own."""
    if isinstance(node, list):
        return [_without_null(element) for element in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _without_null(value) for key, value in node.items()}
    if isinstance(node.get("enum"), list):
        plain["enum"] = [value for value in node["enum"] if value is not None]
    return plain


def _names_of(model: dict[str, Any]) -> ModelNames:
    fields = tuple((_field_name(field), field["original_name"]) for field in model["fields"])
    if len({name for name, _ in fields}) < len(fields):
        raise ValueError(f"{model['class_name']}: two properties have the same name in Python")
    return ModelNames(model["class_name"], tuple(model["source_path"]), fields)


def _field_name(field: dict[str, Any]) -> str:
    name = str(field["name"])
    # A member of an enum has no name in JSON; of two that differ in case only one comes out large.
    return name.upper() if field["original_name"] is None else safe_name(name)
