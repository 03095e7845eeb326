"""An export of the program as tests change it: dedicated hosts and DGX systems of prod."""

from __future__ import annotations

import copy
from typing import Any

ROLE = "arn:aws:iam::333344445555:role/nodes"
DGX_LABELS = {
    "llm-platform/capacity": "on-premises",
    "llm-platform/pool": "training",
    "node.kubernetes.io/instance-type": "dgx-h100",
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.product": "H100",
}
TAINTS = [{"key": "nvidia.com/gpu", "value": "training", "effect": "NoSchedule"}]

EXPORT: dict[str, Any] = {
    "format": 1,
    "environment": "prod",
    "region": "us-east-1",
    "account_id": "333344445555",
    "cluster": {
        "name": "llm-platform-prod",
        "kubernetes_version": "1.35",
        "endpoint": "https://cluster.example",
        "certificate_authority_data": "Y2E=",
        "service_cidr": "172.20.0.0/16",
        "network": "10.40.0.0/16",
    },
    "gpu_stack_owner": "host",
    "gpu_exporter": "host",
    "version_set": "2026-11",
    "groups": {
        "host-a10g": {
            "kind": "dedicated-host",
            "machine": "g5.48xlarge",
            "labels": {"nvidia.com/gpu.product": "A10G"},
            "taints": TAINTS,
            "role_arn": ROLE,
            "host_ids": ["h-0123456789abcdef0"],
            "instance_ids": ["i-0123456789abcdef0"],
            "hosts": [],
            "mig_layout": None,
        },
        "dgx-train": {
            "kind": "dgx",
            "machine": "dgx-h100",
            "labels": DGX_LABELS,
            "taints": TAINTS,
            "role_arn": ROLE,
            "host_ids": [],
            "instance_ids": [],
            "hosts": ["dgx-01", "dgx-02"],
            "mig_layout": None,
        },
    },
    "hybrid_nodes": {
        "credential_provider": "iam-roles-anywhere",
        "role_arn": ROLE,
        "trust_anchor_arn": "arn:aws:rolesanywhere:us-east-1:333344445555:trust-anchor/1",
        "profile_arn": "arn:aws:rolesanywhere:us-east-1:333344445555:profile/1",
        "activation_id": None,
        "activation_secret_name": None,
        "remote_node_networks": ["10.200.0.0/24"],
        "remote_pod_networks": [],
    },
}


def export(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the export with values at dotted paths changed."""
    changed = copy.deepcopy(EXPORT)
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        place: Any = changed
        for key in parents:
            place = place[key]
        place[last] = value
    return changed


DGX = {"gpu_machine": "dgx-h100", "gpu_host_group": "dgx-train"}
HOSTS: dict[str, dict[str, Any]] = {
    "dgx": {
        "dgx-01": {**DGX, "ansible_host": "10.200.0.11"},
        "dgx-02": {**DGX, "ansible_host": "10.200.0.12"},
    },
    "dedicated_hosts": {
        "host-a10g-0-0": {
            "ansible_host": "10.40.0.4",
            "gpu_machine": "g5.48xlarge",
            "gpu_host_group": "host-a10g",
            "gpu_model": "A10G",
            "host_id": "h-0123456789abcdef0",
            "instance_id": "i-0123456789abcdef0",
            "kubernetes_node_name": "ip-10-40-0-4.ec2.internal",
        }
    },
}
"""The hosts of it, by group of the inventory."""
