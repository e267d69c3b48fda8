"""Wrapping prose, and building docstrings."""

import ast
import inspect

import pytest

from codegen.text import WIDTH, docstring, wrap

WORD = "abcdefghi "


def clean(source: str) -> str:
    """Return the docstring that Python sees."""
    return inspect.cleandoc(ast.literal_eval(source))


def test_paragraphs_are_filled_and_kept_apart() -> None:
    first, second = wrap(f"{WORD * 15}\n{WORD * 3}\n\nSecond\nparagraph.", 4).split("\n\n")

    assert first.split() == ["abcdefghi"] * 18
    assert all(len(line) <= WIDTH for line in first.splitlines())
    assert first.splitlines()[1].startswith("    abc")
    assert second == "    Second paragraph."


def test_the_first_line_is_not_indented_and_later_ones_hang() -> None:
    lines = wrap(WORD * 15, 8, hanging=4).splitlines()

    assert lines[0].startswith("abc")
    assert len(lines[0]) <= WIDTH - 8
    assert lines[1].startswith(" " * 12 + "abc")


def test_long_words_are_not_broken() -> None:
    address = "https://example.com/" + "a-b" * 50

    assert address in wrap(f"See {address} for more.", 4)


@pytest.mark.parametrize("mark", ["- ", "* ", "1. ", "12. ", "| ", "    "])
def test_lists_tables_and_indented_code_keep_their_lines(mark: str) -> None:
    text = f"Before.\n\n{mark}one\n{mark}two"

    assert wrap(text, 2) == f"Before.\n\n  {mark}one\n  {mark}two"


def test_fenced_code_keeps_its_lines_and_blank_ones() -> None:
    text = "```\nif a:\n    b\n\nc   = 1\n```\n\nAfter\nit."

    assert wrap(text, 2) == "```\n  if a:\n      b\n\n  c   = 1\n  ```\n\n  After it."


def test_a_short_docstring_is_one_line() -> None:
    assert docstring(" A thing. ", 4, [("Args", [])]) == '"""A thing."""'


def test_a_long_one_starts_with_its_first_sentence() -> None:
    text = docstring(f"The summary of it. {WORD * 10}", 4, [])

    assert clean(text).splitlines()[:2] == ["The summary of it.", ""]
    assert text.endswith('\n    """')
    assert all(len(line) <= WIDTH for line in text.splitlines())


def test_one_long_sentence_is_only_wrapped() -> None:
    text = clean(docstring(WORD * 15, 4, []))

    assert len(text.splitlines()) == 2
    assert text.split() == ["abcdefghi"] * 15


def test_a_long_list_at_the_start_is_left_alone() -> None:
    text = "- the first of them. With two sentences.\n" * 4

    assert clean(docstring(text, 4, [])) == text.strip()


def test_sections_hold_one_entry_a_name() -> None:
    text = docstring("A thing.", 4, [("Args", [("a", "One\n  of them."), ("b", "")])])

    assert text == ('"""A thing.\n\n    Args:\n        a: One of them.\n        b:\n    """')


def test_a_long_entry_hangs() -> None:
    text = docstring("A thing.", 4, [("Args", [("a", WORD * 15)])])

    assert f"\n{' ' * 12}abc" in text
    assert all(len(line) <= WIDTH for line in text.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        r"C:\new\users",
        "Ends with \\",
        'Ends with a "quote"',
        '"Starts" with one',
        'Three """ quotes',
        'Four """" and six """""" of them.',
        'Backslash and quotes: \\"""',
    ],
)
@pytest.mark.parametrize("sections", [[], [("Args", [("a", "b")])]])
def test_any_text_survives(text: str, sections: list[tuple[str, list[tuple[str, str]]]]) -> None:
    source = docstring(text, 4, sections)

    assert clean(source).splitlines()[0] == text.replace('"""', "'''")
