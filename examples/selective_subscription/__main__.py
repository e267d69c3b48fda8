"""Start the stage: `python -m examples.selective_subscription`."""

from importlib.util import find_spec

import uvicorn

from examples.local_fishjam import PORT, local_fishjam
from examples.selective_subscription.stage import Role

# Without the extra `webrtc` only virtual users are seen and heard.
with local_fishjam(webrtc=find_spec("aiortc") is not None) as emulator:
    from examples.selective_subscription.app import app, stage

    def stand_in(token: str, role: Role) -> None:
        """Join in place of a browser, because this program opens none."""
        if emulator is not None:
            user = emulator.connect_peer(token)
            if role == "performer":
                user.publish_audio()
                user.publish_video()

    stage.stand_in = stand_in
    if emulator is not None:
        stage.page = emulator.fishjam_id
    uvicorn.run(app, port=PORT)
