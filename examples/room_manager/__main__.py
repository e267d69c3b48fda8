"""Start the room manager: `python -m examples.room_manager`."""

import uvicorn

from examples.local_fishjam import PORT, local_fishjam

with local_fishjam(webhook_path="/fishjam"):
    uvicorn.run("examples.room_manager.app:app", port=PORT)
