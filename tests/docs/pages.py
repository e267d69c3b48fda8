"""The documentation does what it says: `nox -s docs` runs this, once and on one Python.

pytest does not find this file by itself, because it is not called `test_*.py`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import fishjam
from fishjam.emulator import Emulator
from tests.docs.markdown import Block, blocks_of
from tests.docs.run_page import play

ROOT = Path(__file__).parents[2]
DOCS, SITE = ROOT / "docs", ROOT / "site"
PAGES = sorted(DOCS.rglob("*.md"))
pytestmark = pytest.mark.timeout(200)

EVENTS = [
    name
    for name in fishjam.events.__all__
    if not name.startswith("ServerMessage") and name != "Notification"
]

MOST_NOT_RUN = 18
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


def test_every_method_of_the_client_is_in_the_table_and_described_once() -> None:
    page = (SITE / "reference" / "fishjam.client.html").read_text(encoding="utf-8")
    table, _, rest = page.partition('id="the-sync-client"')
    methods = [name for name in dir(fishjam.FishjamClient) if not name.startswith("_")]
    assert [name for name in methods if f"#fishjam.FishjamClient.{name}" not in table] == []
    assert [name for name in methods if f'id="fishjam.FishjamClient.{name}"' not in rest] == []
    assert 'id="fishjam.AsyncFishjamClient.create_room"' not in page


def test_every_event_is_described_and_the_older_ones_come_last() -> None:
    page = (SITE / "reference" / "fishjam.events.html").read_text(encoding="utf-8")
    places = {name: page.find(f'id="fishjam.events.{name}"') for name in EVENTS}
    assert [name for name, place in places.items() if place < 0] == []
    in_use = ("RoomCreated", "PeerAdded", "PeerConnected", "TrackAdded", "PeerDisconnected")
    assert sorted(in_use, key=places.__getitem__) == [
        *("RoomCreated", "PeerAdded", "PeerConnected", "PeerDisconnected", "TrackAdded")
    ]
    surfaced = {cls.__name__ for cls in get_args(fishjam.Notification)}
    older = page.index('id="older-events"')
    assert {name for name in surfaced if places[name] > older} == set()


def test_every_example_has_a_page() -> None:
    examples = {path.parent.name for path in (ROOT / "examples").glob("*/README.md")}
    assert {path.stem for path in (DOCS / "examples").glob("*.md")} == {*examples, "index"}
    index = (DOCS / "examples" / "index.md").read_text(encoding="utf-8")
    assert [name for name in examples if f"[]({name}.md)" not in index] == []


@pytest.mark.parametrize("word", ["kick", "openai", "docker", "nginx", "mute", "react"])
def test_the_search_finds(word: str) -> None:
    index = (SITE / "searchindex.js").read_text(encoding="utf-8")
    assert re.search(rf'"?\b{word}"?: ?\[?\d', index), f"{word} is not in the search index"


def test_tabs_of_the_same_loop_stay_in_step() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        groups = text.count(":sync-group: loop")
        assert text.count(":sync: sync") == text.count(":sync: trio") == groups, page


def test_diagrams_have_no_colours_of_their_own() -> None:
    for drawing in (DOCS / "_diagrams").glob("*.svg"):
        text = drawing.read_text(encoding="utf-8")
        assert not re.search(r"#[0-9a-f]{3,6}\b(?!-)|fill=|stroke=", text), drawing.name
        assert any(f"{{diagram}} {drawing.stem}\n" in page.read_text("utf-8") for page in PAGES)


def test_the_site_needs_nothing_from_elsewhere() -> None:
    pages = [*SITE.rglob("*.html"), *SITE.rglob("*.css")]
    assert SITE / "index.html" in pages, "build it first: nox -s docs does both"
    loaded = re.compile(
        r"""<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//"""
        r"""|(?:@import|url\()\s*["']?(?:https?:)?//"""
    )
    assert [page for page in pages if loaded.search(page.read_text(encoding="utf-8"))] == []
