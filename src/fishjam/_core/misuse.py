"""The wrong kind of `with` block: it says which kind is right, on Pythons that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    # A type checker should go on to refuse the wrong kind.
    class AsyncBlocks:
        """What all async clients are."""

    class Blocks:
        """What all sync clients are."""

else:

    class AsyncBlocks:
        """Refuses a plain `with`."""

        def __enter__(self) -> NoReturn:
            name = type(self).__name__
            raise TypeError(f"{name} is async: write `async with {name}(...) as client:`")

        __exit__ = __enter__

    class Blocks:
        """Refuses an `async with`."""

        def __aenter__(self) -> NoReturn:
            name = type(self).__name__
            raise TypeError(
                f"{name} is sync: write `with {name}(...) as client:`. In an async function use "
                f"Async{name}."
            )

        __aexit__ = __aenter__
