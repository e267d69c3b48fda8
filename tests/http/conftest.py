"""Each test here runs with the sync client, and with the async one on each loop."""

from tests.support.addresses import full_port, other_full_port
from tests.support.clients import anyio_backend, few_authorities, one_authority, world

__all__ = (
    "anyio_backend",
    "few_authorities",
    "full_port",
    "one_authority",
    "other_full_port",
    "world",
)
