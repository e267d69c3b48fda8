"""The sync twin of async source: the same code without waiting, token by token.

Comments, blank lines and the layout of the source survive. The rules: `async` and `await` go, names
that begin with `Async` lose that beginning, and a short table holds the rest. The same rules run over
docstrings. An `await` inside an f-string is refused, because Python 3.12 splits f-strings into
tokens and older ones do not.
"""

from __future__ import annotations

import io
import re
import tokenize

_NAMES = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "aclose": "close",
    "aread_file": "read_file",
    "_async": "_sync",
}
_ASYNC_NAME = re.compile(r"Async(?=[A-Z])")
_PROSE = (
    (re.compile(r"\basync (?=(with|for|def)\b)"), ""),
    (re.compile(r"\bawait "), ""),
    (re.compile(r"\bAsync(?=[A-Z])"), ""),
    (re.compile(r"\baclose\b"), "close"),
    (re.compile(r"\basynchronous\b"), "synchronous"),
)


def sync_name(name: str) -> str:
    """Return what a name of the async source is called in its twin."""
    return _NAMES.get(name) or _ASYNC_NAME.sub("", name)


def sync_prose(text: str) -> str:
    """Apply the same rules to a docstring or to a comment."""
    for pattern, replacement in _PROSE:
        text = pattern.sub(replacement, text)
    return text


def sync_source(source: str) -> str:
    """Return the sync twin of a module's source."""
    lines = source.splitlines(keepends=True)
    out: list[str] = []
    row, column = 1, 0
    drop_blank = False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        gap = _between(lines, (row, column), token.start)
        if drop_blank and token.start[0] == row:
            gap = ""
        drop_blank = False
        row, column = token.end
        if token.type == tokenize.NAME and token.string in {"async", "await"}:
            out.append(gap)
            drop_blank = True
            continue
        out.append(gap + _twin_of(token))
    return "".join(out)


def _twin_of(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.NAME:
        return sync_name(token.string)
    if token.type == tokenize.COMMENT:
        return sync_prose(token.string)
    if token.type == tokenize.STRING:
        prefix = re.match(r"[a-zA-Z]*", token.string)
        if prefix and "f" in prefix[0].lower() and "await" in token.string:
            raise ValueError(f"line {token.start[0]}: no await inside an f-string, please")
        return sync_prose(token.string)
    return token.string


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """Return the source between two tokens, which the tokenizer does not report."""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]] if start[0] <= len(lines) else ""
    first = lines[start[0] - 1][start[1] :] if start[0] <= len(lines) else ""
    middle = "".join(lines[start[0] : end[0] - 1])
    last = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return first + middle + last
