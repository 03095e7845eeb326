"""Hosts that leave the cluster for good: named, drained, and left without anything by which they could come back.

Not proved here: that SSM forgets a machine (nodeadm's part), and that disks are wiped.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.ansible.certificates import Authority
from tests.ansible.control_plane import Cluster
from tests.ansible.joining import EXPORT, join_by_hand, roles_anywhere, variables
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played

pytestmark = pytest.mark.xdist_group("hosts-joining")

HOST_ID = EXPORT["groups"]["dedicated"]["host_ids"][0]
KEYS = (
    "etc/iam/pki/server.key",
    "etc/aws/hybrid/config",
    "var/lib/kubelet/kubeconfig",
    "var/lib/kubelet/pki/client.pem",
)


@dataclass
class Hosts:
    """A DGX and an instance on a dedicated host, both joined."""

    lab: Lab
    cluster: Cluster
    dgx: Host
    instance: Host

    def play(self, *hosts: Host, check: bool = False, **own: Any) -> Played:
        """Play decommission.yml on the hosts, each told its own name unless `own` says another."""
        shared = {
            **variables(self.lab, self.cluster),
            "node_maintenance_drain_poll": 1,
            "node_maintenance_drain_timeout": 30,
        }
        each = {host.name: {**shared, "decommission_confirm": host.name, "host_id": HOST_ID, **own} for host in hosts}
        inventory = self.lab.inventory(hosts, per_host=each)
        return self.lab.play("decommission.yml", inventory, *(["--check"] if check else []))


@pytest.fixture(scope="module")
def hosts(lab: Lab, control_plane_of_playbooks: Cluster) -> Generator[Hosts]:
    """A DGX that nodeadm joined, and an instance with a kubelet."""
    cluster = control_plane_of_playbooks
    dgx = lab.host("DGXOS-6", name="dgx-41", machine="dgx-a100")
    instance = lab.host("Ubuntu-22.04", name="host-a10g-2", machine="g5.48xlarge")
    pair = Authority().issue("dgx-41")
    for path in KEYS:
        dgx.write(f"/{path}", pair.private_key)
        instance.write(f"/{path}", pair.private_key)
    dgx.write("/etc/iam/pki/server.pem", pair.certificate)
    join_by_hand(dgx, roles_anywhere("dgx-41"))
    instance.write("/etc/systemd/system/kubelet.service", "[Service]\nExecStart=/bin/sleep infinity\n")
    instance.run("systemctl start kubelet")
    cluster.nodes("dgx-41", "host-a10g-2")
    cluster.daemon_set("monitor")
    cluster.settle()
    yield Hosts(lab, cluster, dgx, instance)
    lab.stop(dgx)
    lab.stop(instance)
    cluster.clear()


def test_a_host_that_was_not_named_stays(hosts: Hosts) -> None:
    played = hosts.play(hosts.dgx, decommission_confirm="dgx-42")
    assert "decommission_confirm is 'dgx-42', and dgx-41 would be taken out of the cluster for good" in played.messages
    assert not hosts.cluster.cordoned("dgx-41")


def test_a_host_whose_node_is_not_found_stays_while_kubelet_runs(hosts: Hosts) -> None:
    played = hosts.play(hosts.instance, decommission_node="host-a10g-9")
    assert "Kubelet runs on host-a10g-2, and the cluster that was asked has no Node host-a10g-9" in played.messages
    assert (hosts.instance.root / "var/lib/kubelet/kubeconfig").exists()


def test_a_host_whose_gpus_are_in_use_stays(hosts: Hosts) -> None:
    hosts.cluster.model("model", 1)
    hosts.cluster.settle()
    [pod] = hosts.cluster.pods(model="model")
    busy = hosts.dgx if pod["spec"]["nodeName"] == "dgx-41" else hosts.instance
    played = hosts.play(busy)
    assert f"pod serving/{pod['metadata']['name']}" in played.messages
    assert "decommission_force=true" in played.messages
    assert not hosts.cluster.cordoned(busy.name)


def test_a_host_leaves_nothing_by_which_it_could_come_back(hosts: Hosts) -> None:
    """The model of the test before runs on one of them and is moved, as it was forced."""
    refused = hosts.play(hosts.dgx, hosts.instance, decommission_force="true")
    assert "host-a10g-2: the served models' floors would be broken: model" in refused.messages
    assert not hosts.cluster.cordoned("host-a10g-2")
    hosts.cluster.nodes("dgx-43")
    played = hosts.play(hosts.instance, decommission_force="true")
    assert played.rc == 0, played.output
    assert played.task("Wait until nothing computes on the GPUs", "host-a10g-2").status == "skipped"
    for name in ("dgx-41", "host-a10g-2"):
        assert hosts.cluster.api.get("Node", "v1", name) is None
    assert hosts.dgx.double.calls("nodeadm")[-1] == ["nodeadm", "uninstall"]
    assert [path for path in KEYS if (hosts.dgx.root / path).exists()] == []
    assert not (hosts.dgx.root / "opt/nodeadm").exists()
    assert not (hosts.instance.root / "var/lib/kubelet/kubeconfig").exists()
    assert hosts.instance.run("systemctl is-active kubelet").stdout.strip() == "inactive"
    released = played.task("Say what is left to do", "host-a10g-2").message
    assert f"`pulumi up`: that ends the instance and releases {HOST_ID}" in released
    assert "hybrid_nodes section" in refused.task("Say what is left to do", "dgx-41").message

    again = hosts.play(hosts.dgx)
    assert (again.rc, again.changed()) == (0, []), again.output
