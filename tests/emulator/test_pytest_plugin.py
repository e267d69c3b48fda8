"""The fixture as a project sees it that has the SDK installed."""

from __future__ import annotations

import httpx
import pytest

from fishjam.emulator import Emulator
from tests.support.plain_http import PLAIN

pytest_plugins = ["pytester"]

USER_TESTS = """
import httpx
import pytest

ADDRESSES = []

def headers(emulator):
    return {"authorization": f"Bearer {emulator.management_token}"}

@pytest.mark.parametrize("time", range(3))
def test_every_test_has_an_empty_fishjam(fishjam_emulator, time):
    url = fishjam_emulator.fishjam_id + "/room"
    assert httpx.get(url, headers=headers(fishjam_emulator)).json() == {"data": []}
    assert httpx.post(url, headers=headers(fishjam_emulator)).status_code == 201
    assert len(fishjam_emulator.rooms) == 1
    fishjam_emulator.fail_next(500)
    ADDRESSES.append(fishjam_emulator.fishjam_id)

def test_all_tests_share_one_server(fishjam_emulator):
    assert fishjam_emulator.requests == []
    assert set(ADDRESSES) == {fishjam_emulator.fishjam_id}
"""

LIGHT_TEST = """
import sys

def test_nothing_heavy_is_loaded():
    heavy = {"openapi_core", "jwt", "starlette", "uvicorn", "httpx", "anyio.from_thread"}
    assert not heavy & set(sys.modules)
"""

WITHOUT_EXTRA = """
import sys
sys.modules["uvicorn"] = None

def test_one(fishjam_emulator):
    pass
"""


def run(pytester: pytest.Pytester, code: str) -> pytest.RunResult:
    pytester.makepyfile(code)
    # Only this plugin, and named, so that it does not matter whether the SDK is installed.
    arguments = ("-p", "fishjam.emulator.pytest_plugin", "-p", "no:anyio", "-W", "error")
    return pytester.runpytest_subprocess(*arguments)


@pytest.fixture(autouse=True)
def _only_named_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.mark.once
def test_a_project_uses_the_fixture(pytester: pytest.Pytester) -> None:
    run(pytester, USER_TESTS).assert_outcomes(passed=4)


def test_a_project_that_does_not_use_it_pays_nothing(pytester: pytest.Pytester) -> None:
    run(pytester, LIGHT_TEST).assert_outcomes(passed=1)


@pytest.mark.once
def test_without_the_extra_only_the_fixture_fails(pytester: pytest.Pytester) -> None:
    result = run(pytester, WITHOUT_EXTRA)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['*pip install "fishjam-server-sdk[[]emulator[]]"*'])


def test_the_fixture_is_a_running_emulator(fishjam_emulator: Emulator) -> None:
    url = f"{fishjam_emulator.fishjam_id}/validate"
    headers = {"authorization": f"Bearer {fishjam_emulator.management_token}"}
    assert httpx.get(url, headers=headers, **PLAIN).status_code == 200
