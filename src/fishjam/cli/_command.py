"""What all commands share: options before or after the command, their help, and its layout."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import click
from attrs import define, field

EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 credentials refused, 130 stopped by Ctrl+C "
    "before it was done."
)
_LAYOUT: dict[str, Any] = {
    "epilog": EPILOG,
    "context_settings": {"max_content_width": 100, "help_option_names": ["-h", "--help"]},
}


class Seconds(click.ParamType[float]):
    """A time in seconds."""

    name = "seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it; NaN and the infinite are not times either."""
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds < math.inf:
            self.fail(f"{value} is not a positive number of seconds", param, ctx)
        return seconds


@define
class Common:
    """The options that may stand before or after the command; what stands later counts."""

    fishjam_id: str | None = None
    management_token: str | None = None
    profile: str | None = None
    timeout: float | None = None
    json: bool = False
    given: dict[str, str] = field(factory=dict)
    """How the given ones are written, by their names."""


def common(ctx: click.Context | None = None) -> Common:
    """Return the common options of a command, by default of the one that runs."""
    return (ctx or click.get_current_context()).ensure_object(Common)


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    # None is what was not given; click tells the same of an option that another place had.
    if value is None or param.name is None:
        return
    options = ctx.ensure_object(Common)
    setattr(options, param.name, value)
    options.given[param.name] = next(name for name in param.opts if name.startswith("--"))


_OPTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "fishjam_id": (
        ("--fishjam-id",),
        {"metavar": "ID", "help": "id or URL of the Fishjam (default: $FISHJAM_ID)"},
    ),
    "management_token": (
        ("--token", "--management-token", "management_token"),
        {
            "metavar": "TOKEN",
            "help": "its token (default: $FISHJAM_MANAGEMENT_TOKEN, which other users cannot see)",
        },
    ),
    "profile": (
        ("--profile",),
        {"metavar": "NAME", "help": "credentials that `fishjam profiles save` has kept"},
    ),
    "timeout": (
        ("--timeout",),
        {
            "metavar": "SECONDS",
            "type": Seconds(),
            "help": "how long to wait for an answer (default: 10 to connect, 30 for the rest)",
        },
    ),
    "json": (("--json",), {"is_flag": True, "help": "print one JSON object a line"}),
}
COMMON = tuple(_OPTIONS)
"""The names of all common options."""
CREDENTIALS = ("fishjam_id", "management_token", "profile")


class _CommonOption(click.Option):
    """An option that the root, a noun and the command itself all know."""

    def __init__(self, name: str, *, hidden: bool = False, help: str | None = None) -> None:  # noqa: A002
        declared, settings = _OPTIONS[name]
        super().__init__(
            declared,
            callback=_keep,
            expose_value=False,
            default=None,
            hidden=hidden,
            **{**settings, "help": help or settings["help"]},
        )


class _Sections:
    """Prints the common options below the command's own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options into the help."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], "Common options": []}
        for param in ctx.command.get_params(ctx):
            record = param.get_help_record(ctx)
            # From 8.5 on click lists arguments as well, which have only their name here.
            if record is not None and isinstance(param, click.Option):
                is_common = isinstance(param, _CommonOption)
                sections["Common options" if is_common else "Options"].append(record)
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
        if isinstance(self, CommandGroup):
            self.format_commands(ctx, formatter)


class Command(_Sections, click.Command):
    """A command that takes some of the common options, before it as well as after it.

    Args:
        common: the names of those options.
        common_help: the help of those that have another default here than elsewhere, by name.
    """

    def __init__(
        self,
        *args: Any,
        common: Sequence[str] = COMMON,
        common_help: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(*args, **{**_LAYOUT, **settings})
        self.common = common
        texts = common_help or {}
        self.params += [_CommonOption(name, help=texts.get(name)) for name in common]

    def invoke(self, ctx: click.Context) -> Any:
        """Run it, unless a common option was given that it does not take."""
        for name, option in ctx.ensure_object(Common).given.items():
            if name not in self.common:
                raise click.UsageError(f"`{ctx.command_path}` does not take {option}.", ctx)
        return super().invoke(ctx)


class CommandGroup(_Sections, click.Group):
    """A command with others below it."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands in the order in which they were added."""
        return list(self.commands)

    def __init__(self, *args: Any, common: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*args, **{**_LAYOUT, **settings})
        # They are shown by the root and by each command. A noun between them knows them too.
        self.params += [_CommonOption(name, hidden=name not in common) for name in COMMON]
