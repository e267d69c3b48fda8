"""Laying out, comparing and writing generated files."""

from pathlib import Path

import pytest

from codegen.files import differences, format_python, header, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "generated"
    (folder / "inner" / "__pycache__").mkdir(parents=True)
    (folder / "inner" / "__pycache__" / "b.pyc").write_bytes(b"\0")
    (folder / "inner" / "b.py").write_bytes(b"b = 1\n")
    return folder


def test_the_header_names_source_and_command() -> None:
    assert header("openapi/tiny.yaml") == (
        "# Generated from openapi/tiny.yaml by `nox -s codegen`. Do not edit: change the source"
        " instead."
    )


def test_python_is_laid_out_and_loses_unused_imports() -> None:
    source = "import os, sys\nfrom fishjam.room import Room\nimport attrs\nx=[sys,Room,\n attrs]\n"

    assert format_python(source) == (
        "import sys\n\nimport attrs\n\nfrom fishjam.room import Room\n\nx = [sys, Room, attrs]\n"
    )


def test_what_is_no_python_is_an_error_with_the_place() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)ruff cannot read.*generated\.py:1:7"):
        format_python("def f(:\n")


def test_nothing_differs(folder: Path) -> None:
    assert differences({folder / "inner" / "b.py": "b = 1\n"}, [folder]) == []


@pytest.mark.parametrize("content", [b"b = 2\n", b"b = 1", b"b = 1\r\n", b"b = \xff\n"])
def test_an_edited_file_is_found_to_the_byte(folder: Path, content: bytes) -> None:
    path = folder / "inner" / "b.py"
    path.write_bytes(content)

    assert differences({path: "b = 1\n"}, [folder]) == [f"out of date: {path}"]


def test_missing_and_stray_files_are_found(folder: Path) -> None:
    missing, stray = folder / "a.py", folder / "inner" / "b.py"

    assert differences({missing: ""}, [folder]) == [
        f"missing: {missing}",
        f"not generated: {stray}",
    ]
    assert differences({missing: ""}, []) == [f"missing: {missing}"]


def test_writing_brings_the_folder_up_to_date(folder: Path) -> None:
    files = {folder / "new" / "a.py": 'a = "ö"\n', folder / "c.py": "c = 1\n"}

    done = write(files, [folder])

    assert len(done) == 3
    assert differences(files, [folder]) == []
    assert (folder / "new" / "a.py").read_bytes() == 'a = "ö"\n'.encode()
    assert not (folder / "inner" / "b.py").exists()
    assert write(files, [folder]) == []
