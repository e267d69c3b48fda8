"""How the tests speak plain HTTP: past proxies, and without loading certificates each time."""

from __future__ import annotations

import ssl
from typing import Any

PLAIN: dict[str, Any] = {"trust_env": False, "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}
"""Keywords for every httpx client and call."""
