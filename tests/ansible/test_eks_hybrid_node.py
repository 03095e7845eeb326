"""Machines on premises that join as hybrid nodes: refused before anything is changed, joined once, then left alone.

The hosts, their systemd and the API server are real; nodeadm, kubelet and AWS are doubles that leave behind what the
real ones do. Not proved here: that AWS accepts a certificate or an activation. The tests are the life of three
machines and build on each other.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.ansible.certificates import Authority, Pair
from tests.ansible.complaints import complaints
from tests.ansible.control_plane import Cluster
from tests.ansible.joining import (
    ACTIVATION,
    CODE,
    IDLE_CONTAINERD,
    LABELS,
    SECRET,
    SSM,
    certificate_of,
    export,
    play_role,
    variables,
)
from tests.ansible.kubelet import kubelets
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played
from tests.ansible.node_config import faults, spec_of
from tests.ansible.secrets_manager import SecretsManager, secrets_manager

pytestmark = pytest.mark.xdist_group("hosts-joining")

CONFIG = "/etc/nodeadm/node-config.yaml"
VENDOR = "/var/lib/gpu-double/dmi/sys_vendor"


@dataclass
class Machines:
    """Three machines, the cluster that they join, and what they are given."""

    lab: Lab
    cluster: Cluster
    secrets: SecretsManager
    ubuntu: Host
    dgx_os: Host
    redhat: Host
    """Registers with an SSM activation, the others have certificates."""
    authority: Authority = field(default_factory=Authority)

    def __post_init__(self) -> None:
        self.pairs = {host.name: self.authority.issue(host.name, days=20) for host in (self.ubuntu, self.dgx_os)}

    @property
    def activated(self) -> dict[str, Any]:
        """The export as the host with an activation sees it."""
        return {"platform": export(hybrid=SSM)}

    def play(self, check: bool = False, **own: Mapping[str, Any]) -> Played:
        """Play the role on the hosts that are named, each with what it is told besides."""
        hosts = {
            host: variables(self.lab, self.cluster, **{**self.given(host), **own[name]})
            for name, host in (("ubuntu", self.ubuntu), ("dgx_os", self.dgx_os), ("redhat", self.redhat))
            if name in own
        }
        return play_role(self.lab, "eks_hybrid_node", hosts, check=check, settings=self.secrets.settings)

    def given(self, host: Host) -> dict[str, Any]:
        """Return what a host is told when all is well."""
        return certificate_of(self.pairs[host.name]) if host.name in self.pairs else self.activated

    @property
    def registered_name(self) -> str:
        """What SSM calls the host with an activation."""
        return str(json.loads(self.redhat.read("/var/lib/amazon/ssm/registration"))["ManagedInstanceID"])


@pytest.fixture(scope="module")
def machines(lab: Lab, control_plane_of_playbooks: Cluster) -> Generator[Machines]:
    """Machines with a container runtime."""
    hosts = [
        lab.host("Ubuntu-24.04", name="dgx-01", machine="dgx-h100"),
        lab.host("DGXOS-7", name="dgx-02", machine="dgx-b200"),
        lab.host("RedHat-9", name="dgx-03", machine="dgx-a100"),
    ]
    for host in hosts:
        host.run(IDLE_CONTAINERD)
    with secrets_manager() as secrets:
        yield Machines(lab, control_plane_of_playbooks, secrets, hosts[0], hosts[1], hosts[2])
    for host in hosts:
        lab.stop(host)
    control_plane_of_playbooks.clear()


def runs(host: Host) -> list[str]:
    """Return nodeadm's subcommands so far; the check of a configuration is no run."""
    return [call[1] for call in host.double.calls("nodeadm") if call[1] != "config"]


def test_check_mode_on_bare_hosts_says_what_would_happen(machines: Machines) -> None:
    machines.secrets.keep(SECRET, {"activation_id": ACTIVATION, "activation_code": CODE})
    played = machines.play(check=True, ubuntu={}, redhat={})
    assert played.rc == 0, played.output
    for host in (machines.ubuntu, machines.redhat):
        assert "install, init" in played.task("Say what is to do", host.name).message
        assert not (host.root / "usr/local/bin/nodeadm").exists()
        assert not (host.root / "etc/nodeadm").exists()
        assert runs(host) == []


def test_what_can_not_join_is_told_before_anything_is_changed(machines: Machines) -> None:
    stranger = machines.authority.issue("dgx-99", valid_from=-30, days=10)
    played = machines.play(
        ubuntu={"eks_hybrid_node_endpoints": ["mirror:8000", "mirror:9", "mirror:10"]},
        dgx_os=certificate_of(Pair(stranger.certificate, machines.pairs["dgx-02"].private_key)),
        redhat={"eks_hybrid_node_nodeadm_sha256": "0" * 64},
    )
    silent = complaints(played, machines.ubuntu.name)
    assert "dgx-01 does not reach mirror:9, mirror:10 directly" in silent
    assert "eks_hybrid_node_endpoints" in silent
    refused = complaints(played, machines.dgx_os.name)
    assert "its CN is 'dgx-99', the Node's name is 'dgx-02'" in refused
    assert "it expired at " in refused
    assert "the private key beside it belongs to another certificate" in refused
    assert not (machines.dgx_os.root / "etc/iam").exists()
    assert "did not match" in complaints(played, machines.redhat.name)
    assert not (machines.redhat.root / "usr/local/bin/nodeadm").exists()
    assert machines.pairs["dgx-02"].private_key.splitlines()[1] not in played.output


