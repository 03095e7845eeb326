"""What changes of a machine that has joined: only on a drained Node, never from one's GPUs, and labels are compared.

The host was joined by hand, so the role has to make it its own. Its containerd is the real one.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.ansible.certificates import Authority
from tests.ansible.control_plane import Cluster
from tests.ansible.joining import SSM, export, join_by_hand, play_role, roles_anywhere, variables
from tests.ansible.kubelet import kubelets
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played
from tests.ansible.node_config import faults, spec_of

pytestmark = pytest.mark.xdist_group("hosts-joining")

NAME = "dgx-61"
CONFIG = "/etc/nodeadm/node-config.yaml"
GPU_RUNTIME = """\
version = 3
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.nvidia]
  runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.nvidia.options]
    BinaryName = "/usr/bin/nvidia-container-runtime"
"""


@dataclass
class Machine:
    """A machine that somebody joined with nodeadm."""

    lab: Lab
    cluster: Cluster
    host: Host

    def play(self, version: str = "1.34", hybrid: dict[str, Any] | None = None, **own: Any) -> Played:
        platform = export(version=version, hybrid=hybrid)
        told = variables(self.lab, self.cluster, platform, eks_hybrid_node_kubelet_config={"maxPods": 60}, **own)
        return play_role(self.lab, "eks_hybrid_node", {self.host: told})

    @property
    def runs(self) -> list[str]:
        """nodeadm's subcommands so far; the check of a configuration is no run."""
        return [call[1] for call in self.host.double.calls("nodeadm") if call[1] != "config"]

    def has_gpu_runtime(self) -> bool:
        """Say whether containerd, as it would start now, knows the runtime of the GPUs."""
        merged = self.host.run("containerd config dump")
        assert merged.returncode == 0, merged.stderr
        return "/usr/bin/nvidia-container-runtime" in merged.stdout


@pytest.fixture(scope="module")
def machine(lab: Lab, control_plane_of_playbooks: Cluster) -> Generator[Machine]:
    """A DGX that runs pods, with the GPU runtime where the toolkit's role puts it."""
    host = lab.host("Ubuntu-24.04", name=NAME, machine="dgx-h100")
    pair = Authority().issue(NAME)
    host.write("/etc/iam/pki/server.pem", pair.certificate)
    host.write("/etc/iam/pki/server.key", pair.private_key)
    host.write("/etc/containerd/config.d/99-nvidia.toml", GPU_RUNTIME)
    join_by_hand(host, roles_anywhere(NAME), containerd="apt-get -q update && apt-get install -qy containerd")
    with kubelets(control_plane_of_playbooks, host):
        yield Machine(lab, control_plane_of_playbooks, host)
    lab.stop(host)
    control_plane_of_playbooks.clear()


def test_nothing_is_restarted_under_running_pods(machine: Machine) -> None:
    assert machine.has_gpu_runtime()
    before = machine.host.read(CONFIG)
    played = machine.play()
    assert f"{NAME} needs nodeadm init" in played.messages
    assert "is not drained" in played.messages
    assert "eks_hybrid_node_change_allowed=true" in played.messages
    assert machine.host.read(CONFIG) == before
    machine.cluster.api.patch("Node", "v1", NAME, None, {"spec": {"unschedulable": True}})
    drained = machine.play()
    assert "is drained, and eks_hybrid_node_change_allowed is False" in drained.messages
    assert machine.runs == ["install", "init"]


def test_an_older_cluster_and_another_provider_are_refused(machine: Machine) -> None:
    older = machine.play("1.33", eks_hybrid_node_change_allowed=True)
    assert f"kubelet on {NAME} is 1.34, newer than the cluster's 1.33" in older.messages
    other = machine.play(hybrid=SSM, eks_hybrid_node_change_allowed=True)
    assert "installed for another credential provider than ssm" in other.messages
    assert "decommission.yml" in other.messages
    assert machine.runs == ["install", "init"]


def test_a_drained_node_is_upgraded_and_what_it_lacks_of_its_group_told(machine: Machine) -> None:
    played = machine.play("1.35", eks_hybrid_node_change_allowed="true")
    assert machine.runs == ["install", "init", "upgrade"]
    assert "1.35" in machine.host.run("kubelet --version").stdout
    assert "label nvidia.com/gpu.present=true is missing" in played.messages
    assert "taint nvidia.com/gpu=training:NoSchedule is missing" in played.messages
    assert "cluster_node_differences=correct" in played.messages
    assert (machine.host.root / "etc/iam/pki/server.key").stat().st_mode & 0o777 == 0o600
    config = machine.host.read(CONFIG)
    assert faults(config) == []
    assert spec_of(config)["kubelet"]["config"] == {"maxPods": 60}
    # nodeadm wrote config.toml anew.
    assert machine.has_gpu_runtime()


def test_labels_and_taints_are_set_on_the_node_where_that_is_asked(machine: Machine) -> None:
    stranger = {"key": "rack", "value": "b4", "effect": "PreferNoSchedule"}
    former = {"key": "nvidia.com/gpu", "value": "training", "effect": "NoExecute"}
    taints = [*(machine.cluster.node(NAME)["spec"].get("taints") or []), stranger, former]
    machine.cluster.api.patch("Node", "v1", NAME, None, {"spec": {"taints": taints}})
    corrected = machine.play("1.35", cluster_node_differences="correct")
    assert corrected.rc == 0, corrected.output
    node = machine.cluster.node(NAME)
    assert node["metadata"]["labels"]["nvidia.com/gpu.present"] == "true"
    assert {"key": "nvidia.com/gpu", "value": "training", "effect": "NoSchedule"} in node["spec"]["taints"]
    assert stranger in node["spec"]["taints"]
    assert former not in node["spec"]["taints"]
    again = machine.play("1.35")
    assert (again.rc, again.changed()) == (0, []), again.output
    assert machine.runs == ["install", "init", "upgrade"]
