"""AWS permissions of the releases that need some: the least each can work with, through EKS Pod Identity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import eks

from components.bucket_prefix_policy import BucketPrefixes, bucket_prefix_statements
from components.load_balancer_policy import load_balancer_statements
from components.pod_identity import PodIdentity, PodIdentityArgs
from components.policy_statement import Statement, allow, document


@dataclass(frozen=True, kw_only=True)
class AccessFacts:
    """What of the environment the policies name."""

    environment: str
    account_id: str
    region: str
    cluster_name: str
    vpc_id: pulumi.Input[str]
    bucket_arns: Mapping[str, pulumi.Input[str]]
    """By purpose, as `Storage` has them."""
    storage_key_arn: pulumi.Input[str]
    """Encrypts those buckets."""
    secrets_key_arn: pulumi.Input[str]
    """The one key of ours that secrets of the environment may be encrypted with; AWS's own needs no permission."""
    metrics_workspace_arn: pulumi.Input[str] | None = None
    """Where Prometheus writes its metrics; None where they stay in the cluster."""
    alert_topic_arns: Sequence[pulumi.Input[str]] = ()
    """Where Alertmanager publishes, encrypted with the key of the buckets."""
    managed_secret_arns: Sequence[pulumi.Input[str]] = ()
    """Secrets of the environment whose names AWS gives, such as that of a database's administrator."""


@dataclass(frozen=True)
class _Store:
    """Where a release keeps its data: a prefix with the release's name."""

    purpose: str
    heads_bucket: bool = False


# MLflow's artifacts are models that are served later, and checkpoints expire; Milvus' segments are made of the
# datasets; logs and traces are under the logs' retention. Milvus asks whether its bucket exists before it starts:
# https://github.com/milvus-io/milvus/blob/master/internal/storage/minio_object_storage.go (BucketExists)
STORES: Final[Mapping[str, _Store]] = {
    "loki": _Store("telemetry"),
    "milvus": _Store("datasets", heads_bucket=True),
    "mlflow": _Store("models"),
    "tempo": _Store("telemetry"),
}


def secret_prefix(environment: str) -> str:
    """Start of the names of an environment's secrets in Secrets Manager: `llm-platform/dev/`."""
    return f"llm-platform/{environment}/"


def _secrets(facts: AccessFacts) -> list[Statement]:
    """Read the environment's own secrets; find none by tag, write none."""
    own = f"arn:aws:secretsmanager:{facts.region}:{facts.account_id}:secret:{secret_prefix(facts.environment)}*"
    secrets = [own, *facts.managed_secret_arns] if facts.managed_secret_arns else own
    return [
        allow("ReadSecrets", ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], secrets),
        allow(
            "DecryptSecrets",
            "kms:Decrypt",
            facts.secrets_key_arn,
            StringEquals={"kms:ViaService": f"secretsmanager.{facts.region}.amazonaws.com"},
            StringLike={"kms:EncryptionContext:SecretARN": secrets},
        ),
    ]


def _load_balancers(facts: AccessFacts) -> list[Statement]:
    return load_balancer_statements(facts.cluster_name, facts.region, facts.account_id, facts.vpc_id)


def _store(release: str, facts: AccessFacts) -> list[Statement]:
    store = STORES[release]
    return bucket_prefix_statements(
        BucketPrefixes(
            bucket_arn=facts.bucket_arns[store.purpose],
            prefixes=[release],
            key_arn=facts.storage_key_arn,
            region=facts.region,
            access="write",
            lists_whole_bucket=store.heads_bucket,
        )
    )


def _metrics(facts: AccessFacts) -> list[Statement]:
    """Write metrics into the environment's workspace, and read none."""
    if facts.metrics_workspace_arn is None:
        raise ValueError("prometheus: there is no workspace to write metrics to")
    return [allow("WriteMetrics", "aps:RemoteWrite", facts.metrics_workspace_arn)]


def _alerts(facts: AccessFacts) -> list[Statement]:
    """Publish alerts; the key through SNS alone."""
    if not facts.alert_topic_arns:
        raise ValueError("alertmanager: there is no topic to publish to")
    return [
        allow("PublishAlerts", "sns:Publish", list(facts.alert_topic_arns)),
        allow(
            "EncryptAlerts",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            facts.storage_key_arn,
            StringEquals={"kms:ViaService": f"sns.{facts.region}.amazonaws.com"},
        ),
    ]


_STATEMENTS: Final[Mapping[str, Callable[[AccessFacts], list[Statement]]]] = {
    "alertmanager": _alerts,
    "aws-load-balancer-controller": _load_balancers,
    "external-secrets": _secrets,
    "prometheus": _metrics,
}
ACCESS_KEYS: Final = tuple(sorted((*_STATEMENTS, *STORES)))
"""Releases, and parts of kube-prometheus-stack, that get permissions.

Karpenter's are with its queue, in interruption.py; the others ask AWS nothing.
"""


def access_statements(access: str, facts: AccessFacts) -> list[Statement]:
    """What the release named `access` may do; ValueError for a release that gets nothing."""
    if access in STORES:
        return _store(access, facts)
    if access not in _STATEMENTS:
        raise ValueError(f"access {access!r}: no permissions are written for it; known: {', '.join(ACCESS_KEYS)}")
    return _STATEMENTS[access](facts)


@dataclass(frozen=True, kw_only=True)
class WorkloadAccessArgs:
    """Which service account gets which release's permissions."""

    cluster_name: pulumi.Input[str]
    access: str
    """One of `ACCESS_KEYS`."""
    facts: AccessFacts
    namespace: str
    service_account: str


class WorkloadAccess(pulumi.ComponentResource):
    """Role of a release's service account with the release's own policy, and nothing else."""

    role_arn: pulumi.Output[str]
    association: eks.PodIdentityAssociation
    """What the release waits for: pods that start before it would run without permissions until they restart."""

    def __init__(self, name: str, args: WorkloadAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:workload_access:WorkloadAccess", name, None, opts)
        identity = PodIdentity(
            name,
            PodIdentityArgs(
                cluster_name=args.cluster_name,
                account_id=args.facts.account_id,
                namespace=args.namespace,
                service_account=args.service_account,
                policies={"access": document(access_statements(args.access, args.facts))},
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.role_arn = identity.role_arn
        self.association = identity.association
        self.register_outputs({"roleArn": self.role_arn})
