"""What a mistake is answered with, as one line of text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.http.worlds import TOKEN


def said(kind: type[BaseException], mistake: Callable[..., Any], *args: Any, **options: Any) -> str:
    """Make a mistake, and return the text of the error, which never holds a token."""
    with pytest.raises(kind) as caught:
        mistake(*args, **options)
    assert type(caught.value) is kind
    text = str(caught.value).replace("\n", " ")
    assert TOKEN not in text
    return text
