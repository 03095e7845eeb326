"""The service account of a workload: what its pods run as, and AWS knows them by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs


def service_account(
    name: str,
    *,
    account: str,
    namespace: str,
    labels: Mapping[str, str],
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource],
) -> ServiceAccount:
    """Return the resource `name`: the service account `account`, which stands before its release's pods ask for it."""
    return ServiceAccount(
        name,
        metadata=ObjectMetaArgs(name=account, namespace=namespace, labels=dict(labels)),
        # Nothing that runs as one asks the Kubernetes API; Pod Identity mounts its own token.
        automount_service_account_token=False,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
    )
