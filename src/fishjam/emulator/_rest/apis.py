"""The REST APIs that the emulator serves: their documents, paths and forms of errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from attrs import field, frozen

Json = dict[str, Any]


@frozen(eq=False)
class Api:
    """One REST API; the code that serves them is the same for all.

    Attributes:
        document: its OpenAPI document.
        error_name: the property of an error's body that holds the text.
        root: the beginning of all its paths, if they lie at the origin of the server; empty for
            paths under the base URL of a Fishjam.
        casts_numbers: whether a number may come as text, such as `"3"`.
    """

    document: Mapping[str, Any] = field(repr=False)
    error_name: str = "errors"
    root: str = ""
    casts_numbers: bool = False

    def error(self, text: str) -> Json:
        """Return the body of an error."""
        return {self.error_name: text}


def _load(package: str) -> Json:
    """Return the OpenAPI document of a generated package."""
    files = resources.files(f"fishjam._generated.{package}")
    document: Json = json.loads(files.joinpath("document.json").read_text("utf-8"))
    return document


# Only this API is known to take a text such as `"10"` for a number.
FISHJAM = Api(_load("fishjam_api"), casts_numbers=True)
COMPOSITION = Api(_load("composition_api"), error_name="message", root="/api/composition")

APIS = (FISHJAM, COMPOSITION)
"""All APIs; an unknown path is answered in the form of the first one."""
