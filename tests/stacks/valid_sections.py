"""A small stack file without a fault, as parsed sections, in which the tests change one thing."""

from __future__ import annotations

import copy
import re
from typing import Any

REMOVED = object()
"""Stands in a change for a key that is taken out."""

_SECTIONS: dict[str, Any] = {
    "aws": {"region": "us-east-1", "account_id": "222233334444"},
    "ownership": {
        "environment": "staging",
        "team": "ml-platform",
        "cost_centre": "ml-2000",
        "data_classification": "internal",
        "tags": {"repository": "llm-platform"},
    },
    "network": {
        "vpc_cidr": "10.30.0.0/16",
        "zones": ["us-east-1a", "us-east-1b"],
        "nat": "single",
        "interface_endpoints": ["ecr.api", "ecr.dkr"],
        "flow_log_retention_days": 30,
    },
    "cluster": {
        "kubernetes_version": "1.35",
        "public_endpoint_cidrs": ["203.0.113.0/24"],
        "log_retention_days": 30,
        "deletion_protection": False,
        "access": [
            {
                "role_arn": "arn:aws:iam::222233334444:role/platform-admin",
                "policy": "AmazonEKSClusterAdminPolicy",
            },
            {
                "role_arn": "arn:aws:iam::222233334444:role/ml-engineer",
                "policy": "AmazonEKSEditPolicy",
                "namespaces": ["serving"],
            },
        ],
    },
    "node_groups": {
        "system": {
            "instance_types": ["m7i.large"],
            "min_nodes": 2,
            "desired_nodes": 2,
            "max_nodes": 4,
            "disk_gib": 50,
            "zones": ["us-east-1a", "us-east-1b"],
        },
        "training": [
            {
                "name": "train-a100",
                "instance_type": "p4d.24xlarge",
                "zone": "us-east-1b",
                "min_nodes": 0,
                "desired_nodes": 0,
                "max_nodes": 2,
                "efa": True,
                "ami_type": "AL2023_x86_64_NVIDIA",
                "disk_gib": 500,
                "capacity": {"kind": "capacity-block", "reservation_id": "cr-0123456789abcdef0"},
            }
        ],
        "inference": [
            {
                "name": "serve-l4",
                "instance_types": ["g6.xlarge"],
                "zones": ["us-east-1a", "us-east-1b"],
                "min_nodes": 1,
                "desired_nodes": 1,
                "max_nodes": 6,
                "ami_type": "AL2023_x86_64_NVIDIA",
                "disk_gib": 200,
            }
        ],
        "spot": [
            {
                "name": "spot-serve",
                "instance_types": ["g6.xlarge", "g5.xlarge", "g6e.xlarge"],
                "zones": ["us-east-1a", "us-east-1b"],
                "min_nodes": 0,
                "desired_nodes": 1,
                "max_nodes": 8,
                "ami_type": "AL2023_x86_64_NVIDIA",
                "disk_gib": 200,
                "on_demand_floor": {"group": "serve-l4", "min_nodes": 1},
            }
        ],
    },
    "dedicated_hosts": [
        {
            "name": "host-g5",
            "instance_type": "g5.48xlarge",
            "pool": "training",
            "zone": "us-east-1a",
            "hosts": 1,
            "instances_per_host": 1,
            "auto_placement": False,
            "host_recovery": False,
            "ami_id": "ami-0123456789abcdef0",
            "root_volume_gib": 200,
        }
    ],
    "hybrid_nodes": {
        "credential_provider": "iam-roles-anywhere",
        "certificate_authority": {
            "private_ca_arn": (
                "arn:aws:acm-pca:us-east-1:222233334444:certificate-authority/0f3c1d52-5a6b-4c7d-8e9f-a0b1c2d3e4f5"
            )
        },
        "remote_node_networks": ["192.168.10.0/24"],
        "remote_pod_networks": ["172.29.0.0/16"],
        "groups": [
            {"name": "dgx-train", "machine": "dgx-h100", "hosts": ["dgx-01", "dgx-02"], "pool": "training"},
            {
                "name": "dgx-serve",
                "machine": "dgx-a100",
                "hosts": ["dgx-03"],
                "pool": "inference",
                "mig_layout": "all-1g.10gb",
            },
        ],
    },
    "gpu_hosts": {"version_set": "2026-11"},
    "storage": {
        "retained": True,
        "noncurrent_version_days": 30,
        "checkpoint_expiry_days": 30,
        "audit_lock_days": 30,
        "repositories": ["serving/vllm", "training/trainer"],
        "untagged_expiry_days": 7,
        "kept_images": 30,
        "pull_through": [{"prefix": "quay", "upstream": "quay.io"}],
        "scratch": {"capacity_gib": 2400, "throughput_mbps_per_tib": 125, "zone": "us-east-1b"},
    },
    "burst_endpoint": {
        "model_name": "document-batch",
        "image_uri": "222233334444.dkr.ecr.us-east-1.amazonaws.com/serving/vllm:1.0.0",
        "model_data_s3_uri": "s3://llm-platform-staging-models-222233334444-us-east-1/document-batch/model.tar.gz",
        "mode": "asynchronous",
        "instance_type": "ml.g5.2xlarge",
        "max_instances": 4,
    },
    "charts": {
        "gpu_stack_owner": "host",
        "releases": ["prometheus-operator-crds", "karpenter-crd", "karpenter", "nvidia-device-plugin"],
    },
    "namespaces": [
        {
            "name": "serving",
            "team": "ml-platform",
            "workload": "inference",
            "pod_security": "restricted",
            "quota": {"gpus": 8, "cpus": 64, "memory_gib": 256, "pods": 50},
            "https_egress": False,
        },
        {
            "name": "training",
            "team": "research",
            "workload": "training",
            "quota": {"gpus": 8, "cpus": 64, "memory_gib": 256, "pods": 50},
        },
    ],
    "node_pools": [
        {
            "name": "system-cpu",
            "pool": "system",
            "instance_types": ["m7i.large", "m7i.xlarge"],
            "zones": ["us-east-1a", "us-east-1b"],
            "max_cpus": 32,
            "ami_version": "v20260715",
            "disk_gib": 50,
            "consolidation": {"policy": "when-underutilized", "after_minutes": 10},
            "expire_after_days": 14,
            "quiet": {"schedule": "0 12 * * mon-fri", "hours": 12},
        },
        {
            "name": "serve-1gpu",
            "pool": "inference",
            "instance_types": ["g6.xlarge", "g6.2xlarge"],
            "zones": ["us-east-1a", "us-east-1b"],
            "max_gpus": 8,
            "ami_version": "v20260715",
            "disk_gib": 200,
        },
        {
            "name": "spot-1gpu",
            "pool": "spot",
            "instance_types": ["g6.xlarge", "g5.xlarge", "g6e.xlarge"],
            "zones": ["us-east-1a", "us-east-1b"],
            "max_gpus": 8,
            "ami_version": "v20260715",
            "disk_gib": 200,
        },
        {
            "name": "train-4gpu",
            "pool": "training",
            "instance_types": ["g6.12xlarge"],
            "zones": ["us-east-1b"],
            "max_gpus": 8,
            "ami_family": "al2023",
            "ami_version": "v20260715",
            "disk_gib": 200,
            "approval": {"by": "platform board", "until": "2027-11-30"},
        },
    ],
    "policies": {
        "levels": {"keys-rotate": "advisory"},
        "configuration": {"gpu-ceiling": {"max_gpus": 64}},
        "exemptions": [
            {
                "policy": "keys-rotate",
                "resource": "keys-logs",
                "owner": "ml-platform",
                "reason": "the key is replaced in June",
                "expires": "2027-06-30",
            }
        ],
    },
}


def valid_sections() -> dict[str, Any]:
    """A copy that may be changed."""
    return copy.deepcopy(_SECTIONS)


def changed_sections(changes: dict[str, Any]) -> dict[str, Any]:
    """The valid sections with `changes` by key path: {"node_groups.spot[0].min_nodes": 3}."""
    sections = valid_sections()
    for path, value in changes.items():
        steps: list[Any] = [int(step) if step.isdecimal() else step for step in re.findall(r"[^.\[\]]+", path)]
        place: Any = sections
        for step in steps[:-1]:
            place = place[step]
        if value is REMOVED:
            del place[steps[-1]]
        elif isinstance(place, list) and steps[-1] == len(place):
            place.append(copy.deepcopy(value))
        else:
            place[steps[-1]] = copy.deepcopy(value)
    return sections
