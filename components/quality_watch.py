"""The watch over a served model's quality: one release of charts/quality, with a service account of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v3 import Release

from components.bucket_prefix_policy import BucketPrefixes, bucket_prefix_statements
from components.helm_release import first_party_release
from components.naming import TEAM_LABEL, label_value
from components.pod_identity import PodIdentity, PodIdentityArgs
from components.policy_statement import document
from components.service_account import service_account


@dataclass(frozen=True, kw_only=True)
class QualityWatchArgs:
    """What one watch needs."""

    release: str
    """Name of the release and of the service account of its pod."""
    team: str
    namespace: str
    chart: str
    """Path of the chart, relative to the program's working directory."""
    chart_digest: str
    values: Mapping[str, Any]
    """Values over the chart's own, but for the service account."""
    cluster_name: pulumi.Input[str]
    account_id: str
    buckets: Mapping[str, BucketPrefixes]
    """What the pod may use of the buckets, by a name that stays."""
    after: Sequence[pulumi.Resource]
    """What must stand first: the namespace, releases whose custom resources the chart uses."""


class QualityWatch(pulumi.ComponentResource):
    """Service account, the permission to read answers and labels and to write results, and the release."""

    release: Release
    role_arn: pulumi.Output[str]
    """Role of the pod."""

    def __init__(self, name: str, args: QualityWatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:quality_watch:QualityWatch", name, None, opts)
        account = service_account(
            f"{name}-account",
            account=args.release,
            namespace=args.namespace,
            labels={TEAM_LABEL: label_value(args.team)},
            parent=self,
            after=args.after,
        )
        identity = PodIdentity(
            name,
            PodIdentityArgs(
                cluster_name=args.cluster_name,
                account_id=args.account_id,
                namespace=args.namespace,
                service_account=args.release,
                policies={label: document(bucket_prefix_statements(part)) for label, part in args.buckets.items()},
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.role_arn = identity.role_arn
        self.release = first_party_release(
            f"{name}-release",
            release=args.release,
            namespace=args.namespace,
            chart=args.chart,
            chart_digest=args.chart_digest,
            values={**args.values, "serviceAccountName": args.release},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.after, account, identity.association]),
        )
        self.register_outputs({"roleArn": self.role_arn})
