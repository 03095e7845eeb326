"""Instances on dedicated hosts that join as self-managed nodes: where they run is checked, and who joins them chosen.

nodeadm (Amazon Linux 2023's) and bootstrap.sh (Ubuntu's image) come with the image; here they are scripts that leave
behind what the real ones do.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
import yaml

from tests.ansible.control_plane import Cluster
from tests.ansible.joining import EXPORT, LABELS, play_role, variables
from tests.ansible.kubelet import kubelets
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played

pytestmark = pytest.mark.xdist_group("hosts-joining")

HOST_ID = EXPORT["groups"]["dedicated"]["host_ids"][0]
NAME = "ip-10-0-1-5.ec2.internal"
CALLS = "/var/lib/gpu-double/joins"
JOINS = f"""\
#!/bin/sh
# Stands in for the image's program: joins, and says how it was called.
[ "$1 $2" = "config check" ] && exec grep -q "^kind: NodeConfig$" "${{4#file://}}"
echo "$(basename "$0") $*" >> {CALLS}
mkdir -p /var/lib/kubelet /etc/eks/kubelet
touch /var/lib/kubelet/kubeconfig
said=$(cat "${{3#file://}}" 2>/dev/null || echo "$*")
flags=$(echo "$said" | grep -oE -- '--(node-labels|register-with-taints)=[^" ]*')
echo "NODEADM_KUBELET_ARGS=\\"--hostname-override={NAME} $(echo $flags)\\"" > /etc/eks/kubelet/environment
systemctl start kubelet
"""


@pytest.fixture(scope="module")
def host(lab: Lab, control_plane_of_playbooks: Cluster) -> Generator[Host]:
    """An instance of an image for EKS."""
    host = lab.host("Ubuntu-22.04", name="host-a10g-0", machine="g5.48xlarge")
    host.write("/etc/systemd/system/kubelet.service", "[Service]\nExecStart=/bin/sleep infinity\n")
    host.write("/usr/bin/nodeadm", JOINS, 0o755)
    host.write("/etc/eks/bootstrap.sh", JOINS, 0o755)
    with kubelets(control_plane_of_playbooks, host):
        yield host
    lab.stop(host)
    control_plane_of_playbooks.clear()


def play(lab: Lab, cluster: Cluster, host: Host, *, check: bool = False, **more: Any) -> Played:
    own = variables(lab, cluster, kubernetes_node_name=NAME, **{"host_id": HOST_ID, **more})
    return play_role(lab, "eks_ec2_node", {host: own}, check=check)


def calls(host: Host) -> list[str]:
    """Return how the image's programs were called."""
    return host.read(CALLS).splitlines() if (host.root / CALLS[1:]).exists() else []


def test_a_machine_that_is_not_ec2_s_is_sent_to_the_other_role(
    lab: Lab, control_plane_of_playbooks: Cluster, host: Host
) -> None:
    vendor = "/var/lib/gpu-double/dmi/sys_vendor"
    host.write(vendor, "NVIDIA\n")
    played = play(lab, control_plane_of_playbooks, host)
    host.write(vendor, "Amazon EC2\n")
    assert "is a machine of kind other, not an EC2 instance" in played.messages
    assert "role eks_hybrid_node joins it" in played.messages


def test_an_instance_elsewhere_than_its_group_is_told(
    lab: Lab, control_plane_of_playbooks: Cluster, host: Host
) -> None:
    played = play(lab, control_plane_of_playbooks, host, host_id="h-0fedcba9876543210")
    assert f"runs on h-0fedcba9876543210; its group has {HOST_ID}" in played.messages
    assert "host recovery" in played.messages


def test_user_data_that_did_not_join_is_told(lab: Lab, control_plane_of_playbooks: Cluster, host: Host) -> None:
    played = play(lab, control_plane_of_playbooks, host, eks_ec2_node_bootstrap="user_data")
    assert "its user data did not join it" in played.messages
    assert "cloud-init status" in played.messages
    assert calls(host) == []


def test_nodeadm_joins_once(lab: Lab, control_plane_of_playbooks: Cluster, host: Host) -> None:
    first = play(lab, control_plane_of_playbooks, host, eks_ec2_node_bootstrap="nodeadm")
    assert first.rc == 0, first.output
    document = yaml.safe_load(host.read("/etc/eks/nodeadm/node-config.yaml"))
    assert document["spec"]["cluster"] == {
        "name": "llm-platform-lab",
        "apiServerEndpoint": "https://mirror:8000",
        "certificateAuthority": "LS0tLS1CRUdJTg==",
        "cidr": "172.20.0.0/16",
    }
    assert (host.root / "etc/eks/nodeadm/node-config.yaml").stat().st_mode & 0o777 == 0o600
    node = control_plane_of_playbooks.node(NAME)
    assert node["metadata"]["labels"].items() >= LABELS.items()
    assert [taint["value"] for taint in node["spec"]["taints"]] == ["training"]

    second = play(lab, control_plane_of_playbooks, host, eks_ec2_node_bootstrap="nodeadm")
    assert (second.rc, second.changed()) == (0, []), second.output
    assert calls(host) == ["nodeadm init --config-source file:///etc/eks/nodeadm/node-config.yaml"]


def test_a_joined_instance_is_not_bootstrapped_again_under_its_pods(
    lab: Lab, control_plane_of_playbooks: Cluster, host: Host
) -> None:
    refused = play(lab, control_plane_of_playbooks, host, eks_ec2_node_bootstrap="bootstrap_sh")
    assert "is not drained, and eks_ec2_node_change_allowed is False" in refused.messages
    stranger = play(
        lab,
        control_plane_of_playbooks,
        host,
        eks_ec2_node_bootstrap="bootstrap_sh",
        eks_ec2_node_name="ip-10-9-9-9.ec2.internal",
    )
    assert "ip-10-9-9-9.ec2.internal is not in the cluster that was asked, though kubelet runs" in stranger.messages
    assert len(calls(host)) == 1
    control_plane_of_playbooks.api.patch("Node", "v1", NAME, None, {"spec": {"unschedulable": True}})
    cluster = control_plane_of_playbooks
    joined = play(lab, cluster, host, eks_ec2_node_bootstrap="bootstrap_sh", eks_ec2_node_change_allowed=True)
    assert joined.rc == 0, joined.output
    assert calls(host)[-1].startswith("bootstrap.sh llm-platform-lab --apiserver-endpoint https://mirror:8000 ")
    assert "--register-with-taints=nvidia.com/gpu=training:NoSchedule" in calls(host)[-1]

    verified = play(lab, control_plane_of_playbooks, host, eks_ec2_node_bootstrap="user_data")
    assert (verified.rc, verified.changed()) == (0, []), verified.output
    assert len(calls(host)) == 2
