"""Laying out prose and values in generated Python."""

from __future__ import annotations

import textwrap

WIDTH = 96


def wrap(text: str, indent: int, hanging: int = 0) -> str:
    """Wrap prose paragraph by paragraph; lists and code keep their lines."""
    paragraphs = []
    for paragraph in text.strip().split("\n\n"):
        lines = paragraph.splitlines()
        if any(line.startswith((" ", "- ", "* ", "```", "|")) for line in lines):
            paragraphs.append(textwrap.indent("\n".join(lines), " " * indent).lstrip())
            continue
        filled = textwrap.fill(
            " ".join(line.strip() for line in lines),
            width=WIDTH,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hanging),
            break_long_words=False,
            break_on_hyphens=False,
        )
        paragraphs.append(filled.lstrip())
    return f"\n\n{' ' * indent}".join(paragraphs)


def docstring(text: str, indent: int, sections: list[tuple[str, list[tuple[str, str]]]]) -> str:
    """Build a docstring: prose, then sections such as `Attributes:` with one entry a line."""
    body = wrap(_summary_first(_literal(text), indent), indent)
    pad = " " * indent
    parts = [body]
    for title, entries in sections:
        rows = [_entry(name, about, indent + 4) for name, about in entries]
        if rows:
            parts.append(f"{pad}{title}:\n" + "\n".join(rows))
    if len(parts) == 1 and "\n" not in body:
        return f'"""{body}"""'
    joined = f"\n\n{pad}".join([parts[0]]) + "".join(f"\n\n{part}" for part in parts[1:])
    return f'"""{joined}\n{pad}"""'


def _literal(text: str) -> str:
    """Make a text safe inside a triple-quoted string."""
    return text.replace("\\", "\\\\").replace('"""', "'''")


def _summary_first(text: str, indent: int) -> str:
    """Give the first sentence a line of its own where the first paragraph is longer than a line."""
    first, blank, rest = text.strip().partition("\n\n")
    flat = " ".join(first.split())
    if len(flat) + indent + 6 <= WIDTH or ". " not in flat:
        return text
    summary, _, more = flat.partition(". ")
    return f"{summary}.\n\n{more}{blank}{rest}"


def _entry(name: str, about: str, indent: int) -> str:
    flat = _literal(" ".join(about.split()))
    text = f"{name}: {flat}" if flat else f"{name}:"
    return " " * indent + wrap(text, indent, hanging=4)
