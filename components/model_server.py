"""A model that is served: one release of charts/model-server with a service account of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v3 import Release

from components.bucket_prefix_policy import BucketPrefixes, bucket_prefix_statements
from components.helm_release import first_party_release
from components.naming import ENGINE_LABEL, MODEL_LABEL, TEAM_LABEL, label_value
from components.pod_identity import PodIdentity, PodIdentityArgs
from components.policy_statement import document
from components.service_account import service_account


@dataclass(frozen=True, kw_only=True)
class ModelServerArgs:
    """What serving one model needs."""

    model: str
    """Name of the model, of its release and of its service account."""
    engine: str
    team: str
    namespace: str
    chart: str
    """Path of the chart, relative to the program's working directory."""
    chart_digest: str
    """Changes with the chart's files."""
    values: Mapping[str, Any]
    """Values over the chart's own, with `serviceAccountName` the model's name."""
    cluster_name: pulumi.Input[str]
    account_id: str
    weights: BucketPrefixes | None
    """What the pods read of the models bucket; None where their weights come from elsewhere: then no role is made."""
    after: Sequence[pulumi.Resource]
    """What must stand first: the namespace, and releases whose custom resources the chart uses."""

    def __post_init__(self) -> None:
        """Refuse values whose pods would run under another account than the one with the permissions."""
        account = self.values.get("serviceAccountName")
        if account != self.model:
            raise ValueError(f"model {self.model}: values.serviceAccountName is {account!r}, must be the model's name")


class ModelServer(pulumi.ComponentResource):
    """Service account, the permission to read the model's weights and nothing else, and the release."""

    release: Release
    role_arn: pulumi.Output[str] | None
    """Role of the pods, where they have one."""

    def __init__(self, name: str, args: ModelServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:model_server:ModelServer", name, None, opts)
        account = service_account(
            f"{name}-account",
            account=args.model,
            namespace=args.namespace,
            labels={ENGINE_LABEL: args.engine, MODEL_LABEL: args.model, TEAM_LABEL: label_value(args.team)},
            parent=self,
            after=args.after,
        )
        needs: list[pulumi.Resource] = [*args.after, account]
        self.role_arn = None
        if args.weights is not None:
            identity = PodIdentity(
                name,
                PodIdentityArgs(
                    cluster_name=args.cluster_name,
                    account_id=args.account_id,
                    namespace=args.namespace,
                    service_account=args.model,
                    policies={"weights": document(bucket_prefix_statements(args.weights))},
                ),
                pulumi.ResourceOptions(parent=self),
            )
            needs.append(identity.association)
            self.role_arn = identity.role_arn
        self.release = first_party_release(
            f"{name}-release",
            release=args.model,
            namespace=args.namespace,
            chart=args.chart,
            chart_digest=args.chart_digest,
            values=args.values,
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs),
        )
        self.register_outputs({"roleArn": self.role_arn})
