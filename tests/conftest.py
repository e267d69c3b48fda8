"""What all tests share: both event loops, and an environment without surprises."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from fishjam.emulator import Emulator
from tests.support.loops import LOOPS

_UNWANTED = (
    "ALL_PROXY",
    # Programs that tests start are not measured; only the workers of the test run are.
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_PROCESS_START",
    "FISHJAM_COMPOSITION_URL",
    "FISHJAM_ID",
    "FISHJAM_MANAGEMENT_TOKEN",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
)


def pytest_configure() -> None:
    """Let Ctrl+C do what it does in a terminal; what a shell runs in the background ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=[*LOOPS.values()], ids=[*LOOPS])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """Run every async test on each loop."""
    return request.param


@pytest.fixture
def emulator(fishjam_emulator: Emulator) -> Emulator:
    """The local Fishjam that all tests share, emptied before each of them."""
    return fishjam_emulator


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's own proxies and credentials out of the tests."""
    for name in _UNWANTED:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def behind_a_proxy(clean_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of an office: a proxy for everything, which nothing here can reach."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
