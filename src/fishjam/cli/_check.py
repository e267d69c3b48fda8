"""`fishjam check` and `fishjam doctor`: whether what a program needs is there."""

from __future__ import annotations

import platform
import re
import sys
import time
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

import click
from attrs import asdict, frozen

from fishjam._core.notes import explained
from fishjam._version import __version__
from fishjam.cli._calls import calling
from fishjam.cli._command import COMMON, Command, common
from fishjam.cli._credentials import ResolvedCredentials, credentials
from fishjam.cli._exit import DONE, FAILED, exit_code
from fishjam.cli._output import Columns, Output, show, table
from fishjam.errors import FishjamError

if TYPE_CHECKING:
    import httpx

    from fishjam import FishjamClient
    from fishjam._network.hosts import EnvironmentProxies

DISTRIBUTION = "fishjam-server-sdk"
PATIENCE = 10.0
"""Seconds to wait for an answer, unless --timeout says otherwise."""
_LATE = 60
"""Seconds by which the clocks may differ: tokens expire by the time."""
_REQUIREMENT = re.compile(r"""([\w.-]+).*;.*\bextra == ["'](\w+)["']""")
_NEWER_PYTHON = re.compile(r"""python_version >= ["']3\.(\d+)["']""")


@frozen
class Finding:
    """What one look at the machine has shown; `code` is its exit code."""

    what: str
    detail: str
    code: int = DONE


_FINDINGS: Columns[Finding] = {
    "": lambda finding: "FAIL" if finding.code else "ok",
    "WHAT": lambda finding: finding.what,
    "DETAIL": lambda finding: finding.detail,
}


def _check(client: FishjamClient, out: Output) -> None:
    """Tell whether the credentials are good."""
    client.check_credentials()
    resolved = credentials()
    out.item(
        {"fishjamId": resolved.fishjam_id, "source": resolved.source.name, "good": True},
        f"The credentials from {resolved.source.name} are good for {resolved.fishjam_id}.",
    )


check = click.command("check", cls=Command)(calling(_check))


@click.command(
    cls=Command,
    common=COMMON,
    common_help={"timeout": f"how long to wait for an answer (default: {PATIENCE:.0f})"},
)
def doctor() -> int:
    """Look for what could keep a program from working.

    It looks at Python, the installed packages and extras, the credentials, proxies, whether the
    address answers, and the clock. Tokens are not shown. The exit code is 0 if nothing
    is wrong, 3 if the credentials are refused, 2 if they are missing, and otherwise 1.
    """
    findings = list(_findings())
    out = Output(common().json)
    if out.as_json:
        for finding in findings:
            out.item({**asdict(finding), "ok": not finding.code}, "")
    else:
        show(table(findings, _FINDINGS))
    return max(finding.code for finding in findings)


def _findings() -> Iterator[Finding]:
    yield Finding("Python", f"{platform.python_version()} on {platform.platform(terse=True)}")
    yield Finding(DISTRIBUTION, __version__)
    yield Finding("packages", _versions(("httpx", "anyio", "websockets", "protobuf", "click")))
    yield from _extras()
    try:
        resolved = credentials()
    except ValueError as error:
        yield Finding("credentials", str(error), exit_code(error))
        return
    yield Finding("credentials", f"from {resolved.source.name}")
    yield from _way(resolved)


def _versions(names: Iterable[str]) -> str:
    return ", ".join(f"{name} {version(name)}" for name in names)


def _extras() -> Iterator[Finding]:
    """Tell of each extra whether its packages are there; none of them is a must."""
    extras: dict[str, list[str]] = {}
    pythons: dict[str, int] = {}
    # Sources that are not installed have no such list.
    for requirement in (_is_installed(DISTRIBUTION) and requires(DISTRIBUTION)) or ():
        if match := _REQUIREMENT.match(requirement):
            extras.setdefault(match[2], []).append(match[1])
            if python := _NEWER_PYTHON.search(requirement):
                pythons[match[2]] = int(python[1])
    for extra, packages in sorted(extras.items()):
        missing = [package for package in packages if not _is_installed(package)]
        yield Finding(f"extra {extra}", _state(extra, missing, pythons.get(extra, 0)))


def _state(extra: str, missing: list[str], minor: int) -> str:
    """Say whether an extra is there; `minor` is the Python 3 that it needs at least."""
    if sys.version_info < (3, minor):
        return f"needs Python 3.{minor} or newer"
    if not missing:
        return "installed"
    install = f"pip install '{DISTRIBUTION}[{extra}]'"
    return f"not installed ({', '.join(missing)} missing): {install}"


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _way(resolved: ResolvedCredentials) -> Iterator[Finding]:
    """Tell of the way to the Fishjam, up to what cannot be right."""
    from fishjam._http.address import Address
    from fishjam._http.library import proxy_for
    from fishjam._network.hosts import EnvironmentProxies

    what = "address"
    # Wrong usage is what the SDK says of all that it cannot send.
    try:
        url = Address.of(resolved.fishjam_id).base_url
        what = "proxy"
        proxies = EnvironmentProxies.read()
        # Its text leaves out the name and the password that may stand in it.
        yield Finding("proxy", str(proxy_for(proxies, url) or "none"))
        what = "address"
        yield from _address(resolved, url, proxies)
    except ValueError as error:
        yield Finding(what, str(error), exit_code(error))


def _address(
    resolved: ResolvedCredentials, url: str, proxies: EnvironmentProxies
) -> Iterator[Finding]:
    """Tell whether the Fishjam answers, and of its clock."""
    from fishjam import FishjamClient
    from fishjam._http.library import new_client

    moments: list[tuple[str | None, float]] = []

    def note_time(response: httpx.Response) -> None:
        moments.append((response.headers.get("date"), time.time()))

    timeout, began = common().timeout or PATIENCE, time.perf_counter()
    with new_client(proxies) as http:
        http.event_hooks = {"response": [note_time]}
        http.timeout = timeout
        client = FishjamClient(resolved.fishjam_id, resolved.management_token, http_client=http)
        try:
            client.check_credentials()
        except FishjamError as error:
            # Its second line is what was being done, with the reason.
            reason = " ".join(explained(error).splitlines()[:2])
            yield Finding("address", f"{url}: {reason}", exit_code(error))
        else:
            duration = (time.perf_counter() - began) * 1000
            yield Finding("address", f"{url} answers in {duration:.0f} ms; the token is good")
    for date, moment in moments[-1:]:
        yield _clock(date, moment)


def _clock(date: str | None, moment: float) -> Finding:
    if date is None:
        return Finding("clock", "the server does not tell its time")
    late = moment - parsedate_to_datetime(date).timestamp()
    text = f"{abs(late):.0f} s {'ahead of' if late > 0 else 'behind'} the server's"
    if abs(late) < _LATE:
        return Finding("clock", f"right: {text}")
    return Finding("clock", f"wrong: {text}. Tokens expire by the time: set this clock.", FAILED)
