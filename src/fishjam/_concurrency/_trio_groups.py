"""What matters in the exception group of a trio nursery."""

from __future__ import annotations

import trio

from fishjam._concurrency.groups import leaves_of


def unwrap(group: BaseException) -> BaseException:
    """Return the error to raise: an interruption rather than the cancellations it caused."""
    leaves = list(leaves_of(group))
    return next((leaf for leaf in leaves if not isinstance(leaf, trio.Cancelled)), leaves[0])
