"""The fleet: one process of it, and what would run it on several machines."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from fishjam.cli._fleet.worker import worker
from fishjam.emulator import Emulator
from fishjam.fleet._health import Place
from tests.examples.programs import ROOT, commands, started

FOLDER = ROOT / "examples" / "fleet"
SECRET = {"FISHJAM_ID", "FISHJAM_MANAGEMENT_TOKEN", "FISHJAM_FLEET_URL"}
APP = "examples.fleet.calls:fleet"


def test_each_room_has_its_agent(fishjam_emulator: Emulator) -> None:
    [module] = commands("fleet")
    with started("-m", module, emulator=fishjam_emulator) as program:
        program.line("^All 3 rooms have their agent")
        assert (
            len(
                {
                    program.line(f"^{room['id']}: worker number 1")[0]
                    for room in rooms_of(fishjam_emulator)
                }
            )
            == 3
        )
        assert program.interrupt() == 0, "\n".join(program.output)
    assert fishjam_emulator.rooms == []


def rooms_of(emulator: Emulator) -> list[dict[str, Any]]:
    return [dict(room) for room in emulator.rooms]


def manifests() -> list[dict[str, Any]]:
    files = sorted((FOLDER / "kubernetes").glob("*.yaml"))
    return [document for file in files for document in yaml.safe_load_all(file.read_text("utf-8"))]


MANIFESTS = manifests()


def named(document: dict[str, Any]) -> str:
    return f"{document['kind']} {document['metadata']['name']}"


def find(kind: str, name: str) -> dict[str, Any]:
    [found] = [one for one in MANIFESTS if named(one) == f"{kind} {name}"]
    return found


def options_of(arguments: list[str]) -> dict[str, Any]:
    """Take a command line apart as the command does; what it refuses is an error."""
    return worker.make_context("worker", [APP, *arguments]).params


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


VERSIONS = {
    "Service": "v1",
    "StatefulSet": "apps/v1",
    "Deployment": "apps/v1",
    "PodDisruptionBudget": "policy/v1",
    "ScaledObject": "keda.sh/v1alpha1",
}


@pytest.mark.parametrize("document", MANIFESTS, ids=named)
def test_manifests_are_of_known_kinds(document: dict[str, Any]) -> None:
    assert set(document) == {"apiVersion", "kind", "metadata", "spec"}
    assert VERSIONS[document["kind"]] == document["apiVersion"]
    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", document["metadata"]["name"])


@pytest.mark.parametrize(("kind", "name"), [("Deployment", "worker"), ("StatefulSet", "redis")])
def test_pods_are_found_by_their_labels(kind: str, name: str) -> None:
    spec = find(kind, name)["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    [container] = spec["template"]["spec"]["containers"]
    assert set(container) <= {
        *("name", "image", "args", "envFrom", "ports", "livenessProbe", "readinessProbe"),
        *("resources", "volumeMounts"),
    }
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for probe in ("livenessProbe", "readinessProbe"):
        request = container.get(probe, {}).get("httpGet")
        assert request is None or request["port"] in ports


def test_the_worker_is_started_as_the_command_wants_it() -> None:
    spec = find("Deployment", "worker")["spec"]["template"]["spec"]
    [container] = spec["containers"]
    options = options_of(container["args"])
    assert spec["terminationGracePeriodSeconds"] > options["drain"]
    place = Place.parse(options["health"])
    assert place.host == "0.0.0.0"  # noqa: S104 - probes come from outside of the container
    assert [port["containerPort"] for port in container["ports"]] == [place.port]
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert container["envFrom"] == [{"secretRef": {"name": "fishjam"}}]
    assert all(f"`{name}`" in readme for name in SECRET)


def test_what_belongs_to_the_worker_finds_it() -> None:
    labels = find("Deployment", "worker")["spec"]["template"]["metadata"]["labels"]
    budget = find("PodDisruptionBudget", "worker")["spec"]
    assert budget["selector"]["matchLabels"].items() <= labels.items()
    service = find("Service", "redis")["spec"]
    redis = find("StatefulSet", "redis")["spec"]
    assert service["selector"] == redis["template"]["metadata"]["labels"]
    assert redis["serviceName"] == "redis"
    [claim] = redis["volumeClaimTemplates"]
    [container] = redis["template"]["spec"]["containers"]
    assert container["volumeMounts"] == [{"name": claim["metadata"]["name"], "mountPath": "/data"}]


def test_it_is_scaled_by_the_queue_of_its_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRET:
        monkeypatch.setenv(name, "memory://" if name == "FISHJAM_FLEET_URL" else "local")
    sys.modules.pop("examples.fleet.calls", None)
    from examples.fleet.calls import fleet

    spec = find("ScaledObject", "worker")["spec"]
    assert spec["scaleTargetRef"] == {"name": "worker"}
    [trigger] = spec["triggers"]
    assert trigger["type"] == "redis-streams"
    metadata = trigger["metadata"]
    # KEDA wants texts for all of them.
    assert all(isinstance(value, str) for value in metadata.values())
    assert metadata["stream"] == "{fj:default}:queue:host"
    assert "host" in repr(fleet)
    host, _, port = metadata["address"].partition(":")
    assert find("Service", host)["spec"]["ports"][0]["port"] == int(port)
    assert spec["minReplicaCount"] < spec["maxReplicaCount"]


def test_the_compose_file() -> None:
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
    assert set(compose) == {"services", "volumes"}
    services = compose["services"]
    for service in services.values():
        assert ("image" in service) != ("build" in service)
        assert set(service) <= {
            *("image", "build", "command", "volumes", "healthcheck", "environment"),
            *("depends_on", "stop_grace_period", "restart"),
        }
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in compose["volumes"]
    program = services["worker"]
    assert seconds(program["stop_grace_period"]) > options_of(program["command"])["drain"]
    assert set(program["environment"]) == SECRET
    build = program["build"]
    context = FOLDER / build["context"]
    assert (context / build["dockerfile"]).resolve() == (FOLDER / "Dockerfile").resolve()


def test_the_image_starts_the_fleet() -> None:
    lines = (FOLDER / "Dockerfile").read_text("utf-8").splitlines()
    [entry] = [line for line in lines if line.startswith("ENTRYPOINT ")]
    assert yaml.safe_load(entry.removeprefix("ENTRYPOINT ")) == ["fishjam", "fleet", "worker", APP]
    assert Path(ROOT, *APP.partition(":")[0].split(".")).with_suffix(".py").is_file()
