"""Exception groups, and what lies at the bottom of them; a user never sees a group."""

from __future__ import annotations

from collections.abc import Iterator


def root_of(error: BaseException) -> BaseException:
    """Return what lies at the bottom of an exception: the system's own error if there is one.

    Groups and the libraries' own errors on the way are left out, so that nobody has to dig.
    """
    leaves = list(leaves_of(error))
    return next((leaf for leaf in leaves if isinstance(leaf, OSError)), leaves[0])


def leaves_of(error: BaseException) -> Iterator[BaseException]:
    """Yield what lies at the bottom of an exception, through groups and causes."""
    inside: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    below = inside if error.__cause__ is None else (*inside, error.__cause__)
    if not below:
        yield error
    for member in below:
        yield from leaves_of(member)
