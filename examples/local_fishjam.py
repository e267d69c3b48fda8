"""The Fishjam that an example talks to: yours, or else a local one inside its process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from fishjam.emulator import Emulator

PORT = int(os.environ.get("PORT", "8000"))
"""Where the examples that are web servers listen."""


@contextmanager
def local_fishjam(
    *, webhook_path: str | None = None, webrtc: bool = False
) -> Iterator[Emulator | None]:
    """Let `from_env` find a Fishjam for the length of a `with`.

    When FISHJAM_ID is set, that Fishjam is meant, and this gives None. Otherwise it starts a local
    one, sets in the environment what you would set for yours, and gives it.

    Args:
        webhook_path: where the example receives webhooks. The local Fishjam posts all of them
            there. Yours posts those of a room to the `webhook_url` that the room was made with:
            set WEBHOOK_URL to an address at which that path is reached from outside.
        webrtc: whether browsers join the local one with their cameras and microphones.
    """
    if os.environ.get("FISHJAM_ID"):
        if webhook_path is not None and "FISHJAM_WEBHOOK_SECRET" not in os.environ:
            raise SystemExit("Set FISHJAM_WEBHOOK_SECRET, too: the webhook secret of your Fishjam.")
        print("Using the Fishjam that FISHJAM_ID names.", flush=True)
        yield None
        return
    webhook_url = None if webhook_path is None else f"http://127.0.0.1:{PORT}{webhook_path}"
    with Emulator(webhook_url=webhook_url, webrtc=webrtc) as emulator:
        os.environ["FISHJAM_ID"] = emulator.fishjam_id
        os.environ["FISHJAM_COMPOSITION_URL"] = emulator.fishjam_id
        os.environ["FISHJAM_MANAGEMENT_TOKEN"] = emulator.management_token
        os.environ["FISHJAM_WEBHOOK_SECRET"] = emulator.webhook_secret
        if webhook_url is not None:
            os.environ["WEBHOOK_URL"] = webhook_url
        print(
            "FISHJAM_ID is not set, so a local Fishjam runs until this program stops. To use it\n"
            "from another terminal, for example with `fishjam listen` or `fishjam demo`:\n\n"
            f"  export FISHJAM_ID={emulator.fishjam_id}\n"
            f"  export FISHJAM_MANAGEMENT_TOKEN={emulator.management_token}\n",
            flush=True,
        )
        yield emulator
