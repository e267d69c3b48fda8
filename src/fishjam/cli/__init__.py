"""The command `fishjam`: its start, its exit codes, and how it ends."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

_NEEDED = {"click", "dotenv", "platformdirs", "rich"}
"""What the extra `cli` installs, by the names that are imported."""
_INSTALL = (
    'fishjam: the command line needs more packages: pip install "fishjam-server-sdk[cli]", or '
    '"fishjam-server-sdk[emulator]" for a local Fishjam as well'
)
_SILENT = logging.NullHandler()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        argv: the arguments without the program's name; by default those of the process.
    """
    try:
        from fishjam.cli._app import run
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        print(_INSTALL, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        # Ctrl+C in the first moment, while modules are imported.
        return 130
    # Commands tell of failures themselves; without a handler, Python would print these as well.
    logging.getLogger("fishjam").addHandler(_SILENT)
    with _plain_warnings(), _open_streams():
        return run(argv)


@contextmanager
def _open_streams() -> Iterator[None]:
    """Write to nowhere where the process was started without stdout or stderr, as with `>&-`."""
    with ExitStack() as stack:
        for name, redirect in (("stdout", redirect_stdout), ("stderr", redirect_stderr)):
            # Python has None there, for which `print` takes the other of the two.
            if getattr(sys, name) is None:
                nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
                stack.enter_context(redirect(nowhere))
        yield


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Show warnings as lines for people, without the place in the code that gave them."""
    with warnings.catch_warnings():
        # `catch_warnings` puts the earlier function back, for a program that calls `main` itself.
        warnings.showwarning = _show_warning
        yield


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"fishjam: warning: {message}", file=sys.stderr)
