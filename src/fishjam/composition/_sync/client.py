# Generated from src/fishjam/composition/_async/client.py by `nox -s codegen`. Do not edit: change the source instead.
"""The client of the Composition API."""

from __future__ import annotations

import os

from typing_extensions import Self

from fishjam._http._sync import ClientBase, Transport
from fishjam._http.credentials import token_from_environment
from fishjam._http.library import DEFAULT_TIMEOUT, HttpClient
from fishjam._http.pool import Pool
from fishjam._http.retry import RetryPolicy
from fishjam._http.settings import DEFAULT_RETRY, MAX_RESPONSE_SIZE, composition_settings
from fishjam._http.timeouts import Timeout
from fishjam.composition._sync.compositions import Compositions
from fishjam.composition._sync.inputs import CompositionInputs
from fishjam.composition._sync.outputs import CompositionOutputs
from fishjam.composition._sync.renderers import CompositionRenderers


class CompositionClient(
    Compositions,
    CompositionInputs,
    CompositionOutputs,
    CompositionRenderers,
    ClientBase,
):
    """The synchronous client of the Composition API, which mixes inputs into scenes, live.

    Example:
        >>> with CompositionClient("my-token") as client:
        ...     composition = client.create_composition()

    Every method raises `HTTPError` (see `fishjam.errors` for the classes below it) when the server
    says no, and `FishjamConnectionError` when no answer came.
    """

    __module__ = "fishjam"

    def __init__(
        self,
        management_token: str,
        composition_url: str | None = None,
        *,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = DEFAULT_RETRY,
        http_client: HttpClient | None = None,
        max_response_size: int | None = MAX_RESPONSE_SIZE,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            management_token: the secret management token, the same as for a Fishjam client.
            composition_url: where the API is, if it is not the hosted one
                (`https://rtc.fishjam.io`). Only scheme, host and port of it count.
            timeout: seconds for one try, from its beginning to the last byte of the answer; or a
                `Timeout` of httpx or httpx2, with seconds for each phase; or None for no limit.
                Retries and the waits between them come on top. By default 10 seconds to connect,
                and 30 seconds in which nothing moves; with an `http_client` of your own its
                timeouts serve unless you give one here.
            retry: when to repeat a call; None never repeats.
            http_client: an HTTP client of your own, the `Client` of httpx or httpx2, for
                proxies, certificates or tests. It is never closed by this one.
            max_response_size: the bytes that a decoded answer may have, 64 MiB by default; None
                for no limit. Downloads may be of any size.

        Raises:
            ConfigurationError: the URL or the token cannot be used.
        """
        # Not the settings of a Fishjam client: this API has only an origin, never says that the
        # SDK is old, and in the published SDK a status without documentation is a failure.
        settings = composition_settings(
            composition_url,
            management_token,
            timeout,
            retry,
            max_response_size,
            own_http=http_client is not None,
        )
        self._transport = Transport(settings, Pool(http_client, settings.address.base_url))

    @classmethod
    def from_env(
        cls,
        *,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = DEFAULT_RETRY,
        http_client: HttpClient | None = None,
        max_response_size: int | None = MAX_RESPONSE_SIZE,
    ) -> Self:
        """Make a client from the variable FISHJAM_MANAGEMENT_TOKEN.

        FISHJAM_COMPOSITION_URL, where it is set, says where the API is. The options are those of
        `CompositionClient`, with the same defaults.

        Raises:
            ConfigurationError: FISHJAM_MANAGEMENT_TOKEN is not set, or one of both cannot be used.
        """
        token = token_from_environment(os.environ)
        # The emulator prints it: its compositions are under another address than the hosted ones.
        url = os.environ.get("FISHJAM_COMPOSITION_URL")
        return cls(
            token,
            url,
            timeout=timeout,
            retry=retry,
            http_client=http_client,
            max_response_size=max_response_size,
        )
