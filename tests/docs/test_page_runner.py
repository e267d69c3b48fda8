"""The mechanism that tries the pages: what it runs, what it compares, what it does not let pass."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from fishjam.emulator import Emulator
from tests.docs.markdown import Block, blocks_of
from tests.docs.page_runner import WrongError, check_output
from tests.docs.run_page import play


def written(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(textwrap.dedent(text), encoding="utf-8")
    return page


def test_blocks_with_languages_captions_and_marks(tmp_path: Path) -> None:
    page = written(
        tmp_path,
        """\
        ```python
        print(1)
        ```

        ```{code-block} toml
        :caption: settings.toml

        port = 8000
        ```

        % not run: needs an account
        ```console
        $ fishjam
        ```

        ```{toctree}
        other
        ```
        """,
    )
    python, toml, console = blocks_of(page)
    assert python == Block("python", "print(1)\n", 2)
    assert toml == Block("toml", "port = 8000\n", 8, caption="settings.toml")
    assert (console.mark, console.reason) == ("not run", "needs an account")


def test_an_indented_block_is_found_out(tmp_path: Path) -> None:
    page = written(tmp_path, "- a list\n\n  ```python\n  1 / 0\n  ```\n")
    with pytest.raises(ValueError, match=r"page\.md, line 3"):
        blocks_of(page)


def test_a_page_is_played_from_top_to_bottom(tmp_path: Path, fishjam_emulator: Emulator) -> None:
    page = written(
        tmp_path,
        """\
        ```python
        name = "Ada"
        print("a" + "b")
        ```

        ```text
        ab
        ```

        ```{code-block} python
        :caption: greet.py

        import sys

        print("http://127.0.0.1:5002", sys.argv[1])
        ```

        ```console
        $ export GREETED="Ada"
        $ python greet.py $GREETED
        http://127.0.0.1:5002 Ada
        ```

        % background
        ```console
        $ echo ready; exec sleep 60
        ready
        ```

        ```python
        print(name)
        ```
        """,
    )
    printed = play(page, fishjam_emulator, tmp_path)
    assert f"{fishjam_emulator.fishjam_id} Ada" in printed
    assert printed.endswith("\nAda\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```python\n1 / 0\n```\n", 'page.md", line 2'),
        ("```python\nprint(1)\n```\n\n```text\n2\n```\n", "the page shows"),
        ("```console\n$ false\n```\n", "ended with 1"),
        ("```console\nfalse\n```\n", "has to begin with a command"),
        ("% background\n```console\n$ true\nready\n```\n", "but not"),
        (
            "% background\n```console\n$ python -c 'import time; print(1); time.sleep(9)'\n1\n"
            "```\n",
            "ended with a traceback",
        ),
        ("```yaml\na: 1\n```\n", "nothing is done with a block of yaml"),
        ("```python\nimport warnings\nwarnings.warn('old')\n```\n", "UserWarning: old"),
    ],
)
def test_what_a_reader_would_stumble_over_fails(
    text: str, told: str, tmp_path: Path, fishjam_emulator: Emulator
) -> None:
    with pytest.raises(AssertionError) as caught:
        play(written(tmp_path, text), fishjam_emulator, tmp_path)
    assert told in str(caught.value)


def test_ids_and_durations_may_differ() -> None:
    check_output(
        "room 6b6ba3a2-5a0f-4a1c-9a3e-0d9f6a8f4c11\n1 passed in 0.42s\nthe rest ...\n",
        "room 00000000-0000-4000-8000-000000000000\n1 passed in 1.07s\nthe rest is open\n",
    )
    with pytest.raises(WrongError):
        check_output("room 1\n", "room 2\n")
