"""Events: what happens in a Fishjam, as immutable values.

Each notification has a class with a short name, `PeerConnected`, which is also known by the name of
the published SDK, `ServerMessagePeerConnected`.

Example:
    >>> match event:
    ...     case PeerConnected(room_id=room_id, peer_type=PeerType.WEBRTC):
    ...         print("a peer joined", room_id)
"""

from fishjam._generated.protocol.events import *  # noqa: F403
from fishjam._generated.protocol.events import __all__ as __all__

# Loading it makes it an attribute of this package, which published code relies on.
from fishjam.events import allowed_notifications as _allowed_notifications  # noqa: F401
