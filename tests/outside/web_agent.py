"""The published SDK's agent in a call with the published web client in Chromium."""

from __future__ import annotations

import sys
from pathlib import Path

from fishjam import FishjamClient
from fishjam.emulator import Emulator
from tests.outside.web_client import ClientTab
from tests.outside.web_pages import agent_in_call, chromium, serve, until


def main(folder: Path, python: Path) -> None:
    """Run the check on the site in a folder, with the agent of an interpreter's SDK."""
    with (
        serve(folder) as site,
        Emulator(webrtc=True, ice_addresses=["127.0.0.1"]) as emulator,
        FishjamClient(emulator.fishjam_id, emulator.management_token) as client,
        chromium() as browser,
    ):
        room = client.create_room().id
        tab = ClientTab(browser.new_page(), site, emulator, client.create_peer(room)[1], "page")
        tab.call("speak", "microphone", 500)
        with agent_in_call(python, emulator, room, hear=500, say=1500) as has_heard:
            assert has_heard()
            print("the agent hears a browser: yes", flush=True)
            until(lambda: tab.hears("voice", 1500), "the browser hears the agent")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
