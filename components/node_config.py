"""Configuration of a self-managed EC2 node: what EKS's image reads from the user data when it first boots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import yaml

from components.naming import Taint, kubernetes_taint

_BOUNDARY = "llm-platform"


@dataclass(frozen=True, kw_only=True)
class JoinedCluster:
    """The cluster that self-managed nodes join."""

    name: pulumi.Input[str]
    ownership_tag: str
    """Key of the tag by which the cluster knows its machines: `kubernetes.io/cluster/llm-platform-dev`."""
    endpoint: pulumi.Input[str]
    certificate_authority_data: pulumi.Input[str]
    service_cidr: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    after: Sequence[pulumi.Resource] = ()
    """What must stand before a node joins: the cluster with its network add-on."""


def node_user_data(
    cluster: JoinedCluster, *, labels: Mapping[str, str], taints: Sequence[Taint], max_pods: int
) -> pulumi.Output[str]:
    """User data for the `nodeadm` of EKS's AL2023 images, which joins the cluster with these labels and taints.

    Images of others leave the part alone: they don't know its type, and Ansible joins them.
    https://awslabs.github.io/amazon-eks-ami/nodeadm/
    """
    return pulumi.Output.all(
        name=cluster.name,
        endpoint=cluster.endpoint,
        authority=cluster.certificate_authority_data,
        cidr=cluster.service_cidr,
    ).apply(
        lambda known: _multipart(
            {
                "apiVersion": "node.eks.aws/v1alpha1",
                "kind": "NodeConfig",
                "spec": {
                    "cluster": {
                        "name": known["name"],
                        "apiServerEndpoint": known["endpoint"],
                        "certificateAuthority": known["authority"],
                        "cidr": known["cidr"],
                    },
                    "kubelet": {
                        # The image counts addresses as if each pod took one; vpc-cni hands out prefixes.
                        "config": {"maxPods": max_pods},
                        "flags": [f"--node-labels={_joined(labels)}", f"--register-with-taints={_taints(taints)}"],
                    },
                },
            }
        )
    )


def _joined(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _taints(taints: Sequence[Taint]) -> str:
    return ",".join("{key}={value}:{effect}".format(**kubernetes_taint(taint)) for taint in taints)


def _multipart(config: Mapping[str, Any]) -> str:
    return "\n".join(
        (
            "MIME-Version: 1.0",
            f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"',
            "",
            f"--{_BOUNDARY}",
            "Content-Type: application/node.eks.aws",
            "",
            yaml.safe_dump(config, sort_keys=False, width=1000).rstrip(),
            "",
            f"--{_BOUNDARY}--",
            "",
        )
    )
