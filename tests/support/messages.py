"""How a mistake is explained: the text of the error and its notes, as one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fishjam._core.notes import explained
from tests.support.clients import TOKEN


def text_of(
    kind: type[BaseException], mistake: Callable[..., Any], *args: Any, **options: Any
) -> str:
    """Make a mistake, and return the error's text and notes, which never hold a token."""
    with pytest.raises(kind) as caught:
        mistake(*args, **options)
    assert type(caught.value) is kind
    text = explained(caught.value).replace("\n", " ")
    assert TOKEN not in text
    return text
