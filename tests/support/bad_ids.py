"""Texts that somebody may pass as an id, by mistake or on purpose."""

from __future__ import annotations

import random
from collections.abc import Iterator

_ALPHABETS = (
    "./%?#&=+ ;:@",
    "abcXYZ019-_~",
    "\x00\x1f\x7f\x9f\n\r\t",
    "\u017c\u00e9\u6f22\U0001f41f\u202e\u200b\u2028",
    "\"\\<>{}|^`'",
)
_PIECES = ("..", ".", "%2e", "%2F", "//", "\\", "../../x", "?a=b", "#f", " HTTP/1.1", "http://x")

# Each of these once fooled some client or some server.
CLASSICS = (
    "",
    " ",
    "\t",
    "\u2003",
    ".",
    "..",
    "...",
    "../admin",
    "..%2fadmin",
    "%2e%2e",
    "%2e%2e%2f",
    "..;/",
    "a/../b",
    "/",
    "//",
    "//evil.example/x",
    "https://evil.example/",
    "\\..\\",
    "?x=1",
    "a?x=1#y",
    "#",
    "%",
    "%zz",
    "%00",
    "\x00",
    "a\r\nx-evil: 1",
    "a b",
    " a",
    "a ",
    "+",
    "a+b",
    "a&b=c",
    ";a=b",
    "@",
    ":80",
    "\u017c\u00f3\u0142w",
    "\U0001f41f",
    "\u202eabc",
    "\u2028",
    "\x7f",
    "\x85",
    "\ud800",
    "\"'<>",
    "{}",
    "*",
    "~",
    "x" * 2000,
)


def bad_texts(count: int, seed: int = 20311) -> Iterator[str]:
    """Give the classics and then texts of any characters at all, always the same ones."""
    yield from CLASSICS
    source = random.Random(seed)  # noqa: S311
    for _ in range(count):
        parts = [source.choice(source.choice(_ALPHABETS)) for _ in range(source.randint(0, 4))]
        parts += [source.choice(_PIECES) for _ in range(source.randint(0, 2))]
        source.shuffle(parts)
        yield "".join(parts)


def cannot_be_an_id(text: str) -> bool:
    """Say by other means than the SDK whether an id must be refused before anything is sent."""
    codes = [ord(character) for character in text]
    control = any(code < 32 or 127 <= code < 160 or 0xD800 <= code < 0xE000 for code in codes)
    return control or not text.strip() or text in {".", ".."}
