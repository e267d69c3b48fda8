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
    parameters: tuple[Node, ...]

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
    """A parsed OpenAPI document."""

    root: Node

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read a document from a YAML file."""
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")))

    def at(self, pointer: Pointer) -> Node:
        """Return the node at a pointer, following references on the way."""
        node: Any = self.root
        for step in pointer:
            node = self.follow(node)[step] if isinstance(node, dict) else node[int(step)]
        return self.follow(node)

    def follow(self, node: Node) -> Node:
        """Return what a node refers to, or the node itself."""
        while "$ref" in node:
            node = self.at(pointer_of(node["$ref"]))
        return node

    def operations(self) -> Iterator[Operation]:
        """Yield every operation in the document's order, shared parameters included."""
        for path, item in self.root["paths"].items():
            for verb in VERBS:
                if verb in item:
                    node = item[verb]
                    raw = [*item.get("parameters", ()), *node.get("parameters", ())]
                    yield Operation(path, verb, node, tuple(self.follow(one) for one in raw))


def pointer_of(ref: str) -> Pointer:
    """Split a local reference into the steps that lead to its target."""
    if not ref.startswith("#/"):
        raise ValueError(f"only references inside the document are understood: {ref}")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in ref[2:].split("/"))
