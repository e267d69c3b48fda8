"""What was registered with a fleet: agents, and when they are wanted."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from fishjam._concurrency.callbacks import check_handler
from fishjam.agent import AgentSession
from fishjam.fleet._job import Job
from fishjam.fleet._numbers import check_finite, check_whole
from fishjam.options import AgentOptions
from fishjam.room import Room

Start = Literal["first_peer", "room", "peer", "manual"]
Stop = Literal["last_peer_left", "room_gone", "manual"]
AgentHandler: TypeAlias = Callable[[Job, AgentSession], Awaitable[Any]]

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def _check_name(_: object, __: Any, name: Any) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"agent({name!r}): use up to 64 letters, digits, dots, dashes, underscores"
        )


def _one_of(*values: str) -> Callable[[Any, Any, Any], None]:
    def check(_: object, attribute: Any, value: object) -> None:
        if value not in values:
            raise ValueError(f"{attribute.name}={value!r}: use one of {', '.join(values)}")

    return check


# As functions, because pyright takes a text for any text.
def _first_peer() -> Start:
    return "first_peer"


def _last_peer_left() -> Stop:
    return "last_peer_left"


def _check_seconds(_: object, attribute: Any, value: float) -> None:
    check_finite(attribute.name, value)


def _check_weight(_: object, attribute: Any, value: object) -> None:
    check_whole(attribute.name, value)


def _check_predicate(_: object, __: object, value: Any) -> None:
    if value is not None and (not callable(value) or inspect.iscoroutinefunction(value)):
        # What an async function returns counts as true, whatever it would come to.
        raise TypeError(f"when={value!r}: pass a function that is written with def")


def _check_callable(_: object, __: Any, value: Any) -> None:
    check_handler(value)


@frozen(kw_only=True)
class AgentRegistration:
    """An agent: its handler, and when it is wanted; what cannot be used is a `ValueError`."""

    name: str = field(validator=_check_name)
    handler: AgentHandler = field(validator=_check_callable)
    start: Start = field(
        factory=_first_peer, validator=_one_of("first_peer", "room", "peer", "manual")
    )
    stop: Stop = field(
        factory=_last_peer_left, validator=_one_of("last_peer_left", "room_gone", "manual")
    )
    linger: float = field(default=10.0, validator=_check_seconds)
    weight: int = field(default=1, validator=_check_weight)
    options: AgentOptions | None = None
    exclusive: bool = True
    when: Callable[[Room], bool] | None = field(default=None, validator=_check_predicate)
