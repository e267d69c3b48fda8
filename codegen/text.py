"""Laying out prose and values in generated Python."""

from __future__ import annotations

import re
import textwrap

WIDTH = 96
_KEEPS_LINES = re.compile(r"^( |[-*] |\d+\. |```|\|)", re.MULTILINE)


def wrap(text: str, indent: int, hanging: int = 0) -> str:
    """Wrap prose paragraph by paragraph; lists and code keep their lines."""
    paragraphs = []
    fenced = False
    for paragraph in text.strip().split("\n\n"):
        if fenced or _KEEPS_LINES.search(paragraph):
            paragraphs.append(textwrap.indent(paragraph, " " * indent))
        else:
            paragraphs.append(_fill(paragraph, indent, hanging))
        # A fence that this paragraph opens may be closed by a later one.
        fenced ^= paragraph.count("```") % 2 == 1
    return "\n\n".join(paragraphs).lstrip()


def _fill(paragraph: str, indent: int, hanging: int) -> str:
    return textwrap.fill(
        " ".join(line.strip() for line in paragraph.splitlines()),
        width=WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        # Addresses and names with hyphens stay whole, so that they can be searched for and copied.
        break_long_words=False,
        break_on_hyphens=False,
    )


def docstring(text: str, indent: int, sections: list[tuple[str, list[tuple[str, str]]]]) -> str:
    """Build a docstring: prose, then sections such as `Attributes:` with one entry a line."""
    pad = " " * indent
    parts = [wrap(_summary_first(_literal(text), indent), indent)]
    for title, entries in sections:
        if entries:
            rows = [_entry(name, about, indent + 4) for name, about in entries]
            parts.append(f"{pad}{title}:\n" + "\n".join(rows))
    body = "\n\n".join(parts)
    if "\n" in body:
        return f'"""{body}\n{pad}"""'
    # A quote at the end would run into the closing ones.
    return f'"""{body[:-1]}\\""""' if body.endswith('"') else f'"""{body}"""'


def attribute_docstring(about: str) -> str:
    """Build the docstring below a field, where editors look for it; empty for no description."""
    flat = " ".join(about.split())
    return docstring(flat[:1].upper() + flat[1:], 4, []) if flat else ""


def _literal(text: str) -> str:
    """Make a text safe inside a triple-quoted string."""
    return text.replace("\\", "\\\\").replace('"""', "'''")


def _summary_first(text: str, indent: int) -> str:
    """Give the first sentence a line of its own where the first paragraph is longer than a line."""
    first, blank, rest = text.strip().partition("\n\n")
    flat = " ".join(first.split())
    # Six for the quotes at both ends.
    if len(flat) + indent + 6 <= WIDTH or ". " not in flat or _KEEPS_LINES.search(first):
        return text
    summary, _, more = flat.partition(". ")
    return f"{summary}.\n\n{more}{blank}{rest}"


def _entry(name: str, about: str, indent: int) -> str:
    flat = " ".join(_literal(about).split())
    return " " * indent + wrap(f"{name}: {flat}".rstrip(), indent, hanging=4)
