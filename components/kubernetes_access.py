"""How the program reaches the cluster: a Kubernetes provider that asks AWS for a token each time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes


@dataclass(frozen=True, kw_only=True)
class KubernetesAccessArgs:
    """What reaching the cluster needs."""

    cluster_name: pulumi.Input[str]
    region: str
    endpoint: pulumi.Input[str]
    certificate_authority_data: pulumi.Input[str]
    """The endpoint's certificate authority in base64, as EKS hands it out."""
    after: Sequence[pulumi.Resource]
    """The cluster with its access entries: before them EKS knows the caller but lets it do nothing."""


class KubernetesAccess(pulumi.ComponentResource):
    """Kubernetes provider whose kubeconfig holds a command and no credential, so that none is in the state.

    Whoever runs the program needs the AWS CLI, a way to the endpoint, and an access entry that administers the
    cluster (`cluster.access` of the stack file): EKS gives the cluster's creator nothing by itself.
    """

    provider: kubernetes.Provider

    def __init__(self, name: str, args: KubernetesAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:kubernetes_access:KubernetesAccess", name, None, opts)
        region = args.region
        self.provider = kubernetes.Provider(
            f"{name}-provider",
            kubeconfig=pulumi.Output.all(args.cluster_name, args.endpoint, args.certificate_authority_data).apply(
                lambda known: kubeconfig(known[0], region, known[1], known[2])
            ),
            # Another endpoint or certificate is the same cluster: without this the provider, and with it every
            # Kubernetes resource, would be replaced.
            cluster_identifier=args.cluster_name,
            enable_server_side_apply=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.register_outputs({})


def kubeconfig(cluster_name: str, region: str, endpoint: str, certificate_authority_data: str) -> str:
    """Kubeconfig, as JSON, that gets its token from `aws eks get-token`.

    https://docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html
    """
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster_name,
                    "cluster": {"server": endpoint, "certificate-authority-data": certificate_authority_data},
                }
            ],
            "users": [
                {
                    "name": cluster_name,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "aws",
                            "args": ["--region", region, "eks", "get-token", "--cluster-name", cluster_name],
                            "interactiveMode": "Never",
                        }
                    },
                }
            ],
            "contexts": [{"name": cluster_name, "context": {"cluster": cluster_name, "user": cluster_name}}],
            "current-context": cluster_name,
        },
        sort_keys=True,
    )
