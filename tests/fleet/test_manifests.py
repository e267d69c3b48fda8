"""The manifests and the compose file of the example, by the schemas that others read them by.

Those come as packages: Kubernetes' own, that of the Compose specification, and KEDA's custom
resource as classes, because no package has it as a schema. What the files mean for each other is
checked beside the example itself.
"""

from __future__ import annotations

import copy
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "examples" / "fleet"

# The packages are installed for the newest Python alone, so that nothing imports them before.
pytestmark = pytest.mark.once


def documents() -> list[dict[str, Any]]:
    files = sorted((FOLDER / "kubernetes").glob("*.yaml"))
    return [document for file in files for document in yaml.safe_load_all(file.read_text("utf-8"))]


KEDA = [each for each in documents() if each["apiVersion"].startswith("keda.sh/")]
KUBERNETES = [each for each in documents() if each not in KEDA]


def kind(document: dict[str, Any]) -> str:
    return str(document["kind"])


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy in which one field has another value."""
    changed = copy.deepcopy(document)
    place: Any = changed
    *parents, name = path.split(".")
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    place[name] = value
    return changed


def read_by_kubernetes(document: dict[str, Any]) -> None:
    # Strict: Kubernetes itself only warns of fields that it does not know.
    kubernetes = importlib.import_module("kubernetes_validate")
    kubernetes.validate(document, kubernetes.latest_version(), strict=True)


def read_by_keda(document: dict[str, Any]) -> None:
    keda = importlib.import_module("cloudcoil.models.keda.v1alpha1")
    read = getattr(keda, kind(document)).model_validate(document)
    # It passes over fields that it does not know, which are missing then.
    known = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if known != document:
        raise ValueError(f"KEDA knows only {known}")


@pytest.mark.parametrize("document", KUBERNETES, ids=kind)
def test_kubernetes_reads_its_manifests(document: dict[str, Any]) -> None:
    read_by_kubernetes(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.template.spec.terminationGracePeriod", 130),
        ("spec.template.spec.containers.0.readinessProbe.httpGet.path", 1),
        ("spec.replicas", "two"),
        ("spec.selector.matchLabel", {}),
    ],
)
def test_a_slip_in_a_manifest_is_seen(path: str, value: object) -> None:
    [worker] = [each for each in KUBERNETES if kind(each) == "Deployment"]
    invalid = importlib.import_module("kubernetes_validate").ValidationError
    with pytest.raises(invalid):
        read_by_kubernetes(changed(worker, path, value))


@pytest.mark.parametrize("document", KEDA, ids=kind)
def test_keda_reads_its_manifests(document: dict[str, Any]) -> None:
    read_by_keda(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [("spec.maxReplicas", 20), ("spec.scaleTargetRef.name", None), ("spec.triggers", {})],
)
def test_a_slip_in_a_manifest_for_keda_is_seen(path: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"KEDA knows only|validation error"):
        read_by_keda(changed(KEDA[0], path, value))


def check_compose(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)  # noqa: S603


def test_compose_reads_its_file() -> None:
    done = check_compose(FOLDER / "compose.yaml")
    assert done.returncode == 0, done.stdout


def test_a_slip_in_the_compose_file_is_seen(tmp_path: Path) -> None:
    text = (FOLDER / "compose.yaml").read_text("utf-8")
    slipped = tmp_path / "compose.yaml"
    slipped.write_text(text.replace("stop_grace_period", "stop_period"), "utf-8")
    done = check_compose(slipped)
    assert done.returncode == 1
    assert "stop_period" in done.stdout
