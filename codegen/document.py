"""An OpenAPI document: loading it, and looking things up in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Node = dict[str, Any]
Pointer = tuple[str, ...]

VERBS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True)
class Operation:
    """One operation, with the place where it stands."""

    path: str
    verb: str
    node: Node
    parameters: tuple[tuple[Node, Pointer], ...]
    """Each parameter with the place where it stands, those of the path first."""

    @property
    def name(self) -> str:
        """The operation's id, which names the generated function."""
        return str(self.node["operationId"])

    @property
    def pointer(self) -> Pointer:
        """Where in the document the operation stands."""
        return ("paths", self.path, self.verb)


@dataclass(frozen=True)
class Document:
    """A parsed OpenAPI document, whose references all stay inside it."""

    root: Node

    def __post_init__(self) -> None:
        _check_references(self.root)

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read a document from a YAML file."""
        # The other loaders of the library run code that a document names.
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")))

    def at(self, pointer: Pointer) -> Node:
        """Return the node at a pointer, following references on the way but not at its end."""
        node: Any = self.root
        for step in pointer:
            node = node[int(step)] if isinstance(node, list) else self.follow(node)[step]
        result: Node = node
        return result

    def follow(self, node: Node) -> Node:
        """Return what a node refers to, or the node itself."""
        return self.locate(node, ())[0]

    def locate(self, node: Node, pointer: Pointer) -> tuple[Node, Pointer]:
        """Return what a node at a place refers to, and where that stands."""
        # A reference may lead to another one.
        while "$ref" in node:
            pointer = pointer_of(node["$ref"])
            node = self.at(pointer)
        return node, pointer

    def operations(self) -> Iterator[Operation]:
        """Yield every operation in the document's order, shared parameters included."""
        for path, item in self.root["paths"].items():
            for verb in VERBS:
                if verb in item:
                    yield self._operation(path, verb, item[verb])

    def _operation(self, path: str, verb: str, node: Node) -> Operation:
        if "operationId" not in node:
            raise ValueError(f"{verb} {path} has no operationId")
        places = (("paths", path), ("paths", path, verb))
        located = [parameter for place in places for parameter in self._parameters(place)]
        # An operation may say anew what its path says about a parameter: the later one counts.
        parameters = {
            (parameter["in"], parameter["name"]): (parameter, pointer)
            for parameter, pointer in located
        }
        return Operation(path, verb, node, tuple(parameters.values()))

    def _parameters(self, place: Pointer) -> list[tuple[Node, Pointer]]:
        nodes = self.at(place).get("parameters", ())
        return [
            self.locate(node, (*place, "parameters", str(index)))
            for index, node in enumerate(nodes)
        ]


def pointer_of(ref: str) -> Pointer:
    """Split a local reference into the steps that lead to its target."""
    if not ref.startswith("#/"):
        raise ValueError(f"only references inside the document are understood: {ref}")
    # RFC 6901 wants this order: the other way round `~01` would become a slash.
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in ref[2:].split("/"))


def _check_references(node: Any) -> None:
    """Refuse references to elsewhere before anything tries to fetch them."""
    if isinstance(node, dict):
        # A property may be called `$ref` as well; what stands there is no text.
        if isinstance(node.get("$ref"), str):
            pointer_of(node["$ref"])
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            _check_references(child)
