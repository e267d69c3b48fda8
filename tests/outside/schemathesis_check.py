"""Schemathesis against a running emulator: nothing undocumented, and every operation works.

The one argument names the API: `fishjam` or `composition`. The settings are in `schemathesis.toml`,
what is tolerated is in `schemathesis_allowances.py`.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import schemathesis
import yaml
from attrs import frozen
from schemathesis.cli import schemathesis as command_line

from fishjam.emulator import Emulator
from tests.outside.schemathesis_allowances import is_allowed, print_allowances
from tests.outside.schemathesis_seeds import (
    CompositionSeeds,
    FishjamSeeds,
    Seeds,
    operation_of,
)

HERE = Path(__file__).parent


@frozen
class Subject:
    """An API to be tried.

    Attributes:
        document: its document.
        base: the path of its base URL.
        seeds: makes the seeds for its operations.
        phases: how its requests are made up.
    """

    document: Path
    base: str
    seeds: Callable[[Emulator], Seeds]
    phases: str


DOCUMENTS = HERE.parents[1] / "openapi"
SUBJECTS = {
    "fishjam": Subject(
        DOCUMENTS / "fishjam.yaml",
        "/api/v1/connect/outside",
        FishjamSeeds,
        "coverage,fuzzing,stateful",
    ),
    # Scenes hold scenes: one request for each combination would take minutes.
    "composition": Subject(
        DOCUMENTS / "composition.yaml", "", CompositionSeeds, "fuzzing,stateful"
    ),
}

statuses: Counter[tuple[str, int]] = Counter()
"""How often each operation was answered with each status."""
unanswered: list[str] = []
"""Requests whose connection broke before there was an answer."""


def main() -> int:
    """Run schemathesis and return the exit code."""
    subject = SUBJECTS[sys.argv[1]]
    with Emulator() as emulator:
        install_hooks(subject.seeds(emulator))
        os.environ["BASE_URL"] = emulator.fishjam_id + subject.base
        os.environ["FISHJAM_MANAGEMENT_TOKEN"] = emulator.management_token
        code = run_schemathesis(subject)
    print_allowances()
    never = never_successful(subject.document)
    for request in unanswered:
        print(f"Never answered: {request}")
    for operation in never:
        print(f"Never successful: {operation}")
    return 1 if never or unanswered else code


def install_hooks(seeds: Seeds) -> None:
    """Tell schemathesis about the seeds and the allowances, and listen to what happens."""

    @schemathesis.hook
    def before_call(
        context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
    ) -> None:
        seeds.plant(case)

    @schemathesis.hook
    def after_call(
        context: schemathesis.HookContext,
        case: schemathesis.Case[Any],
        response: schemathesis.Response,
    ) -> None:
        if case.method == case.operation.method.upper():
            statuses[operation_of(case), response.status_code] += 1

    @schemathesis.hook
    def after_network_error(
        context: schemathesis.HookContext, case: schemathesis.Case[Any], request: Any
    ) -> None:
        unanswered.append(f"{request.method} {request.url}")

    @schemathesis.hook
    def filter_failure(
        context: schemathesis.HookContext,
        failure: Exception,
        case: schemathesis.Case[Any],
        response: schemathesis.Response,
    ) -> bool:
        body = response.content.decode(errors="replace")
        return not is_allowed(operation_of(case), failure, body)


def run_schemathesis(subject: Subject) -> int:
    """Run the command in this process, so that its hooks reach the emulator's inside."""
    settings = ("--config-file", str(HERE / "schemathesis.toml"))
    options = ("--no-color", "--phases", subject.phases)
    try:
        command_line.main([*settings, "run", str(subject.document), *options])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def never_successful(document: Path) -> list[str]:
    """Print what the operations answered, and return those without any success."""
    content = yaml.safe_load(document.read_text(encoding="utf-8"))
    methods = [method for path in content["paths"].values() for method in path.values()]
    operations = sorted(method["operationId"] for method in methods)
    succeeded = {operation for operation, status in statuses if 200 <= status < 300}
    print(f"\nAnswers, with at least one success for {len(succeeded)} operations:")
    for operation in operations:
        counts = sorted((status, n) for (name, status), n in statuses.items() if name == operation)
        print(f"  {operation:24}", ", ".join(f"{n} x {status}" for status, n in counts))
    return [operation for operation in operations if operation not in succeeded]


if __name__ == "__main__":
    sys.exit(main())
