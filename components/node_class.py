"""How Karpenter starts a machine on EC2: image, disks, network, identity, as the spec of an EC2NodeClass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from components.launch_volumes import BOTTLEROCKET_SYSTEM_GIB

API_VERSION = "karpenter.k8s.aws/v1"
KIND = "EC2NodeClass"

AmiFamily = Literal["al2023", "bottlerocket"]

# Tags that Karpenter sets itself; its CRD refuses them.
_KARPENTERS_TAGS = (
    "eks:eks-cluster-name",
    "karpenter.k8s.aws/ec2nodeclass",
    "karpenter.sh/nodeclaim",
    "karpenter.sh/nodepool",
    "kubernetes.io/cluster",
)


@dataclass(frozen=True, kw_only=True)
class NodesToStart:
    """What all machines that Karpenter starts for a cluster have alike."""

    instance_profile: pulumi.Input[str]
    """Of the nodes' role, which has an access entry (components/karpenter_roles.py)."""
    security_group_id: pulumi.Input[str]
    """The cluster's own group, by id: EKS makes it, without a tag that a selector could find."""
    volumes_key_arn: pulumi.Input[str]
    tags: Mapping[str, str]
    """The provider's default tags don't reach what Karpenter starts, so they come again here."""
    after: Sequence[pulumi.Resource]
    """Karpenter's release, whose CRDs and webhooks the objects need."""

    def __post_init__(self) -> None:
        """Refuse tags that Karpenter's CRD refuses."""
        for key in self.tags:
            if key.startswith(_KARPENTERS_TAGS):
                raise ValueError(f"tag {key}: Karpenter sets it itself")


@dataclass(frozen=True, kw_only=True)
class NodeClassArgs:
    """What the machines of one pool have of their own."""

    nodes: NodesToStart
    subnet_ids: Sequence[pulumi.Input[str]]
    """By id, so that an adopted network serves too, whose subnets carry no tag of ours."""
    ami_family: AmiFamily
    ami_version: str
    """Release of the family's image, or `latest`: then machines drift to each new one."""
    disk_gib: int
    max_pods: int
    """Karpenter counts addresses as if there were no prefix delegation, which this cluster has."""
    local_disks: bool
    """Every type has NVMe disks of its own: images, pods and weights then live on those."""


def node_class_spec(args: NodeClassArgs) -> dict[str, Any]:
    """Spec of the EC2NodeClass. https://karpenter.sh/docs/concepts/nodeclasses/"""
    spec: dict[str, Any] = {
        # The family's alias brings the image with the driver of each type's GPU, for the cluster's own version.
        "amiSelectorTerms": [{"alias": f"{args.ami_family}@{args.ami_version}"}],
        "instanceProfile": args.nodes.instance_profile,
        "subnetSelectorTerms": [{"id": subnet_id} for subnet_id in args.subnet_ids],
        "securityGroupSelectorTerms": [{"id": args.nodes.security_group_id}],
        "blockDeviceMappings": _block_devices(args),
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            # One hop: pods can't reach the node's role, they have Pod Identity.
            "httpPutResponseHopLimit": 1,
        },
        "detailedMonitoring": True,
        "kubelet": {"maxPods": args.max_pods},
        "tags": dict(args.nodes.tags),
    }
    if args.local_disks:
        spec["instanceStorePolicy"] = "RAID0"
    return spec


def _block_devices(args: NodeClassArgs) -> list[dict[str, Any]]:
    """Encrypted gp3 on each device of the family, as components/launch_volumes.py has it for managed groups."""
    sizes = {"/dev/xvda": args.disk_gib}
    if args.ami_family == "bottlerocket":
        sizes = {"/dev/xvda": BOTTLEROCKET_SYSTEM_GIB, "/dev/xvdb": args.disk_gib}
    return [
        {
            "deviceName": device,
            "ebs": {
                "volumeSize": f"{gib}Gi",
                "volumeType": "gp3",
                "encrypted": True,
                "kmsKeyID": args.nodes.volumes_key_arn,
                "deleteOnTermination": True,
            },
        }
        for device, gib in sizes.items()
    ]
