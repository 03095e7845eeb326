"""Wires the platform's Helm releases of one environment, each after those that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from catalogue.chart_digest import CHARTS_FOLDER, chart_digest
from catalogue.charts import Chart, merge_values, merged_values
from catalogue.release_secrets import secrets_of
from components.external_secrets import ExternalSecret, ExternalSecretArgs, SecretStore, SecretStoreArgs
from components.helm_release import HelmRelease, HelmReleaseArgs
from components.naming import label_value
from components.workload_access import AccessFacts, WorkloadAccess, WorkloadAccessArgs, secret_prefix
from components.workload_namespace import WorkloadNamespace
from stacks.chart_source import chart_source
from stacks.gpu_hosts import scraped_hosts
from stacks.objectives import environment_rules
from stacks.providers import default_tags
from stacks.sections.observability_rules import METRICS_RELEASE
from stacks.store_values import store_values
from stacks.workload_ground import SECRETS_RELEASE, WorkloadGround
from stacks.workload_values import WorkloadFacts, workload_values


@dataclass(frozen=True)
class Releases:
    """Releases that stand."""

    by_name: Mapping[str, HelmRelease] = field(default_factory=dict[str, HelmRelease])
    store: SecretStore | None = None
    """Where ExternalSecrets read, once the release that fills them stands."""


def build_releases(
    ground: WorkloadGround,
    charts: Sequence[Chart],
    namespaces: Mapping[str, WorkloadNamespace],
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
    earlier: Releases,
) -> Releases:
    """Register the releases of these charts; return them with those that were there earlier."""
    environment = ground.foundation.settings.ownership.environment
    from_program = workload_values(_facts(ground))
    releases = dict(earlier.by_name)
    store = earlier.store
    for chart in charts:
        namespace = namespaces.get(chart.namespace)
        needs = [*ground.ready, *after, *(releases[need] for need in chart.needs), *_permissions(ground, chart)]
        if namespace is not None:
            made = _made_secrets(ground, chart.release)
            needs += [namespace, *(_secrets(chart, environment, namespace, store, made, opts) if store else [])]
        args = _release_args(ground, chart, from_program.get(chart.release, {}), namespace, needs)
        releases[chart.release] = HelmRelease(chart.release, args, opts)
        if chart.release == SECRETS_RELEASE:
            store = _secret_store(ground, releases[chart.release], opts)
    return Releases(releases, store)


def _secret_store(ground: WorkloadGround, release: HelmRelease, opts: pulumi.ResourceOptions) -> SecretStore:
    settings = ground.foundation.settings
    environment = settings.ownership.environment
    namespaces = [chart.namespace for chart in ground.charts if secrets_of(chart.release, environment)]
    namespaces += [index.namespace for index in settings.embeddings]
    args = SecretStoreArgs(region=settings.aws.region, namespaces=namespaces, after=[release])
    return SecretStore("secrets-manager", args, opts)


def _release_args(
    ground: WorkloadGround,
    chart: Chart,
    from_program: Mapping[str, Any],
    namespace: WorkloadNamespace | None,
    needs: Sequence[pulumi.Resource],
) -> HelmReleaseArgs:
    """The release as the lock has it; `namespace` is None in one that is not ours to make."""
    settings = ground.foundation.settings
    source = chart_source(chart, settings.charts.mirror)
    values = merged_values(chart, settings.ownership.environment, gpu_stack_owner=settings.charts.gpu_stack_owner)
    return HelmReleaseArgs(
        release=chart.release,
        namespace=namespace.name if namespace else chart.namespace,
        chart=source.chart,
        repository=source.repository,
        version=source.version,
        chart_digest=chart_digest(CHARTS_FOLDER / chart.chart) if chart.is_first_party else None,
        values=merge_values(values, from_program),
        skip_crds=chart.crds.kind == "release",
        needs=needs,
    )


def _secrets(
    chart: Chart,
    environment: str,
    namespace: WorkloadNamespace,
    store: SecretStore,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    """Secrets that the release's values name; without External Secrets whoever runs the cluster makes them."""
    return [
        ExternalSecret(
            secret.name,
            ExternalSecretArgs(
                secret=secret.name,
                namespace=namespace.name,
                keys=secret.keys,
                store=store,
                source=f"{secret_prefix(environment)}{chart.namespace}/{secret.name}",
                optional=secret.optional,
                after=after,
            ),
            opts,
        )
        for secret in secrets_of(chart.release, environment)
    ]


