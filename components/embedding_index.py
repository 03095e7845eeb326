"""An index of documents: one release of charts/embedding, with service accounts and permissions of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v3 import Release

from components.bucket_prefix_policy import BucketPrefixes, bucket_prefix_statements
from components.external_secrets import ExternalSecret, ExternalSecretArgs, SecretStore
from components.helm_release import first_party_release
from components.naming import TEAM_LABEL, label_value
from components.pod_identity import PodIdentity, PodIdentityArgs
from components.policy_statement import allow, document
from components.service_account import service_account


@dataclass(frozen=True, kw_only=True)
class IndexSecret:
    """A Secret in the index's namespace, filled from Secrets Manager."""

    keys: Sequence[str]
    source: pulumi.Input[str]
    """Name of the secret in AWS."""


@dataclass(frozen=True, kw_only=True)
class EmbeddingIndexArgs:
    """What one index needs."""

    release: str
    """Name of the release and of the service account of its pods; `<release>-prepare` prepares the database."""
    team: str
    namespace: str
    chart: str
    """Path of the chart, relative to the program's working directory."""
    chart_digest: str
    values: Mapping[str, Any]
    """Values over the chart's own, but for the service accounts."""
    cluster_name: pulumi.Input[str]
    account_id: str
    buckets: Mapping[str, BucketPrefixes]
    """What the pods may use of the buckets, by a name that stays."""
    database_arns: Sequence[pulumi.Input[str]]
    """What they may sign in to with tokens of IAM (`rds-db:connect`); empty for databases with keys."""
    secrets: Mapping[str, IndexSecret]
    """Secrets `<release>-<name>`, by that name."""
    store: SecretStore
    after: Sequence[pulumi.Resource]
    """What must stand first: the namespace, the database, releases whose custom resources the chart uses."""


class EmbeddingIndex(pulumi.ComponentResource):
    """Service accounts, the permission to read documents, write manifests and sign in, secrets, and the release."""

    release: Release
    role_arn: pulumi.Output[str]
    """Role of the pods."""

    def __init__(self, name: str, args: EmbeddingIndexArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:embedding_index:EmbeddingIndex", name, None, opts)
        prepare = f"{args.release}-prepare"
        accounts = [
            service_account(
                f"{name}-{label}",
                account=account,
                namespace=args.namespace,
                labels={TEAM_LABEL: label_value(args.team)},
                parent=self,
                after=args.after,
            )
            for label, account in (("account", args.release), ("prepare-account", prepare))
        ]
        policies = {label: document(bucket_prefix_statements(part)) for label, part in args.buckets.items()}
        if args.database_arns:
            policies["database"] = document([allow("SignIn", "rds-db:connect", list(args.database_arns))])
        identity = PodIdentity(
            name,
            PodIdentityArgs(
                cluster_name=args.cluster_name,
                account_id=args.account_id,
                namespace=args.namespace,
                service_account=args.release,
                policies=policies,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        secrets = [
            ExternalSecret(
                f"{name}-{label}",
                ExternalSecretArgs(
                    secret=f"{args.release}-{label}",
                    namespace=args.namespace,
                    keys=secret.keys,
                    store=args.store,
                    source=secret.source,
                    optional=False,
                    after=args.after,
                ),
                pulumi.ResourceOptions(parent=self),
            )
            for label, secret in args.secrets.items()
        ]
        self.role_arn = identity.role_arn
        self.release = first_party_release(
            f"{name}-release",
            release=args.release,
            namespace=args.namespace,
            chart=args.chart,
            chart_digest=args.chart_digest,
            values={**args.values, "serviceAccountName": args.release, **_prepared_by(args.values, prepare)},
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.after, *accounts, *secrets, identity.association]
            ),
        )
        self.register_outputs({"roleArn": self.role_arn})


def _prepared_by(values: Mapping[str, Any], account: str) -> dict[str, Any]:
    """The chart's values of the job that prepares the database: with more permissions there, and none in AWS."""
    prepare = values.get("prepare")
    return {} if prepare is None else {"prepare": {**prepare, "serviceAccountName": account}}
