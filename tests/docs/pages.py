"""The documentation does what it says: `nox -s docs` runs this, once and on one Python.

pytest does not find this file by itself, because it is not called `test_*.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fishjam
from fishjam.emulator import Emulator
from tests.docs.markdown import Block, blocks_of
from tests.docs.run_page import play

ROOT = Path(__file__).parents[2]
DOCS, SITE = ROOT / "docs", ROOT / "site"
PAGES = sorted(DOCS.rglob("*.md"))
pytestmark = pytest.mark.timeout(90)

MOST_NOT_RUN = 8
"""A block that is not run is an exception: this many, and each says why."""


def named(page: Path) -> str:
    return str(page.relative_to(DOCS).with_suffix(""))


def all_blocks() -> list[Block]:
    return [block for page in PAGES for block in blocks_of(page)]


@pytest.mark.parametrize("page", [one for one in PAGES if blocks_of(one)], ids=named)
def test_page_does_what_it_says(page: Path, fishjam_emulator: Emulator, tmp_path: Path) -> None:
    play(page, fishjam_emulator, tmp_path)


def test_few_blocks_are_not_run_and_say_why() -> None:
    not_run = [block for block in all_blocks() if block.mark == "not run"]
    assert [block for block in not_run if not block.reason] == []
    assert len(not_run) <= MOST_NOT_RUN


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_is_saved_is_used(page: Path) -> None:
    blocks = [block for block in blocks_of(page) if block.mark != "not run"]
    saved = {Path(block.caption).stem for block in blocks if block.caption}
    code = "".join(block.text for block in blocks if block.language in ("console", "python"))
    if "$ pytest" in code:
        saved = {name for name in saved if not name.startswith(("test_", "conftest"))}
    assert [name for name in saved if not re.search(rf"\b{name}\b", code)] == []


def test_every_public_module_has_a_page() -> None:
    package = Path(fishjam.__file__).parent
    files = (path.relative_to(package).with_suffix("") for path in package.rglob("*.py"))
    public = [path.parts for path in files if not _is_private(path)]
    modules = {".".join(("fishjam", *parts)).removesuffix(".__init__") for parts in public}
    described = "".join(path.read_text() for path in (DOCS / "reference").glob("*.rst"))
    left_out = [name for name in modules if not re.search(rf":: {name}$", described, re.MULTILINE)]
    # These are here for code that was written for the published SDK, and described in `moving.md`.
    assert sorted(left_out) == ["fishjam.api", "fishjam.utils"]


def _is_private(path: Path) -> bool:
    return any(part.startswith("_") and part != "__init__" for part in path.parts)


def test_the_site_needs_nothing_from_elsewhere() -> None:
    pages = [*SITE.rglob("*.html"), *SITE.rglob("*.css")]
    assert SITE / "index.html" in pages, "build it first: nox -s docs does both"
    loaded = re.compile(
        r"""<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//"""
        r"""|(?:@import|url\()\s*["']?(?:https?:)?//"""
    )
    assert [page for page in pages if loaded.search(page.read_text(encoding="utf-8"))] == []