def _made_secrets(ground: WorkloadGround, release: str) -> Sequence[pulumi.Resource]:
    """What of a release's secrets the program itself puts into AWS: those of the vector database."""
    database = ground.vector_database
    return database.connection.ready if database is not None and database.engine == release else ()


def _permissions(ground: WorkloadGround, chart: Chart) -> list[pulumi.Resource]:
    """What a release may do in AWS: its pods get it only if it is there when they start."""
    if chart.release == "karpenter":
        return [ground.interruption]
    if chart.release == METRICS_RELEASE:
        return [_access(ground, part, part, chart.namespace, f"{chart.release}-{part}") for part in _told(ground)]
    if chart.service_account is None:
        return []
    account = chart.service_account
    return [_access(ground, chart.release, account.access, chart.namespace, account.name)]


def _told(ground: WorkloadGround) -> list[str]:
    """Parts of kube-prometheus-stack that tell AWS something, as the environment has it."""
    observability = ground.observability
    if observability is None:
        return []
    parts = {"alertmanager": observability.topic_arns, "prometheus": observability.metrics}
    return [part for part, wanted in parts.items() if wanted]


def _access(ground: WorkloadGround, name: str, access: str, namespace: str, service_account: str) -> pulumi.Resource:
    return WorkloadAccess(
        name,
        WorkloadAccessArgs(
            cluster_name=ground.cluster.name,
            access=access,
            facts=_access_facts(ground),
            namespace=namespace,
            service_account=service_account,
        ),
        ground.foundation.opts,
    ).association


def _facts(ground: WorkloadGround) -> WorkloadFacts:
    settings, observability = ground.foundation.settings, ground.observability
    metrics = observability.metrics if observability else None
    return WorkloadFacts(
        region=settings.aws.region,
        cluster_name=ground.cluster.name,
        cluster_endpoint=ground.cluster.endpoint,
        interruption_queue=ground.interruption.queue_name,
        vpc_id=ground.foundation.network.vpc_id,
        bucket_names=ground.storage.bucket_names,
        tags=default_tags(settings),
        training_namespaces=[entry.name for entry in settings.namespaces if entry.workload == "training"],
        mlflow_database=settings.charts.mlflow_database,
        environment_rules=environment_rules(settings),
        runbooks_url=(settings.observability.alerts.runbooks_url if settings.observability.alerts else None) or "",
        host_exporters=scraped_hosts(settings),
        store_values=store_values(settings),
        alert_topic_arns=observability.topic_arns if observability else {},
        teams=sorted({label_value(settings.ownership.team), *(entry.team for entry in settings.namespaces)}),
        remote_write_url=metrics.remote_write_url if metrics else None,
    )


def _access_facts(ground: WorkloadGround) -> AccessFacts:
    settings, database = ground.foundation.settings, ground.vector_database
    observability = ground.observability
    return AccessFacts(
        environment=settings.ownership.environment,
        account_id=settings.aws.account_id,
        region=settings.aws.region,
        cluster_name=ground.foundation.name,
        vpc_id=ground.foundation.network.vpc_id,
        bucket_arns=ground.storage.bucket_arns,
        storage_key_arn=ground.foundation.keys.storage_key_arn,
        secrets_key_arn=ground.foundation.keys.cluster_key_arn,
        metrics_workspace_arn=observability.metrics.arn if observability and observability.metrics else None,
        alert_topic_arns=list(observability.topic_arns.values()) if observability else (),
        managed_secret_arns=[database.connection.secret_arn] if database and database.engine == "pgvector" else [],
    )
