"""The REST client of one Fishjam."""

from __future__ import annotations

import os

from typing_extensions import Self

from fishjam._generated.fishjam_api import endpoints
from fishjam._http._async import AsyncClientBase, AsyncTransport
from fishjam._http.address import Address
from fishjam._http.credentials import from_environment
from fishjam._http.library import DEFAULT_TIMEOUT, AsyncHttpClient
from fishjam._http.pool import AsyncPool
from fishjam._http.retry import RetryPolicy
from fishjam._http.settings import DEFAULT_RETRY, MAX_RESPONSE_SIZE, checked_settings
from fishjam._http.timeouts import Timeout
from fishjam.client._async.livestreams import AsyncLivestreams
from fishjam.client._async.moq import AsyncMoq
from fishjam.client._async.peers import AsyncPeers
from fishjam.client._async.recordings import AsyncRecordings
from fishjam.client._async.rooms import AsyncRooms
from fishjam.client._credentials import REFUSALS, refused
from fishjam.errors import HTTPError


class AsyncFishjamClient(
    AsyncRooms, AsyncPeers, AsyncLivestreams, AsyncMoq, AsyncRecordings, AsyncClientBase
):
    """The asynchronous REST client of one Fishjam.

    Example:
        >>> async with AsyncFishjamClient("my-id", "my-token") as client:
        ...     room = await client.create_room()

    Every method raises `HTTPError` (see `fishjam.errors` for the classes below it) when the server
    says no, and `FishjamConnectionError` when no answer came.
    """

    __module__ = "fishjam"

    def __init__(
        self,
        fishjam_id: str,
        management_token: str,
        *,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = DEFAULT_RETRY,
        http_client: AsyncHttpClient | None = None,
        max_response_size: int | None = MAX_RESPONSE_SIZE,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            fishjam_id: the id of your Fishjam, or the full URL of one.
            management_token: its secret management token.
            timeout: seconds for one try, from its beginning to the last byte of the answer; or a
                `Timeout` of httpx or httpx2, with seconds for each phase; or None for no limit.
                Retries and the waits between them come on top. By default 10 seconds to connect,
                and 30 seconds in which nothing moves; with an `http_client` of your own its
                timeouts serve unless you give one here.
            retry: when to repeat a call; None never repeats.
            http_client: an HTTP client of your own, the `AsyncClient` of httpx or httpx2, for
                proxies, certificates or tests. It is never closed by this one.
            max_response_size: the bytes that a decoded answer may have, 64 MiB by default; None
                for no limit. Downloads may be of any size.

        Raises:
            MissingFishjamIdError: `fishjam_id` is empty.
            ConfigurationError: the URL or the token cannot be used.
        """
        settings = checked_settings(
            Address.of(fishjam_id),
            management_token,
            timeout,
            retry,
            max_response_size,
            own_http=http_client is not None,
        )
        self._transport = AsyncTransport(
            settings, AsyncPool(http_client, settings.address.base_url)
        )

    @classmethod
    def from_env(
        cls,
        *,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = DEFAULT_RETRY,
        http_client: AsyncHttpClient | None = None,
        max_response_size: int | None = MAX_RESPONSE_SIZE,
    ) -> Self:
        """Make a client from the variables FISHJAM_ID and FISHJAM_MANAGEMENT_TOKEN.

        The options are those of `AsyncFishjamClient`, with the same defaults.

        Raises:
            MissingFishjamIdError: FISHJAM_ID is not set.
            ConfigurationError: FISHJAM_MANAGEMENT_TOKEN is not set, or one of both cannot be used.
        """
        fishjam_id, token = from_environment(os.environ)
        return cls(
            fishjam_id,
            token,
            timeout=timeout,
            retry=retry,
            http_client=http_client,
            max_response_size=max_response_size,
        )

    @classmethod
    async def create_and_verify(
        cls,
        *,
        fishjam_id: str,
        management_token: str,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = DEFAULT_RETRY,
        http_client: AsyncHttpClient | None = None,
        max_response_size: int | None = MAX_RESPONSE_SIZE,
    ) -> Self:
        """Make a client and check its credentials with one request.

        The arguments are those of `AsyncFishjamClient`, with the same defaults.

        Raises:
            MissingFishjamIdError: `fishjam_id` is empty.
            ConfigurationError: the URL or the token cannot be used; nothing was sent.
            InvalidFishjamCredentialsError: the id and the token do not belong together.
            FishjamConnectionError: no answer came.
        """
        client = cls(
            fishjam_id,
            management_token,
            timeout=timeout,
            retry=retry,
            http_client=http_client,
            max_response_size=max_response_size,
        )
        try:
            await client.check_credentials()
        # Also when it is interrupted: no connection may be left behind.
        except BaseException:
            await client.aclose()
            raise
        return client

    async def check_credentials(self) -> None:
        """Ask the server whether the Fishjam ID and the management token belong together.

        Raises:
            InvalidFishjamCredentialsError: they do not (401, 403 or 404).
        """
        try:
            await self._send(endpoints.validate_credentials(), method="check_credentials")
        except HTTPError as error:
            # A server that fails otherwise has said nothing about the credentials.
            if error.status_code not in REFUSALS:
                raise
            raise refused(error, self._transport.settings.credentials) from error
