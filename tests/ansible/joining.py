"""What hosts of the lab are told when they join: the platform's export, and where programs and certificates are."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping
from typing import Any, Final

import yaml

from tests.ansible.certificates import Pair
from tests.ansible.control_plane import Cluster
from tests.ansible.lab.host import Host
from tests.ansible.lab.host_files import HostDescription
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.package_repository import URL
from tests.ansible.lab.platform_export import platform_export
from tests.ansible.lab.play import Played

ACTIVATION: Final = "11111111-2222-3333-4444-555555555555"
CODE: Final = "the-code-of-the-activation"
SECRET: Final = "llm-platform-lab/hybrid-nodes/activation"
EXPORT: Final = platform_export(
    [
        HostDescription("dgx-01", "Ubuntu-24.04", "dgx-h100", address="10.80.0.11", mirror="", public_key=""),
        HostDescription("host-a10g-0", "Ubuntu-22.04", "g5.48xlarge", address="10.80.0.21", mirror="", public_key=""),
    ]
)
REGION: Final[str] = EXPORT["region"]
LABELS: Final[dict[str, str]] = EXPORT["groups"]["dgx"]["labels"]
TAINTS: Final[list[dict[str, str]]] = EXPORT["groups"]["dgx"]["taints"]
ARNS: Final = {"trustAnchorArn": "trust_anchor_arn", "profileArn": "profile_arn", "roleArn": "role_arn"}
SSM: Final[dict[str, Any]] = {
    "credential_provider": "ssm",
    "trust_anchor_arn": None,
    "profile_arn": None,
    "activation_id": ACTIVATION,
    "activation_secret_name": SECRET,
}

IDLE_CONTAINERD: Final = """\
printf '#!/bin/sh\\nexec sleep infinity\\n' > /usr/bin/containerd && chmod 755 /usr/bin/containerd
printf '[Service]\\nExecStart=/usr/bin/containerd\\n' > /etc/systemd/system/containerd.service
"""
BY_HAND: Final = f"""\
curl -sf {URL}/files/releases/v1.0.20/bin/linux/amd64/nodeadm -o /usr/local/bin/nodeadm
chmod 755 /usr/local/bin/nodeadm
nodeadm install 1.34 --credential-provider PROVIDER --containerd-source none
nodeadm init --config-source file:///etc/nodeadm/node-config.yaml
"""


def export(
    *, version: str = "1.34", labels: dict[str, str] | None = None, hybrid: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return an export; `hybrid` replaces fields of its section on machines on premises."""
    made = copy.deepcopy(EXPORT)
    made["cluster"]["kubernetes_version"] = version
    made["hybrid_nodes"] |= hybrid or {}
    made["groups"]["dgx"]["labels"] = {**LABELS, **(labels or {})}
    return made


def variables(lab: Lab, cluster: Cluster, platform: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a host's variables beside what the lab's inventory says."""
    return {
        "platform": platform or export(),
        "eks_hybrid_node_nodeadm_url": f"{URL}/files/releases/v1.0.20/bin/linux/amd64/nodeadm",
        "eks_hybrid_node_nodeadm_sha256": digest(lab, "releases/v1.0.20/bin/linux/amd64/nodeadm"),
        "eks_hybrid_node_endpoints": ["mirror:8000"],
        "cluster_node_timeout": 120,
        "cluster_node_interval": 1,
        **cluster.variables,
        **more,
    }


def play_role(
    lab: Lab,
    role: str,
    hosts: Mapping[Host, Mapping[str, Any]],
    *,
    check: bool = False,
    settings: Mapping[str, str] | None = None,
) -> Played:
    """Play one role on hosts that have each their own variables."""
    inventory = lab.inventory(hosts, per_host={host.name: own for host, own in hosts.items()})
    content = {"name": f"Role {role}", "hosts": "all", "gather_facts": False, "become": True, "roles": [role]}
    playbook = inventory.with_name("play.yml")
    playbook.write_text(yaml.safe_dump([content]))
    return lab.play(playbook, inventory, *(["--check"] if check else []), settings=settings)


def certificate_of(pair: Pair) -> dict[str, str]:
    """Return the variables that give a host its first certificate."""
    return {"eks_hybrid_node_certificate": pair.certificate, "eks_hybrid_node_private_key": pair.private_key}


def digest(lab: Lab, file: str) -> str:
    """Return the SHA-256 of one of the repository's files."""
    return hashlib.sha256((lab.repository.folder / "files" / file).read_bytes()).hexdigest()


def roles_anywhere(name: str) -> dict[str, Any]:
    """Return a NodeConfig's section for a host with a certificate."""
    arns = {key: EXPORT["hybrid_nodes"][name] for key, name in ARNS.items()}
    return {"iamRolesAnywhere": {"nodeName": name, **arns}}


def join_by_hand(host: Host, hybrid: Mapping[str, Any], containerd: str = IDLE_CONTAINERD) -> None:
    """Join a host as people do without the role."""
    spec = {"cluster": {"name": "llm-platform-lab", "region": REGION}, "hybrid": dict(hybrid)}
    document = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}
    host.write("/etc/nodeadm/node-config.yaml", yaml.safe_dump(document), 0o600)
    provider = "ssm" if "ssm" in hybrid else "iam-ra"
    joined = host.run(f"set -e\n{containerd}\n{BY_HAND.replace('PROVIDER', provider)}", timeout=120)
    assert joined.returncode == 0, joined.stdout + joined.stderr
