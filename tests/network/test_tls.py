"""The default TLS settings: made once for each environment, in a thread, with errors of the SDK."""

from __future__ import annotations

import os
import ssl
import sys
import threading
from pathlib import Path
from typing import Any

import anyio
import pytest
import trustme

from fishjam._network import tls
from fishjam._network.tls import default_context, default_context_off_loop
from fishjam.errors import ConfigurationError


@pytest.fixture
def authority_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "authority.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads in which certificates were loaded."""
    collected: list[int] = []
    create = ssl.create_default_context

    def counting(*args: Any, **options: Any) -> ssl.SSLContext:
        collected.append(threading.get_ident())
        return create(*args, **options)

    monkeypatch.setattr(ssl, "create_default_context", counting)
    return collected


@pytest.mark.anyio
async def test_callers_that_come_together_share_one_context(
    authority_file: Path, loads: list[int]
) -> None:
    collected: list[ssl.SSLContext] = []

    async def find() -> None:
        collected.append(await default_context_off_loop())

    async with anyio.create_task_group() as group:
        for _ in range(12):
            group.start_soon(find)
    assert len(set(map(id, collected))) == 1
    assert len(loads) == 1
    assert loads[0] != threading.get_ident()
    assert default_context() is await default_context_off_loop() is collected[0]
    assert len(loads) == 1


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"])
def test_another_value_is_another_context(
    name: str, authority_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = default_context()
    value = {"SSL_CERT_DIR": tmp_path, "SSLKEYLOGFILE": tmp_path / "keys"}
    copy = tmp_path / "copy.pem"
    copy.write_bytes(authority_file.read_bytes())
    monkeypatch.setenv(name, str(value.get(name, copy)))
    second = default_context()
    assert second is not first
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    if name != "SSL_CERT_FILE":
        monkeypatch.delenv(name)
    assert default_context() is first


def test_a_folder_of_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert default_context().get_ca_certs() == []


def test_the_usual_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert default_context().get_ca_certs()


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSLKEYLOGFILE"])
@pytest.mark.anyio
async def test_a_file_that_is_missing(
    name: str, authority_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = str(tmp_path / "missing" / "file")
    monkeypatch.setenv(name, missing)
    with pytest.raises(ConfigurationError) as caught:
        default_context()
    assert f"{name}={missing}" in str(caught.value)
    with pytest.raises(ConfigurationError, match="No such file"):
        await default_context_off_loop()


def test_a_file_without_certificates(authority_file: Path) -> None:
    authority_file.write_text("nothing")
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE=") as caught:
        default_context()
    assert isinstance(caught.value.__cause__, ssl.SSLError)
    # What failed is tried again.
    trustme.CA().cert_pem.write_to_path(str(authority_file))
    assert default_context().get_ca_certs()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_lock_held_at_a_fork(authority_file: Path) -> None:
    with tls._contexts.lock():
        child = os.fork()
        if child == 0:  # pragma: no cover - coverage does not follow a fork
            os._exit(0 if default_context().get_ca_certs() else 1)
        assert os.waitpid(child, 0)[1] == 0
