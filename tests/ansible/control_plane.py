"""The simulated control plane as the cluster that playbooks talk to: GPU nodes, served models, what became of them."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from components.naming import CAPACITY_LABEL, GPU_RESOURCE, MODEL_LABEL, POOL_LABEL
from rehearsal.cluster.api import Api
from rehearsal.cluster.control_plane import control_plane
from rehearsal.cluster.nodes import instance_type_of, node_manifest
from rehearsal.cluster.settle import settle
from rehearsal.cluster.stages import STARTS_IN, STOPS_IN, stage_file
from rehearsal.cluster.toolchain import Toolchain, ToolchainError, ready_toolchain

NAMESPACE: Final = "serving"
ANNOTATION: Final = "llm-platform/maintenance"
TYPE_OF_EIGHT_GPUS: Final = "p5.48xlarge"
"""What simulated nodes are sized like; a DGX H100 has the same GPUs."""
Manifest = Mapping[str, Any]


@dataclass
class Cluster:
    """A running control plane without nodes, and what tests put on it."""

    kubeconfig: Path
    api: Api
    _made: list[Manifest] = field(default_factory=list[Manifest])

    @property
    def variables(self) -> dict[str, str]:
        """What a playbook needs to talk to it."""
        return {"kubernetes_kubeconfig": str(self.kubeconfig)}

    def put(self, *manifests: Manifest) -> None:
        """Apply manifests, which `clear` removes."""
        self._made += manifests
        assert self.api.apply_all(manifests) == []

    def nodes(self, *names: str, pool: str = "inference", cordoned: bool = False) -> None:
        """Add ready nodes of eight GPUs, as the platform's machines join."""
        for name in names:
            manifest = node_manifest(
                name,
                instance_type_of(TYPE_OF_EIGHT_GPUS, "test"),
                zone="us-east-1a",
                labels={POOL_LABEL: pool, CAPACITY_LABEL: "on-premises"},
                taints=[{"key": GPU_RESOURCE, "value": pool, "effect": "NoSchedule"}],
                disk_gib=1000,
            )
            self.put({**manifest, "spec": {**manifest["spec"], "unschedulable": cordoned}})

    def model(
        self,
        name: str,
        replicas: int,
        *,
        gpus: int = 8,
        floor: int | None = None,
        budget: Mapping[str, int] | None = None,
        starts_in: str = "0ms",
        stops_in: str = "0ms",
        pool: str = "inference",
    ) -> None:
        """Serve a model as charts/model-server does; `floor` is an HPA's least, `budget` a disruption budget's rule."""
        own = {"app": name, MODEL_LABEL: name}
        pod = {
            "nodeSelector": {POOL_LABEL: pool},
            "tolerations": [{"key": GPU_RESOURCE, "operator": "Equal", "value": pool, "effect": "NoSchedule"}],
            "containers": [{"name": "server", "image": "server", "resources": {"limits": {GPU_RESOURCE: str(gpus)}}}],
            "volumes": [{"name": "scratch", "emptyDir": {}}],
        }
        template = {"metadata": {"labels": own, "annotations": {STARTS_IN: starts_in, STOPS_IN: stops_in}}, "spec": pod}
        spec = {"replicas": replicas, "selector": {"matchLabels": own}, "template": template}
        self.put(_object("apps/v1", "Deployment", name, spec, labels=own))
        if floor is not None:
            target = {"type": "Utilization", "averageUtilization": 50}
            metrics = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
            scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
            scaling = {"minReplicas": floor, "maxReplicas": replicas + 4, "scaleTargetRef": scaled, "metrics": metrics}
            self.put(_object("autoscaling/v2", "HorizontalPodAutoscaler", name, scaling))
        if budget is not None:
            self.put(_object("policy/v1", "PodDisruptionBudget", name, {**budget, "selector": {"matchLabels": own}}))

    def daemon_set(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        """Run a pod with an emptyDir on every node, as monitoring and device plugins do."""
        own = {"name": name, **(labels or {})}
        pod = {
            "tolerations": [{"operator": "Exists"}],
            "containers": [{"name": "agent", "image": "agent"}],
            "volumes": [{"name": "scratch", "emptyDir": {}}],
        }
        template = {"metadata": {"labels": own}, "spec": pod}
        self.put(_object("apps/v1", "DaemonSet", name, {"selector": {"matchLabels": own}, "template": template}))

    def settle(self) -> None:
        """Wait until every pod that can run does."""
        settle(self.api)

    def node(self, name: str) -> dict[str, Any]:
        """Return a node."""
        found = self.api.get("Node", "v1", name)
        assert found is not None, name
        return found

    def cordoned(self, name: str) -> bool:
        """Say whether a node takes no pods."""
        return bool(self.node(name)["spec"].get("unschedulable"))

    def note(self, name: str) -> dict[str, Any] | None:
        """Return what an operation noted on a node."""
        text = (self.node(name)["metadata"].get("annotations") or {}).get(ANNOTATION)
        return None if text is None else json.loads(text)

    def write_note(self, name: str, text: str) -> None:
        """Note something on a node, as an interrupted operation or a human does."""
        self.api.patch("Node", "v1", name, None, {"metadata": {"annotations": {ANNOTATION: text}}})

    def advertise(self, name: str, gpus: int) -> None:
        """Have a node's device plugin count its GPUs."""
        status = {"status": {"allocatable": {GPU_RESOURCE: str(gpus)}}}
        self.api.patch("Node", "v1", name, None, status, subresource="status")

    def pods(self, node: str | None = None, *, model: str | None = None) -> list[dict[str, Any]]:
        """Return pods of the models' namespace, of one node or model if named."""
        found = self.api.list("Pod", "v1", NAMESPACE, f"{MODEL_LABEL}={model}" if model else None)
        return [pod for pod in found if node is None or pod["spec"].get("nodeName") == node]

    def clear(self) -> None:
        """Remove what was put on it, and the lock."""
        for manifest in reversed(self._made):
            metadata = manifest["metadata"]
            self.api.delete(manifest["kind"], manifest["apiVersion"], metadata["name"], metadata.get("namespace"))
        self._made.clear()
        # A pod that takes its time to end would keep the next test's cluster from coming to rest.
        for pod in self.pods():
            if pod["metadata"].get("deletionTimestamp"):
                self.api.delete("Pod", "v1", pod["metadata"]["name"], NAMESPACE, grace_seconds=0)
        self.api.delete("Lease", "coordination.k8s.io/v1", "llm-platform-maintenance", "kube-system")


def _object(
    api_version: str, kind: str, name: str, spec: Manifest, labels: Mapping[str, str] | None = None
) -> Manifest:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": dict(labels or {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def names(pods: Sequence[Manifest]) -> list[str]:
    """Return the pods' names."""
    return sorted(pod["metadata"]["name"] for pod in pods)


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    """The control plane's programs, built by the first test that needs them."""
    try:
        return ready_toolchain()
    except ToolchainError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def control_plane_of_playbooks(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Generator[Cluster]:
    """One control plane for all tests of a worker that want `cluster`."""
    stages = [stage_file(tmp_path_factory.mktemp("stages"), 1)]
    with (
        control_plane(toolchain, name="playbooks", stages=stages, disable_qps_limits=True) as plane,
        Api(plane.kubeconfig) as api,
    ):
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        yield Cluster(plane.kubeconfig, api)


@pytest.fixture
def cluster(control_plane_of_playbooks: Cluster) -> Generator[Cluster]:
    """The control plane, empty before and after."""
    yield control_plane_of_playbooks
    control_plane_of_playbooks.clear()
