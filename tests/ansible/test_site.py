"""site.yml end to end: DGX systems of several distributions from a bare system to verified nodes, then once more.

Hosts, their systemd, package managers, containerd, sshd and the Kubernetes API are real. NVIDIA's packages, nodeadm
and kubelet are stand-ins, so that neither a driver nor a GPU is proved here.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.ansible.certificates import Authority
from tests.ansible.control_plane import Cluster
from tests.ansible.joining import LABELS, TAINTS, certificate_of, digest
from tests.ansible.kubelet import kubelets
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.package_repository import URL
from tests.ansible.lab.play import Played
from tests.ansible.roles import ANSIBLE, entry_points, read

pytestmark = pytest.mark.xdist_group("hosts-site")

NODEADM = "releases/v1.0.20/bin/linux/amd64/nodeadm"
DEVICES = "/var/lib/gpu-double/infiniband"
SYSTEMS = [
    pytest.param(("DGXOS-6", "RedHat-9"), id="DGX OS and Red Hat"),
    # What DGX OS 6 is made of, whose packages and roles are the same but for the vendor's own.
    pytest.param(("Ubuntu-22.04",), id="Ubuntu", marks=pytest.mark.long),
]
MISSING_IN_THE_LAB: dict[str, Any] = {
    # Folders of the lab's hosts lie on this machine's disk.
    "base_os_minimum_free_gib": {"/": 1, "/var": 1},
    "nvidia_driver_free_mib": {},
    "nvidia_driver_running_kernel_path": "/run/gpu-double/kernel-release",
    # There are no block devices: disks are tried with the role alone.
    "storage_source": "none",
    # No registry to pull from: tried with the role alone.
    "image_cache_images": [],
    "hardening_firewall_ssh_networks": ["198.18.0.0/15"],
    "hardening_firewall_control_plane_networks": ["198.18.0.0/15"],
    # The kernel of the lab's hosts is one for all, and has no audit.
    "hardening_audit_load": False,
    "rdma_infiniband_path": DEVICES,
    "rdma_link_type": "infiniband",
    "cluster_node_timeout": 180,
    "cluster_node_interval": 1,
}


@dataclass
class Fleet:
    """The hosts, and what all of them are told."""

    lab: Lab
    cluster: Cluster
    hosts: list[Host]

    def play(self, *arguments: str, **more: Any) -> Played:
        """Play site.yml."""
        authority = Authority()
        own = {host.name: certificate_of(authority.issue(host.name)) for host in self.hosts}
        variables = {
            **MISSING_IN_THE_LAB,
            "eks_hybrid_node_nodeadm_url": f"{URL}/files/{NODEADM}",
            "eks_hybrid_node_nodeadm_sha256": digest(self.lab, NODEADM),
            "eks_hybrid_node_endpoints": ["mirror:8000"],
            **self.cluster.variables,
            **more,
        }
        return self.lab.play("site.yml", self.lab.inventory(self.hosts, variables, own), *arguments, timeout=1700)


@pytest.fixture(scope="module", params=SYSTEMS)
def fleet(request: pytest.FixtureRequest, lab: Lab, control_plane_of_playbooks: Cluster) -> Generator[Fleet]:
    """Bare hosts with the network devices of a DGX."""
    systems: tuple[str, ...] = request.param
    hosts = [lab.host(system, name=f"dgx-{k:02}", machine="dgx-h100") for k, system in enumerate(systems, start=1)]
    for host in hosts:
        for number in range(8):
            host.write(f"{DEVICES}/mlx5_{number}/ports/1/link_layer", "InfiniBand\n")
    # DGX OS is delivered with Docker's containerd.
    for host in (host for host in hosts if host.description.system.startswith("DGXOS")):
        delivered = host.run("apt-get update && apt-get install --yes containerd.io")
        assert delivered.returncode == 0, delivered.stderr
    with kubelets(control_plane_of_playbooks, *hosts):
        yield Fleet(lab, control_plane_of_playbooks, hosts)
    for host in hosts:
        lab.stop(host)
    control_plane_of_playbooks.clear()


def test_whatever_disturbs_a_host_is_allowed_where_it_is_idle() -> None:
    """A role whose switch is left out here can't change a drained host, or worse, was given another default."""
    play = read(ANSIBLE / "site.yml")[-1]
    switches = [
        name
        for entry in play["roles"]
        for name, option in entry_points(entry["role"])[0].options.items()
        if name.endswith(("_change_allowed", "_reboot_allowed", "_restart_allowed")) and option["type"] == "bool"
    ]
    assert len(switches) >= 7
    assert {name: play["vars"].get(name) for name in switches} == dict.fromkeys(switches, "{{ host_is_idle }}")


@pytest.mark.long  # check mode of base_os, the driver and what comes upon it: with the roles alone
@pytest.mark.timeout(1800)
def test_check_mode_says_what_bare_hosts_need(fleet: Fleet) -> None:
    foreseen = fleet.play("--check", "--limit", fleet.hosts[-1].name)
    assert foreseen.rc == 0, foreseen.messages
    assert foreseen.changed(), "a bare host needs changes"
    for host in fleet.hosts:
        assert host.run("command -v nvidia-smi").returncode != 0
        assert host.reboot_count == 0


@pytest.mark.timeout(1800)
def test_bare_hosts_become_nodes_and_stay_as_they_are(fleet: Fleet) -> None:
    first = fleet.play()
    assert first.rc == 0, first.messages
    for host in fleet.hosts:
        drivers = host.run("nvidia-smi --query-gpu=driver_version --format=csv,noheader").stdout.split()
        assert drivers == ["580.178.04"] * 8
        node = fleet.cluster.node(host.name)
        assert node["metadata"]["labels"].items() >= LABELS.items()
        assert node["spec"]["taints"] == TAINTS
        assert host.reboot_count >= 1

    reboots = [host.reboot_count for host in fleet.hosts]
    second = fleet.play()
    assert (second.rc, second.changed()) == (0, []), second.messages
    assert [host.reboot_count for host in fleet.hosts] == reboots

    # One role alone, of hosts that serve: what the others know is asked all the same.
    tagged = fleet.play("--tags", "node_health")
    assert (tagged.rc, tagged.changed()) == (0, []), tagged.messages
