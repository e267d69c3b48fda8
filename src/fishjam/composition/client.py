"""The clients of the Composition API, synchronous and asynchronous."""

from fishjam.composition._async.client import (
    AsyncCompositionClient as AsyncCompositionClient,
)
from fishjam.composition._sync.client import CompositionClient as CompositionClient

__all__ = (
    "AsyncCompositionClient",
    "CompositionClient",
)
