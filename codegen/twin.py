"""The sync twin of async source: the same code without waiting, token by token.

Comments, blank lines and the layout of the source survive. The rules: `async` and `await` go, names
lose their `Async`, and a short table holds the rest. The same rules run over comments and over all
strings, for docstrings, messages and `__all__` speak of the code. An `await` inside an f-string is
refused, because Python 3.12 splits f-strings into tokens and older ones do not.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize

_NAMES = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "aclose": "close",
    "aiter_bytes": "iter_bytes",
    "aiter_raw": "iter_raw",
    "aread_file": "read_file",
    "_async": "_sync",
    "asynchronous": "synchronous",
}
# Only before a capital, so that the word "Asynchronous" is none.
_ASYNC_NAME = re.compile(r"Async(?=[A-Z])")
_PROSE = re.compile(r"\basync (?=(with|for|def)\b)|\bawait ")
# From Python 3.12 on the text of an f-string comes as tokens of its own.
_TEXTS = {tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def sync_name(name: str) -> str:
    """Return what a name of the async source is called in its twin."""
    return _NAMES.get(name) or _ASYNC_NAME.sub("", name)


def sync_prose(text: str) -> str:
    """Apply the same rules to a text."""
    return re.sub(r"\w+", lambda word: sync_name(word[0]), _PROSE.sub("", text))


def sync_source(source: str) -> str:
    """Return the sync twin of a module's source."""
    _check_f_strings(source)
    lines = list(io.StringIO(source))
    out: list[str] = []
    row, column = 1, 0
    drop_blank = False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        gap = _between(lines, (row, column), token.start)
        if drop_blank and token.start[0] == row:
            gap = ""
        drop_blank = token.type == tokenize.NAME and token.string in {"async", "await"}
        row, column = token.end
        out.append(gap if drop_blank else gap + _twin_of(token))
    return "".join(out)


def _twin_of(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.NAME:
        return sync_name(token.string)
    return sync_prose(token.string) if token.type in _TEXTS else token.string


def _check_f_strings(source: str) -> None:
    for text in ast.walk(ast.parse(source)):
        if isinstance(text, ast.JoinedStr) and any(_waits(node) for node in ast.walk(text)):
            raise ValueError(f"line {text.lineno}: no await inside an f-string, please")


def _waits(node: ast.AST) -> bool:
    if isinstance(node, ast.comprehension):
        return bool(node.is_async)
    return isinstance(node, ast.Await)


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """Return the source between two tokens, which the tokenizer does not report."""
    # The last tokens stand one line below the end, so the number of lines is looked at.
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]] if start[0] <= len(lines) else ""
    first = lines[start[0] - 1][start[1] :] if start[0] <= len(lines) else ""
    middle = "".join(lines[start[0] : end[0] - 1])
    last = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return first + middle + last
