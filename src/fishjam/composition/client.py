"""The clients of the Composition API, synchronous and asynchronous."""

from fishjam._client._async.composition_client import (
    AsyncCompositionClient as AsyncCompositionClient,
)
from fishjam._client._sync.composition_client import CompositionClient as CompositionClient

__all__ = (
    "AsyncCompositionClient",
    "CompositionClient",
)
