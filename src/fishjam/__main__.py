"""`python -m fishjam`: the same as the command `fishjam`."""

from __future__ import annotations

import sys

from fishjam.cli import main

# A process that multiprocessing spawns imports the main module again, and must not run it.
if __name__ == "__main__":
    sys.exit(main())
