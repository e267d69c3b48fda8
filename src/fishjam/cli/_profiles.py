"""`fishjam profiles`: keep credentials for later, in a file that nobody else can read."""

from __future__ import annotations

import click

from fishjam.cli._command import CREDENTIALS, CommandGroup, common
from fishjam.cli._credentials import ID, TOKEN, credentials
from fishjam.cli._exit import DONE, fail
from fishjam.cli._output import Output
from fishjam.cli._profile_files import profile_names, profile_path, save_profile

NAME = click.argument("name", metavar="[NAME]", default="default")


@click.group(cls=CommandGroup)
def profiles() -> None:
    """Keep credentials for other terminals."""


@profiles.command("save", common=(*CREDENTIALS, "json"))
@NAME
def _save(name: str) -> int:
    """Keep the credentials that are found now.

    They come from the options, the environment or the file .env of this folder. The profile
    "default" is used where nothing else names a Fishjam, another one with --profile NAME.
    """
    try:
        resolved = credentials()
        values = {
            **resolved.source.values,
            ID: resolved.fishjam_id,
            TOKEN: resolved.management_token,
        }
        path = save_profile(name, values)
    except (OSError, ValueError) as error:
        return fail(error)
    text = f"kept the credentials of {resolved.fishjam_id} in {path}"
    Output(common().json).item({"name": name, "path": str(path)}, text)
    return DONE


@profiles.command("list", common=("json",))
def _list() -> None:
    """List the names of the profiles."""
    out = Output(common().json)
    names = profile_names()
    for name in names:
        out.item({"name": name}, name)
    if not names:
        out.note("There are none. To keep the credentials of now: fishjam profiles save")


@profiles.command("delete", common=("json",))
@NAME
def _delete(name: str) -> int:
    """Delete a profile."""
    try:
        profile_path(name).unlink()
    except FileNotFoundError:
        return fail(OSError(f"there is no profile {name!r}: see `fishjam profiles list`."))
    except (OSError, ValueError) as error:
        return fail(error)
    Output(common().json).item({"name": name, "deleted": True}, f"deleted {name}")
    return DONE
