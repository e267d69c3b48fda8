"""All compositions, by their ids and addresses."""

from __future__ import annotations

from collections.abc import Callable

from fishjam.emulator._model.addresses import composition_id_of
from fishjam.emulator._model.composition import Composition, CompositionListener
from fishjam.emulator._model.refusals import NotFound


class Compositions:
    """All compositions.

    Args:
        now: reads the clock, in seconds.
        new_id: makes the ids.
        listener: told of their changes.
    """

    def __init__(
        self, now: Callable[[], float], new_id: Callable[[], str], listener: CompositionListener
    ) -> None:
        self._now = now
        self._new_id = new_id
        self._listener = listener
        self._compositions: dict[str, Composition] = {}

    def all(self) -> list[Composition]:
        """Return all compositions, the oldest first."""
        return list(self._compositions.values())

    def get(self, composition_id: str) -> Composition:
        """Return one composition.

        Raises:
            NotFound: if there is no such composition.
        """
        composition = self._compositions.get(composition_id)
        if composition is None:
            raise NotFound.named("composition", composition_id)
        return composition

    def at(self, url: str) -> Composition | None:
        """Return the composition with an address, or None if it is not one of these."""
        return self._compositions.get(composition_id_of(url) or "")

    def create(self, *, autostart: bool, cleanup_without_inputs: bool) -> Composition:
        """Create a composition."""
        composition = Composition(
            self._new_id(),
            autostart=autostart,
            cleanup_without_inputs=cleanup_without_inputs,
            now=self._now,
            listener=self._listener,
        )
        self._compositions[composition.id] = composition
        self._listener.changed()
        return composition

    def delete(self, composition_id: str) -> None:
        """Delete a composition; its outputs end first.

        Raises:
            NotFound: if there is no such composition.
        """
        composition = self.get(composition_id)
        del self._compositions[composition_id]
        composition.end()
        self._listener.composition_ended(composition)

    def settle(self) -> float | None:
        """Run what is due, delete idle compositions, and return when to look again, or None."""
        # `all` gives a copy, so that compositions may be deleted on the way.
        for composition in self.all():
            composition.settle()
            if composition.is_abandoned():
                self.delete(composition.id)
        moments = [composition.next_due() for composition in self.all()]
        return min((moment for moment in moments if moment is not None), default=None)
