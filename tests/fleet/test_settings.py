"""Where a fleet gets its settings from, and what it says when something is missing."""

from __future__ import annotations

import sys

import pytest

from fishjam.errors import ConfigurationError, MissingExtraError, MissingFishjamIdError
from fishjam.fleet import Fleet

ENVIRONMENT = {
    "FISHJAM_FLEET_URL": "redis://:secret@localhost:6379",
    "FISHJAM_FLEET_NAMESPACE": "prod",
    "FISHJAM_ID": "fj",
    "FISHJAM_MANAGEMENT_TOKEN": "token",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_all_comes_from_the_environment() -> None:
    assert repr(Fleet.from_env()) == "Fleet(namespace='prod', agents=[])"


def test_the_namespace_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISHJAM_FLEET_NAMESPACE", "")
    assert repr(Fleet.from_env()) == "Fleet(namespace='default', agents=[])"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("FISHJAM_FLEET_URL", ConfigurationError),
        ("FISHJAM_ID", MissingFishjamIdError),
        ("FISHJAM_MANAGEMENT_TOKEN", ConfigurationError),
    ],
)
@pytest.mark.parametrize("value", ["", None])
def test_a_missing_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, kind: type[Exception], value: str | None
) -> None:
    monkeypatch.delenv(name)
    if value is not None:
        monkeypatch.setenv(name, value)
    with pytest.raises(kind, match=f"variable {name} is not set"):
        Fleet.from_env()


def test_a_missing_extra_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_redis", "_address"):
        monkeypatch.delitem(sys.modules, f"fishjam.fleet.{name}", raising=False)
        monkeypatch.delattr(f"fishjam.fleet.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "coredis", None)
    with pytest.raises(MissingExtraError, match=r"server-sdk\[fleet\]") as caught:
        Fleet.from_env()
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
