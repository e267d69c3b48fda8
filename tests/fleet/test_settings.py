"""Where a fleet gets its settings from, and what it says when something is missing."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest

from fishjam import FishjamClient
from fishjam.errors import ConfigurationError, MissingExtraError, MissingFishjamIdError
from fishjam.fleet import Fleet

ENVIRONMENT = {
    "FISHJAM_FLEET_URL": "redis://:secret@localhost:6379",
    "FISHJAM_FLEET_NAMESPACE": "prod",
    "FISHJAM_ID": "fj",
    "FISHJAM_MANAGEMENT_TOKEN": "token",
}


async def no_agent(*arguments: object) -> None:
    """Be a function with async."""


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


def test_the_account_is_that_of_the_environment_unless_given() -> None:
    implied = Fleet("memory://")
    assert implied._fishjam == ("fj", "token")
    assert Fleet.from_env()._fishjam == ("fj", "token")
    given = Fleet("memory://", fishjam_id="other", management_token="another")
    assert given._fishjam == ("other", "another")


def test_a_fleet_without_an_account_says_what_from_env_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FISHJAM_ID")
    with pytest.raises(MissingFishjamIdError, match="variable FISHJAM_ID is not set") as of_fleet:
        Fleet("memory://")
    with pytest.raises(MissingFishjamIdError) as of_client:
        FishjamClient.from_env()
    assert str(of_fleet.value) == str(of_client.value)


@pytest.mark.parametrize("given", [{"fishjam_id": "other"}, {"management_token": "another"}])
def test_half_an_account_is_not_completed_from_the_environment(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="are a pair: give both, or neither") as caught:
        Fleet("memory://", **given)
    assert "another" not in str(caught.value)


@pytest.mark.parametrize(
    ("fishjam_id", "token", "kind"),
    [
        ("", "token", MissingFishjamIdError),
        ("http://", "token", ConfigurationError),
        ("fj", "", ConfigurationError),
        ("token", "https://fishjam.example", ConfigurationError),
    ],
)
def test_an_account_that_cannot_be_used_is_refused_at_once(
    fishjam_id: str, token: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        Fleet("memory://", fishjam_id=fishjam_id, management_token=token)


HUGE = 10**400
"""A whole number that no float holds."""


@pytest.mark.parametrize(
    "options",
    [
        *({"partitions": value} for value in (0, 1.5, True)),
        *({"ingests": value} for value in (-1, 0.5)),
        *({"lease": value} for value in (0.0, math.nan, math.inf, HUGE)),
    ],
)
def test_settings_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(options))}="):
        Fleet("memory://", **options)


@pytest.mark.parametrize(
    "options",
    [
        *({"capacity": value} for value in (0, 2.5, math.nan, True)),
        *({"drain": value} for value in (-1, math.nan, HUGE)),
        *({"handover_after": value} for value in (-1, math.nan)),
    ],
)
@pytest.mark.anyio
async def test_how_it_runs_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(options))}="):
        await Fleet("memory://").run(**options)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"linger": math.nan}, ValueError),
        ({"linger": HUGE}, ValueError),
        ({"weight": 1.5}, ValueError),
        ({"when": 5}, TypeError),
        ({"when": no_agent}, TypeError),
    ],
)
def test_agents_out_of_range(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=f"{next(iter(options))}="):
        Fleet("memory://").agent("assistant", **options)(no_agent)
