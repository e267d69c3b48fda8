"""The code blocks of a page of Markdown, and what is to become of each."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import frozen

_FENCE = re.compile(r"^(`{3,})([^\n`]*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"^% (not run|background|from background)(?:: (.+))?\s*\Z", re.MULTILINE)
_DIRECTIVE = re.compile(r"\{([\w-]+)\} *(.*)")
_OPTION = re.compile(r"^:([\w-]+): *(.*)\n")


@frozen
class Block:
    """A block of code, output or file content.

    Attributes:
        language: what the fence says it is, for example "python".
        text: what is in it.
        line: the line of the page on which the text starts, from 1.
        caption: the name of the file that the reader is to save it as.
        mark: "not run", "background" or "from background", from the comment before it.
        reason: what stands behind the mark.
    """

    language: str
    text: str
    line: int
    caption: str | None = None
    mark: str | None = None
    reason: str | None = None


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page in order; directives that are no code are left out.

    Raises:
        ValueError: if a fence is indented, where it would not be found.
    """
    text = page.read_text(encoding="utf-8")
    if indented := re.search(r"^[ \t]+```", text, re.MULTILINE):
        line = text.count("\n", 0, indented.start()) + 1
        raise ValueError(f"{page.name}, line {line}: an indented block would not be tried")
    blocks = (_block(text, match) for match in _FENCE.finditer(text))
    return [block for block in blocks if block is not None]


def _block(page: str, match: re.Match[str]) -> Block | None:
    language, text, start = match[2].strip(), match[3], match.start(3)
    options = {}
    if directive := _DIRECTIVE.fullmatch(language):
        if directive[1] not in ("code-block", "literalinclude"):
            return None
        language = directive[2]
        while option := _OPTION.match(text):
            options[option[1]] = option[2]
            text = text[option.end() :]
            start += option.end()
        start += len(text) - len(text.lstrip("\n"))
        text = text.lstrip("\n")
    mark = _MARK.search(page[: match.start()].rstrip("\n"))
    return Block(
        language=language,
        text=text,
        line=page.count("\n", 0, start) + 1,
        caption=options.get("caption"),
        mark=mark[1] if mark else None,
        reason=mark[2] if mark else None,
    )
