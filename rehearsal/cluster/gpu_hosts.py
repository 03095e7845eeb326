"""The hosts that Ansible joins, as nodes: instances on dedicated hosts of the emulated account, and DGX systems."""

from __future__ import annotations

import base64
import email
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import yaml

from rehearsal.aws.account import Account
from rehearsal.cluster.node_groups import Machines
from rehearsal.cluster.own_machines import gpu_resources, own_disk_gib

NODE_CONFIG: Final = "application/node.eks.aws"
HYBRID_LABELS: Final = {
    "iam-roles-anywhere": {
        "eks.amazonaws.com/compute-type": "hybrid",
        "eks.amazonaws.com/hybrid-credential-provider": "iam-ra",
    },
    "ssm": {
        "eks.amazonaws.com/compute-type": "hybrid",
        "eks.amazonaws.com/hybrid-credential-provider": "ssm",
    },
}
"""What hybrid nodes' nodeadm adds by itself."""


def gpu_hosts(account: Account, document: object) -> list[Machines]:
    """Return the groups of the stack output `gpu-hosts`, by name; none where it is none, or not known for a fault."""
    if not isinstance(document, Mapping):
        return []
    document = cast("Mapping[str, Any]", document)
    groups = cast("Mapping[str, Mapping[str, Any]]", document["groups"])
    hybrid = cast("Mapping[str, Any]", document["hybrid_nodes"] or {})
    found = [
        _dgx(name, group, hybrid) if group["kind"] == "dgx" else _dedicated(account, name, group)
        for name, group in groups.items()
    ]
    return sorted(found, key=lambda machines: machines.name)


def _dgx(name: str, group: Mapping[str, Any], hybrid: Mapping[str, Any]) -> Machines:
    machine = str(group["machine"])
    return Machines(
        name=name,
        instance_types=(machine,),
        zones=(),
        labels={**group["labels"], **HYBRID_LABELS[str(hybrid["credential_provider"])]},
        taints=tuple(group["taints"]),
        spot=False,
        disk_gib=own_disk_gib(machine),
        desired=len(group["hosts"]),
        maximum=len(group["hosts"]),
        node_names=tuple(group["hosts"]),
        gpu_resources=gpu_resources(machine, group["mig_layout"]),
    )


def _dedicated(account: Account, name: str, group: Mapping[str, Any]) -> Machines:
    """Return the group as its instances stand there: labels and taints are those that their user data says."""
    reservations = account.call("ec2", "describe_instances", InstanceIds=list(group["instance_ids"]))["Reservations"]
    instances = [instance for reservation in reservations for instance in reservation["Instances"]]
    flags = _kubelet_flags(account, str(group["instance_ids"][0]))
    return Machines(
        name=name,
        instance_types=(str(instances[0]["InstanceType"]),),
        zones=tuple(sorted({str(instance["Placement"]["AvailabilityZone"]) for instance in instances})),
        labels=dict(pair.split("=", 1) for pair in _listed(flags, "--node-labels")),
        taints=tuple(_taint(text) for text in _listed(flags, "--register-with-taints")),
        spot=False,
        disk_gib=_root_gib(account, str(group["instance_ids"][0])),
        desired=len(instances),
        maximum=len(instances),
        node_names=tuple(sorted(str(instance["PrivateDnsName"]) for instance in instances)),
        gpu_resources=gpu_resources(str(group["machine"]), group["mig_layout"]),
    )


def _kubelet_flags(account: Account, instance_id: str) -> list[str]:
    answer = account.call("ec2", "describe_instance_attribute", InstanceId=instance_id, Attribute="userData")
    message = email.message_from_bytes(base64.b64decode(answer["UserData"].get("Value") or ""))
    for part in message.walk():
        if part.get_content_type() == NODE_CONFIG:
            config = cast("Mapping[str, Any]", yaml.safe_load(str(part.get_payload())))
            return list(config["spec"]["kubelet"]["flags"])
    return []


def _listed(flags: list[str], name: str) -> Iterator[str]:
    for flag in flags:
        if flag.startswith(f"{name}="):
            yield from flag.removeprefix(f"{name}=").split(",")


def _taint(text: str) -> Mapping[str, str]:
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _root_gib(account: Account, instance_id: str) -> int:
    attached = [{"Name": "attachment.instance-id", "Values": [instance_id]}]
    volumes = account.call("ec2", "describe_volumes", Filters=attached)["Volumes"]
    return int(max(volume["Size"] for volume in volumes))
