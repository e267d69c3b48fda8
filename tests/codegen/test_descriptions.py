"""Descriptions of the document become docstrings, whatever they hold."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from tests.codegen.small_api import Api

SCHEMAS = r'''
Backslash: {type: string, description: 'Ends with \d and C:\new\', enum: [a]}
Quotes: {type: string, description: 'Has """ three quotes, and ends with "one"', enum: [a]}
Long:
  type: object
  description: >-
    The first sentence is the summary and stands alone. The second sentence follows after a blank
    line, because both together are longer than one line may be.
  properties:
    path:
      type: string
      description: >-
        A path such as C:\temp, or """quoted""", described at such a length that it needs more
        than a single line.
    bare: {type: string}
Short:
  type: object
  description: One sentence. And another.
  properties: {a: {type: string}}
Listed:
  type: object
  description: |-
    What it may be:
    - `a`: this, which is described with quite a lot of words so that no line could hold it all.
    - `b`: that. Or something else.

    An example:

    ```
    first = 1

    second   =   2
    ```

    1. One.
    2. Two.
  properties:
    a:
      type: string
      description: |-
        Its list:
        - one
        - two
Bare:
  type: object
  properties: {a: {type: string}}
'''


def lines_of(model: Any) -> list[str]:
    return (inspect.getdoc(model) or "").splitlines()


@pytest.fixture(scope="module")
def api(small_api: Callable[..., Api]) -> Api:
    return small_api(schemas=SCHEMAS)


@pytest.fixture(scope="module")
def models(api: Api) -> Any:
    return api.models


def test_backslashes_and_quotes_survive(models: Any) -> None:
    assert models.Backslash.__doc__ == "Ends with \\d and C:\\new\\"
    assert models.Quotes.__doc__ == "Has ''' three quotes, and ends with \"one\""
    assert "path: A path such as C:\\temp, or '''quoted''', described" in models.Long.__doc__


def test_a_long_first_paragraph_gets_its_first_sentence_as_the_summary(models: Any) -> None:
    lines = lines_of(models.Long)

    assert lines[0] == "The first sentence is the summary and stands alone."
    assert lines[1] == ""
    assert lines[2].startswith("The second sentence follows")


def test_a_short_first_paragraph_stays_in_one_line(models: Any) -> None:
    assert lines_of(models.Short)[0] == "One sentence. And another."


def test_lists_and_code_keep_their_lines(models: Any) -> None:
    lines = lines_of(models.Listed)

    assert lines[0] == "What it may be:"
    assert lines[2] == "- `b`: that. Or something else."
    assert lines[lines.index("```") :][:5] == ["```", "first = 1", "", "second   =   2", "```"]
    assert lines.index("2. Two.") == lines.index("1. One.") + 1


def test_every_property_has_an_entry(models: Any) -> None:
    assert lines_of(models.Long)[-1] == "    bare:"
    assert lines_of(models.Listed)[-1] == "    a: Its list: - one - two"


def test_what_has_no_description_is_described_by_its_name(models: Any) -> None:
    assert lines_of(models.Bare)[0] == "Bare"


def test_no_line_is_too_long(api: Api) -> None:
    long = [line for line in api.source("models").splitlines() if len(line) > 100]

    assert [line for line in long if "- `a`" not in line] == []
