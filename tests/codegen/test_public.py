"""Where users import a class from."""

from pathlib import Path

import pytest

from codegen.public import public_homes

PRIVATE = "package._generated.models"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    package = tmp_path / "package"
    sources = {
        "__init__.py": f"from {PRIVATE} import Top as Top",
        "room.py": f"from {PRIVATE} import Room as Room, RoomType as RoomType, Hidden",
        "peer.py": f"""
from {PRIVATE} import (
    Peer as Peer,
    Room as Room,
    Renamed as Other,
)
from {PRIVATE}.deeper import Deeper as Deeper
from package.room import RoomType as RoomType
import {PRIVATE}

if TYPE_CHECKING:
    from {PRIVATE} import Lazy as Lazy

def late() -> None:
    from {PRIVATE} import Late as Late
""",
        "_private.py": f"from {PRIVATE} import Hidden as Hidden",
        "_client/rooms.py": f"from {PRIVATE} import Hidden as Hidden",
        "agent/__init__.py": f"from {PRIVATE} import Agent as Agent",
        "agent/audio.py": f"from {PRIVATE} import Audio as Audio",
        "agent/_inner.py": f"from {PRIVATE} import Hidden as Hidden",
    }
    for name, source in sources.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return package


def test_homes_are_the_public_modules_that_re_export(package: Path) -> None:
    assert public_homes(package, PRIVATE) == {
        "Agent": "package.agent",
        "Audio": "package.agent.audio",
        "Lazy": "package.peer",
        "Peer": "package.peer",
        "Room": "package.peer",
        "RoomType": "package.room",
    }


def test_other_modules_are_not_looked_at(package: Path) -> None:
    assert public_homes(package, "package._generated.other") == {}
