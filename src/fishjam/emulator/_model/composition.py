"""One composition: its inputs and outputs, and what happens to it in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from attrs import define, frozen

from fishjam.emulator._model.outputs import Output
from fishjam.emulator._model.refusals import BadRequest, NotFound

IDLE_LIMIT = 300.0
"""Seconds without live inputs after which a composition is deleted, as documented."""

_LONGEST = 1e12

Json = dict[str, Any]
Action = Callable[[float], object]
"""An action; it takes the moment at which it is run."""


class CompositionListener(Protocol):
    """Is told of the changes of compositions."""

    def changed(self) -> None:
        """Handle that the next moment with something to do may be another one."""

    def output_began(self, composition: Composition, output: Output) -> None:
        """Handle that an output began to send."""

    def output_ended(self, composition: Composition, output: Output) -> None:
        """Handle that an output ended or was removed."""

    def composition_ended(self, composition: Composition) -> None:
        """Handle that a composition was deleted."""


@define
class Input:
    """One input; it is live until it has ended.

    Attributes:
        settings: its registration, or for a room's tracks where they come from.
        has_ended: whether it ended while it stayed registered.
    """

    settings: Json
    has_ended: bool = False

    def to_dict(self) -> Json:
        """Return the input as the control interface shows it."""
        return {**self.settings, "ended": self.has_ended}


@frozen
class _Scheduled:
    """An action for so many seconds after the start."""

    seconds: float
    action: Action


class Composition:
    """One composition.

    Args:
        composition_id: its id.
        autostart: whether it starts when it is created.
        cleanup_without_inputs: whether it is deleted without live inputs even while its outputs
            send.
        now: reads the clock, in seconds.
        listener: told of its changes.
    """

    def __init__(
        self,
        composition_id: str,
        *,
        autostart: bool,
        cleanup_without_inputs: bool,
        now: Callable[[], float],
        listener: CompositionListener,
    ) -> None:
        self.id = composition_id
        self.inputs: dict[str, Input] = {}
        self.outputs: dict[str, Output] = {}
        self.images: dict[str, Json] = {}
        self.fonts: list[bytes] = []
        self.events: list[Json] = []
        self._autostart = autostart
        self._cleanup_without_inputs = cleanup_without_inputs
        self._now = now
        self._listener = listener
        self._later: list[_Scheduled] = []
        self._started_at = now() if autostart else None
        # From the beginning, so that a composition that never gets an input is deleted as well.
        self._idle_since: float | None = now()

    def start(self) -> None:
        """Start the outputs; scheduled times are counted from now."""
        if self._started_at is None:
            self._started_at = self._now()
            self._refresh(self._now())
            self.settle()

    def reset(self) -> None:
        """Remove everything."""
        # Before the outputs are forgotten, so that their streamers and recordings end.
        self.end()
        self.inputs, self.outputs, self.images = {}, {}, {}
        self.fonts, self.events, self._later = [], [], []
        self._started_at = self._now() if self._autostart else None
        self._refresh(self._now())

    def end(self) -> None:
        """End all outputs."""
        for output in self.outputs.values():
            self._end(output)

    # Inputs

    def add_input(self, input_id: str, settings: Json) -> None:
        """Register an input.

        Raises:
            BadRequest: if the id is taken.
        """
        # The Composition API documents no 409.
        if input_id in self.inputs:
            raise BadRequest(f"input {input_id} is registered already")
        self.inputs[input_id] = Input(settings)
        self._refresh(self._now())

    def put_input(self, input_id: str, settings: Json) -> None:
        """Register an input, or replace its settings."""
        self.inputs[input_id] = Input(settings)
        self._refresh(self._now())

    def end_input(self, input_id: str) -> None:
        """End an input that stays registered.

        Raises:
            NotFound: if the id is unknown.
        """
        self._check_input(input_id)
        self.inputs[input_id].has_ended = True
        self._refresh(self._now(), one_ended=True)

    def remove_input(self, input_id: str, schedule_time_ms: float | None) -> None:
        """Unregister an input, at once or at a time after the start.

        Raises:
            NotFound: if the id is unknown.
        """
        # Checked now although it may run later, because only this answer can be a 404.
        self._check_input(input_id)
        self._do(schedule_time_ms, lambda moment: self._drop_input(input_id, moment))

    def drop_inputs(self, is_selected: Callable[[str, Json], bool]) -> None:
        """Unregister all inputs that a predicate over id and settings selects."""
        for input_id, input_ in list(self.inputs.items()):
            if is_selected(input_id, input_.settings):
                self._drop_input(input_id, self._now())

    # Outputs

    def add_output(self, output_id: str, settings: Json, template: bytes | None) -> None:
        """Register an output.

        Raises:
            BadRequest: if the id is taken.
        """
        if output_id in self.outputs:
            raise BadRequest(f"output {output_id} is registered already")
        self.outputs[output_id] = Output.of(output_id, settings, template)
        self._refresh(self._now())

    def get_output(self, output_id: str) -> Output:
        """Return one output.

        Raises:
            NotFound: if the id is unknown.
        """
        if output_id not in self.outputs:
            raise NotFound.named("output", output_id)
        return self.outputs[output_id]

    def update_output(self, output_id: str, scenes: Json, schedule_time_ms: float | None) -> None:
        """Show other scenes on an output, at once or at a time after the start.

        Raises:
            NotFound: if the id is unknown.
            BadRequest: if they do not have the media that it was registered with.
        """
        output = self.get_output(output_id)
        output.check_update(scenes)
        self._do(schedule_time_ms, lambda _: output.show(scenes))

    def remove_output(self, output_id: str, schedule_time_ms: float | None) -> None:
        """Unregister an output, at once or at a time after the start.

        Raises:
            NotFound: if the id is unknown.
        """
        self.get_output(output_id)
        self._do(schedule_time_ms, lambda moment: self._drop_output(output_id, moment))

    # Images

    def add_image(self, image_id: str, spec: Json) -> None:
        """Register an image.

        Raises:
            BadRequest: if the id is taken.
        """
        if image_id in self.images:
            raise BadRequest(f"image {image_id} is registered already")
        self.images[image_id] = spec

    def remove_image(self, image_id: str, schedule_time_ms: float | None) -> None:
        """Unregister an image, at once or at a time after the start.

        Raises:
            NotFound: if the id is unknown.
        """
        if image_id not in self.images:
            raise NotFound.named("image", image_id)
        # It may have been removed otherwise by then.
        self._do(schedule_time_ms, lambda _: self.images.pop(image_id, None))

    # Time

    def settle(self) -> None:
        """Run the scheduled actions that are due."""
        # Scheduled times count from the start, so that nothing is due before it.
        if self._started_at is None:
            return
        started_at, now = self._started_at, self._now()
        due = [scheduled for scheduled in self._later if started_at + scheduled.seconds <= now]
        self._later = [
            scheduled for scheduled in self._later if started_at + scheduled.seconds > now
        ]
        # Sorting is stable: actions for the same moment run in the order in which they were asked
        # for.
        for scheduled in sorted(due, key=lambda later: later.seconds):
            # Not with the present time: the time without inputs counts from the moment that was
            # asked for.
            scheduled.action(started_at + scheduled.seconds)

    def next_due(self) -> float | None:
        """Return the next moment with something to do, or None."""
        moments = []
        if self._started_at is not None:
            moments += [self._started_at + scheduled.seconds for scheduled in self._later]
        if self._idle_since is not None:
            moments.append(self._idle_since + IDLE_LIMIT)
        return min(moments, default=None)

    def is_abandoned(self) -> bool:
        """Tell whether it has had no live inputs for too long."""
        return self._idle_since is not None and self._idle_since + IDLE_LIMIT <= self._now()

    def to_dict(self) -> Json:
        """Return the composition as the control interface shows it."""
        return {
            "id": self.id,
            "status": "created" if self._started_at is None else "started",
            "inputs": {name: input_.to_dict() for name, input_ in self.inputs.items()},
            "outputs": {name: output.to_dict() for name, output in self.outputs.items()},
            "images": self.images,
            "fonts": self.fonts,
            "events": self.events,
        }

    def _check_input(self, input_id: str) -> None:
        if input_id not in self.inputs:
            raise NotFound.named("input", input_id)

    def _do(self, schedule_time_ms: float | None, action: Action) -> None:
        if schedule_time_ms is None:
            action(self._now())
            return
        # Bounded, because a JSON number may be larger than any float.
        seconds = min(max(schedule_time_ms, 0), _LONGEST) / 1000
        self._later.append(_Scheduled(seconds, action))
        self.settle()
        self._listener.changed()

    def _drop_input(self, input_id: str, moment: float) -> None:
        gone = self.inputs.pop(input_id, None)
        if gone is not None:
            # An input that has ended was counted when it did.
            self._refresh(moment, one_ended=not gone.has_ended)

    def _drop_output(self, output_id: str, moment: float) -> None:
        gone = self.outputs.pop(output_id, None)
        if gone is not None:
            self._end(gone)
            self._refresh(moment)

    def _refresh(self, moment: float, *, one_ended: bool = False) -> None:
        """Apply the consequences of a change."""
        live = {name for name, input_ in self.inputs.items() if not input_.has_ended}
        if self._started_at is not None:
            for output in self.outputs.values():
                output.end_media(live, one_ended)
                self._begin_or_end(output)
        sending = any(output.is_sending for output in self.outputs.values())
        if live or (sending and not self._cleanup_without_inputs):
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = moment
        self._listener.changed()

    def _begin_or_end(self, output: Output) -> None:
        if not output.has_ended and not output.is_sending:
            output.is_sending = True
            self._listener.output_began(self, output)
        elif output.has_ended and output.is_sending:
            self._end(output)

    def _end(self, output: Output) -> None:
        output.is_sending = False
        self._listener.output_ended(self, output)
