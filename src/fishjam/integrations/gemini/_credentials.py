"""`check_credentials`: asks whether Gemini accepts a client's credentials."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import overload

from google.auth.exceptions import DefaultCredentialsError, RefreshError
from google.genai import Client, errors, types
from google.genai.client import AsyncClient

from fishjam.errors import FishjamError
from fishjam.integrations.bridge._loop import require_asyncio


class InvalidGeminiCredentialsError(FishjamError):
    """Gemini refused the API key, or Google Cloud the credentials; `__cause__` says more."""

    __module__ = "fishjam.integrations.gemini"


@overload
def check_credentials(client: Client, *, timeout: float | None = 10.0) -> None: ...


@overload
def check_credentials(client: AsyncClient, *, timeout: float | None = 10.0) -> Awaitable[None]: ...


def check_credentials(
    client: Client | AsyncClient, *, timeout: float | None = 10.0
) -> Awaitable[None] | None:
    """Check a client's API key or credentials with Gemini; returns nothing if they are good.

    It costs one small request, a list of models, and no tokens. Call it at the start of a program,
    so that a wrong key shows before a user waits for an answer. With a client it
    blocks; with its `aio` it is to be awaited.

    Args:
        client: a client of google-genai, or its `aio` (on asyncio only).
        timeout: seconds to wait for the answer, None for what the client is set to.

    Raises:
        InvalidGeminiCredentialsError: the key or the credentials are refused.
        EventLoopError: the loop is trio's, on which google-genai cannot run.

    Any other failure comes as google-genai raises it: an `APIError` for an answer such as 429 or
    503, an error of its HTTP library when there was no answer.

    Example:
        >>> check_credentials(client)
        >>> await check_credentials(client.aio)
    """
    if isinstance(client, AsyncClient):
        return _check(client, timeout)
    with _refusals():
        client.models.list(config=_request(timeout))
    return None


async def _check(client: AsyncClient, timeout: float | None) -> None:
    require_asyncio("check_credentials(client.aio)", "google-genai")
    with _refusals():
        await client.models.list(config=_request(timeout))


def _request(timeout: float | None) -> types.ListModelsConfig:
    # google-genai counts its timeouts in milliseconds.
    milliseconds = None if timeout is None else round(timeout * 1000)
    return types.ListModelsConfig(page_size=1, http_options=types.HttpOptions(timeout=milliseconds))


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except errors.APIError as error:
        if not _is_refusal(error):
            raise
        raise _refused(f"{error.code} {error.message or error.status}") from error
    except (DefaultCredentialsError, RefreshError) as error:
        # A token server that is down for a moment says nothing about the credentials.
        if error.retryable:
            raise
        raise _refused(str(error)) from error


def _is_refusal(error: errors.APIError) -> bool:
    # A key that does not exist is a bad request to Gemini, not an unauthorized one.
    return error.code in {401, 403} or "API_KEY_INVALID" in str(error.details)


def _refused(answer: str) -> InvalidGeminiCredentialsError:
    # Google repeats the key in some of its answers.
    answer = re.sub(r"(api_key:)[^\s'\"]+", r"\1***", answer)
    return InvalidGeminiCredentialsError(
        f"Gemini refused the credentials of this client ({answer}). Check the API key, or the "
        "credentials and the project when you use Google Cloud."
    )
