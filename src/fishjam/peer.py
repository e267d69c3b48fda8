"""Peers as the server describes them: kinds, states, metadata, tracks and subscriptions."""

from fishjam._generated.fishjam_api.models import Peer as Peer
from fishjam._generated.fishjam_api.models import PeerMetadata as PeerMetadata
from fishjam._generated.fishjam_api.models import PeerOptionsVapi as PeerOptionsVapi
from fishjam._generated.fishjam_api.models import PeerStatus as PeerStatus
from fishjam._generated.fishjam_api.models import PeerType as PeerType
from fishjam._generated.fishjam_api.models import SubscribeMode as SubscribeMode
from fishjam._generated.fishjam_api.models import Subscriptions as Subscriptions
from fishjam._generated.fishjam_api.models import Track as Track
from fishjam._generated.fishjam_api.models import TrackMetadata as TrackMetadata
from fishjam._generated.fishjam_api.models import TrackType as TrackType

__all__ = (
    "Peer",
    "PeerMetadata",
    "PeerOptionsVapi",
    "PeerStatus",
    "PeerType",
    "SubscribeMode",
    "Subscriptions",
    "Track",
    "TrackMetadata",
    "TrackType",
)
