"""`fishjam fleet`: run workers of a fleet, and manage it."""

from __future__ import annotations

import click

from fishjam.cli._command import CommandGroup
from fishjam.cli._fleet.changes import dispatch, drain, forget, stop
from fishjam.cli._fleet.views import jobs, status, workers
from fishjam.cli._fleet.worker import worker


@click.group(cls=CommandGroup)
def fleet() -> None:
    """Run workers of a fleet, and manage it.

    The variable FISHJAM_FLEET_URL holds the address of its Redis, FISHJAM_FLEET_NAMESPACE its name
    there. They are read from the environment or from the file .env of this folder.
    """


for _command in (worker, status, workers, jobs, dispatch, stop, drain, forget):
    fleet.add_command(_command)
