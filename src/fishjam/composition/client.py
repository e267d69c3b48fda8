"""The clients of the Composition API, synchronous and asynchronous."""

# Apart from the package, which holds what scenes are made of: that needs no HTTP library.
from fishjam.composition._async.client import (
    AsyncCompositionClient as AsyncCompositionClient,
)
from fishjam.composition._sync.client import CompositionClient as CompositionClient

__all__ = (
    "AsyncCompositionClient",
    "CompositionClient",
)
