"""The REST clients, synchronous and asynchronous, and when they repeat a call."""

from fishjam._http.library import DEFAULT_TIMEOUT as DEFAULT_TIMEOUT
from fishjam._http.library import AsyncHttpClient as AsyncHttpClient
from fishjam._http.library import HttpClient as HttpClient
from fishjam._http.retry import RetryPolicy as RetryPolicy
from fishjam._http.settings import DEFAULT_RETRY as DEFAULT_RETRY
from fishjam.client._async.client import AsyncFishjamClient as AsyncFishjamClient
from fishjam.client._sync.client import FishjamClient as FishjamClient

__all__ = (
    "DEFAULT_RETRY",
    "DEFAULT_TIMEOUT",
    "AsyncFishjamClient",
    "AsyncHttpClient",
    "FishjamClient",
    "HttpClient",
    "RetryPolicy",
)
