"""The platform's export as the lab's inventories have it: what the Pulumi program would say of these hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from typing import Any, Final

from tests.ansible.lab.host_files import HostDescription
from tests.ansible.lab.package_repository import NAME, PORT

LABELS: Final = {"llm-platform/pool": "training", "nvidia.com/gpu.present": "true"}
TAINTS: Final = [{"key": "nvidia.com/gpu", "value": "training", "effect": "NoSchedule"}]
ACCOUNT: Final = "111122223333"
IDENTITY: Final = "11111111-2222-3333-4444-555555555555"


def group_of(host: HostDescription) -> tuple[str, str]:
    """Return the inventory's group of a host, and the export's."""
    dgx = host.machine.startswith("dgx-")
    return ("dgx", "dgx") if dgx else ("dedicated_hosts", "dedicated")


def platform_export(hosts: Iterable[HostDescription]) -> dict[str, Any]:
    """Return an export in which each host has its group; hosts of one kind are of one machine."""
    groups: dict[str, dict[str, Any]] = {}
    known = list(hosts)
    for host in known:
        inventory_group, name = group_of(host)
        group = groups.setdefault(name, _group(inventory_group, host.machine))
        if inventory_group == "dgx":
            group["hosts"].append(host.name)
    return {
        "format": 1,
        "environment": "lab",
        "region": "us-east-1",
        "account_id": ACCOUNT,
        "cluster": {
            "name": "llm-platform-lab",
            "kubernetes_version": "1.34",
            "endpoint": f"https://{NAME}:{PORT}",
            "certificate_authority_data": "LS0tLS1CRUdJTg==",
            "service_cidr": "172.20.0.0/16",
            "network": "10.40.0.0/16",
        },
        "gpu_stack_owner": "host",
        "gpu_exporter": "host",
        "version_set": "2026-11",
        "groups": groups,
        "hybrid_nodes": _hybrid_nodes(sorted({f"{ip_network(f'{host.address}/24', strict=False)}" for host in known})),
    }


def _group(inventory_group: str, machine: str) -> dict[str, Any]:
    dgx = inventory_group == "dgx"
    return {
        "kind": "dgx" if dgx else "dedicated-host",
        "machine": machine,
        "labels": LABELS,
        "taints": TAINTS,
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/gpu-hosts",
        "host_ids": [] if dgx else ["h-0123456789abcdef0"],
        "instance_ids": [] if dgx else ["i-0123456789abcdef0"],
        "hosts": [],
        "mig_layout": None,
    }


def _hybrid_nodes(networks: list[str]) -> Mapping[str, Any]:
    anchors = f"arn:aws:rolesanywhere:us-east-1:{ACCOUNT}"
    return {
        "credential_provider": "iam-roles-anywhere",
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/hybrid-nodes",
        "trust_anchor_arn": f"{anchors}:trust-anchor/{IDENTITY}",
        "profile_arn": f"{anchors}:profile/{IDENTITY}",
        "activation_id": None,
        "activation_secret_name": None,
        "remote_node_networks": networks,
        "remote_pod_networks": ["10.81.0.0/16"],
    }
