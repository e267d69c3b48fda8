"""The templates of generated modules, and the one function that fills them in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    # Lines that hold only a tag leave no blank lines behind.
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(template: str, context: dict[str, Any]) -> str:
    """Fill in a template; a name that it uses and the context lacks is an error."""
    return _ENVIRONMENT.get_template(template).render(context)
