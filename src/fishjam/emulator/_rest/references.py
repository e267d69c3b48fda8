"""References within an OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference to a shared part of the document, if the node is one."""
    if "$ref" not in node:
        return node
    target: Mapping[str, Any] = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return target
