"""The REST clients, synchronous and asynchronous, and when they repeat a call."""

from fishjam._client._async.client import AsyncFishjamClient as AsyncFishjamClient
from fishjam._client._sync.client import FishjamClient as FishjamClient
from fishjam._http.retry import RetryPolicy as RetryPolicy
from fishjam._http.settings import DEFAULT_RETRY as DEFAULT_RETRY
from fishjam._http.settings import DEFAULT_TIMEOUT as DEFAULT_TIMEOUT

__all__ = (
    "DEFAULT_RETRY",
    "DEFAULT_TIMEOUT",
    "AsyncFishjamClient",
    "FishjamClient",
    "RetryPolicy",
)
