"""Start the stage: `python -m examples.selective_subscription`."""

import uvicorn

from examples.local_fishjam import PORT, local_fishjam
from examples.selective_subscription.stage import Role

with local_fishjam() as emulator:
    from examples.selective_subscription.app import app, stage

    def stand_in(token: str, role: Role) -> None:
        """Join in place of a browser, because this program opens none."""
        if emulator is not None:
            user = emulator.connect_peer(token)
            if role == "performer":
                user.publish_audio()
                user.publish_video()

    stage.stand_in = stand_in
    uvicorn.run(app, port=PORT)
