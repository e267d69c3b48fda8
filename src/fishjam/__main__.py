"""`python -m fishjam`: the same as the command `fishjam`."""

from __future__ import annotations

import sys

from fishjam.cli import main

if __name__ == "__main__":
    sys.exit(main())
