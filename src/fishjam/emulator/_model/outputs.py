"""Outputs of a composition: their scenes, and when they end."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from attrs import define

from fishjam.emulator._model.refusals import BadRequest

MEDIA = ("video", "audio")

Json = dict[str, Any]


@define
class Medium:
    """The video or the audio of an output.

    Attributes:
        options: its registration without the first scene.
        scene: the present scene; None where a template makes the scenes.
        has_ended: whether it ended by its own condition.
    """

    options: Json
    scene: Json | None
    has_ended: bool = False

    def to_dict(self) -> Json:
        """Return the medium as the control interface shows it."""
        return {**self.options, "scene": self.scene, "ended": self.has_ended}


@define
class Output:
    """One output.

    Attributes:
        id: its id.
        settings: its registration without its media.
        media: its video, its audio or both.
        template: the template that makes its scenes, or None.
        keyframes: how many were requested.
        is_sending: whether it sends now.
    """

    id: str
    settings: Json
    media: dict[str, Medium]
    template: bytes | None
    keyframes: int = 0
    is_sending: bool = False

    @classmethod
    def of(cls, output_id: str, settings: Json, template: bytes | None) -> Output:
        """Create an output from its registration."""
        media = {
            name: _medium(settings[name], is_shown=template is None)
            for name in MEDIA
            if settings.get(name) is not None
        }
        rest = {name: value for name, value in settings.items() if name not in MEDIA}
        return cls(output_id, rest, media, template)

    @property
    def has_ended(self) -> bool:
        """Whether all its media have ended."""
        return all(medium.has_ended for medium in self.media.values())

    def check_update(self, scenes: Json) -> None:
        """Check that an update has the media that the output was registered with.

        Raises:
            BadRequest: if it has others.
        """
        given = [name for name in MEDIA if scenes.get(name) is not None]
        registered = [name for name in MEDIA if name in self.media]
        if given != registered:
            wanted, got = " and ".join(registered), " and ".join(given) or "neither"
            raise BadRequest(
                f"body: output {self.id} was registered with {wanted}, and an update has to give "
                f"the same, not {got}"
            )

    def show(self, scenes: Json) -> None:
        """Show other scenes."""
        for name, medium in self.media.items():
            medium.scene = scenes[name]

    def request_keyframe(self) -> None:
        """Request a key frame.

        Raises:
            BadRequest: if the output has no video.
        """
        if "video" not in self.media:
            raise BadRequest(f"output {self.id} has no video")
        self.keyframes += 1

    def end_media(self, live: Collection[str], one_ended: bool) -> None:
        """End the media whose condition is met.

        Args:
            live: the ids of the live inputs.
            one_ended: whether an input has just ended.
        """
        for medium in self.media.values():
            if _is_met(medium.options.get("send_eos_when"), live, one_ended):
                medium.has_ended = True

    def to_dict(self) -> Json:
        """Return the output as the control interface shows it."""
        status = "ended" if self.has_ended else "sending" if self.is_sending else "waiting"
        shown = {name: self.media[name].to_dict() if name in self.media else None for name in MEDIA}
        return {
            **self.settings,
            **shown,
            "status": status,
            "template": self.template,
            "keyframes": self.keyframes,
        }


def _medium(options: Json, *, is_shown: bool) -> Medium:
    # A template makes the scenes: the API ignores what is given as `initial` beside one.
    rest = {name: value for name, value in options.items() if name != "initial"}
    return Medium(rest, options["initial"] if is_shown else None)


def _is_met(condition: Json | None, live: Collection[str], one_ended: bool) -> bool:
    """Tell whether an end condition is met; an input that was never registered counts as ended."""
    if condition is None:
        return False
    any_of, all_of = condition.get("any_of"), condition.get("all_of")
    if any_of is not None:
        return any(input_id not in live for input_id in any_of)
    if all_of is not None:
        return all(input_id not in live for input_id in all_of)
    if condition.get("any_input"):
        return one_ended
    return bool(condition.get("all_inputs")) and not live