def test_failures_on_the_way_leave_a_host_that_can_go_on(machines: Machines) -> None:
    machines.ubuntu.double.fail("nodeadm", "init-fails")
    machines.redhat.double.fail("nodeadm", "activation-expired")
    vendor = machines.dgx_os.read(VENDOR)
    machines.dgx_os.write(VENDOR, "Amazon EC2\n")
    played = machines.play(ubuntu={}, dgx_os={}, redhat={})
    machines.dgx_os.write(VENDOR, vendor)

    assert "nodeadm init ended with 1 on dgx-01" in complaints(played, machines.ubuntu.name)
    assert "AccessDeniedException" in complaints(played, machines.ubuntu.name)
    assert "dgx-02 is an EC2 instance" in complaints(played, machines.dgx_os.name)
    assert "role eks_ec2_node joins it" in complaints(played, machines.dgx_os.name)
    assert "SSM activation expired" in complaints(played, machines.redhat.name)
    assert "`pulumi up` makes a new one" in complaints(played, machines.redhat.name)
    assert CODE not in played.output
    machines.ubuntu.double.heal()
    machines.redhat.double.heal()


def test_a_secret_that_is_not_the_exports_is_named(machines: Machines) -> None:
    other = export(hybrid=SSM | {"activation_secret_name": "llm-platform-lab/none"})
    missing = complaints(machines.play(redhat={"platform": other}), machines.redhat.name)
    assert "The secret llm-platform-lab/none in us-east-1 holds no activation" in missing
    assert "secretsmanager:GetSecretValue" in missing


def test_they_join_and_one_whose_kubelet_stays_silent_is_told(machines: Machines) -> None:
    with kubelets(machines.cluster, machines.ubuntu, machines.redhat):
        played = machines.play(ubuntu={}, dgx_os={"cluster_node_timeout": 2}, redhat={})
    assert complaints(played, machines.ubuntu.name) + complaints(played, machines.redhat.name) == "", played.output
    silent = complaints(played, machines.dgx_os.name)
    assert "dgx-02 has not joined the cluster after 2 s" in silent
    assert "kubelet has not registered it" in silent
    assert "journalctl -u kubelet" in silent
    assert "expires in 18 days" in played.task("Warn before the certificate expires", "dgx-01").message

    for name in ("dgx-01", machines.registered_name):
        node = machines.cluster.node(name)
        assert node["metadata"]["labels"].items() >= {**LABELS, "eks.amazonaws.com/compute-type": "hybrid"}.items()
        taints = [(taint["key"], taint["value"], taint["effect"]) for taint in node["spec"]["taints"]]
        assert taints == [("nvidia.com/gpu", "training", "NoSchedule")]
    for host in (machines.ubuntu, machines.dgx_os, machines.redhat):
        assert faults(host.read(CONFIG)) == []
        assert (host.root / CONFIG[1:]).stat().st_mode & 0o777 == 0o600
    assert (machines.ubuntu.root / "etc/iam/pki/current/server.key").stat().st_mode & 0o777 == 0o600


def test_a_kubelet_whose_node_is_not_in_the_cluster_is_left_alone(machines: Machines) -> None:
    """Perhaps another cluster was asked, and pods run there."""
    changed = {"eks_hybrid_node_kubelet_config": {"maxPods": 60}}
    before = runs(machines.dgx_os)
    played = machines.play(dgx_os=changed)
    told = complaints(played, machines.dgx_os.name)
    assert "is not in the cluster that was asked, though kubelet runs (is the kube context right?)" in told
    assert "eks_hybrid_node_change_allowed is False" in told
    assert runs(machines.dgx_os) == before

    machines.dgx_os.run("systemctl stop kubelet")
    half_joined = machines.play(check=True, dgx_os=changed)
    machines.dgx_os.run("systemctl start kubelet")
    assert half_joined.rc == 0, half_joined.output


def test_the_activation_code_is_kept_nowhere(machines: Machines) -> None:
    """What stays can still be given to `nodeadm upgrade`, which refuses a configuration without a code."""
    search = f"grep -rlF '{CODE}' /etc /var /opt /root /home /run /tmp 2>/dev/null"
    assert machines.redhat.run(search).stdout == ""
    assert spec_of(machines.redhat.read(CONFIG))["hybrid"]["ssm"]["activationId"] == ACTIVATION


def test_a_second_run_changes_nothing(machines: Machines) -> None:
    before = [runs(host) for host in (machines.ubuntu, machines.dgx_os, machines.redhat)]
    with kubelets(machines.cluster, machines.dgx_os):
        played = machines.play(ubuntu={}, dgx_os={}, redhat={})
    assert (played.rc, played.changed()) == (0, []), played.output
    assert [runs(host) for host in (machines.ubuntu, machines.dgx_os, machines.redhat)] == before
