"""Values of releases that only the program knows: names and ids of what it made. Merged over helm-values/, last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from catalogue.charts import load_charts
from components.naming import host_selector
from components.workload_access import STORES
from observability.alert_routing import alertmanager_configuration
from stacks.aws_choices import named
from stacks.sections.charts import MlflowDatabaseSettings
from stacks.sections.vector_database import IN_CLUSTER

Values = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class WorkloadFacts:
    """What of the environment the releases are told."""

    region: str
    cluster_name: pulumi.Input[str]
    cluster_endpoint: pulumi.Input[str]
    interruption_queue: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    bucket_names: Mapping[str, pulumi.Input[str]]
    """By purpose, as `Storage` has them."""
    tags: Mapping[str, str]
    """Of what a controller makes in AWS by itself: the provider's default tags don't reach it."""
    training_namespaces: Sequence[str]
    """Where jobs run."""
    mlflow_database: MlflowDatabaseSettings | None
    """None where MLflow keeps its metadata in a file."""
    remote_write_url: pulumi.Input[str] | None = None
    """Of Managed Prometheus; None where metrics stay in the cluster."""
    alert_topic_arns: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """By severity, and of the heartbeat; empty where Alertmanager tells nobody."""
    runbooks_url: str = ""
    """Before a runbook's path in messages of Alertmanager."""
    teams: Sequence[str] = ()
    """Whose alerts have a route of their own."""
    environment_rules: Sequence[Values] = ()
    """Rule groups that only this environment has: what its models promise."""
    host_exporters: bool = False
    """Whether hosts that joined export their GPUs' metrics themselves."""
    store_values: Mapping[str, Values] = field(default_factory=dict[str, Values])
    """Of the vector database's release, as its section of the stack file sizes it."""


def workload_values(facts: WorkloadFacts) -> Mapping[str, Values]:
    """The program's values by release; one that is not here needs none."""
    s3 = f"s3.{facts.region}.amazonaws.com"
    sized = facts.store_values
    bucket = {release: facts.bucket_names[store.purpose] for release, store in STORES.items()}
    return {
        "aws-efa-k8s-device-plugin": _image_in_region(facts.region, "eks/aws-efa-k8s-device-plugin"),
        "aws-load-balancer-controller": {
            "clusterName": facts.cluster_name,
            # Both are read from the instance's metadata otherwise, which pods can't reach (hop limit 1).
            "region": facts.region,
            "vpcId": facts.vpc_id,
            "defaultTags": dict(facts.tags),
        },
        "karpenter": {
            "settings": {
                "clusterName": facts.cluster_name,
                "clusterEndpoint": facts.cluster_endpoint,
                "interruptionQueue": facts.interruption_queue,
            }
        },
        "kube-prometheus-stack": {
            "prometheus": {
                "prometheusSpec": {
                    "externalLabels": {"cluster": facts.cluster_name},
                    **_remote_write(facts.remote_write_url, facts.region),
                }
            },
            **_alertmanager(facts),
        },
        "loki": {
            "loki": {
                "storage": {
                    "bucketNames": {"chunks": bucket["loki"], "ruler": bucket["loki"]},
                    "object_store": {"s3": {"region": facts.region, "endpoint": s3}},
                }
            }
        },
        **sized,
        "milvus": {
            "externalS3": {"bucketName": bucket["milvus"], "region": facts.region, "host": s3},
            **sized.get("milvus", {}),
        },
        "mlflow": {"artifactRoot": {"s3": {"bucket": bucket["mlflow"]}}, **_databases(facts.mlflow_database)},
        # With an empty list it would watch every namespace; without any training it watches its own alone.
        "spark-operator": {"spark": {"jobNamespaces": list(facts.training_namespaces)}}
        if facts.training_namespaces
        else {},
        "monitoring": {
            "groups": list(facts.environment_rules),
            "hostExporters": {"enabled": facts.host_exporters, "nodes": host_selector()},
        },
        "tempo": {
            "tempo": {
                "storage": {"trace": {"s3": {"bucket": bucket["tempo"], "endpoint": s3, "region": facts.region}}},
            }
        },
    }


KEPT_SERIES: Final = (
    r"(llm|gateway|gpu|pool|node|cost|queue|vector_store|slo):.+|ALERTS|up|gpu_price_dollars_per_hour|quality_.+"
    r"|embedding_drift_persists|embedding_ingest_complete_timestamp_seconds"
    r"|karpenter_cloudprovider_errors_total|karpenter_nodepools_(limit|usage)"
    r"|kube_pod_status_unschedulable|kueue_admitted_active_workloads|kueue_evicted_workloads_total"
)
"""What outlives the cluster: what our rules record, and the few raw series that dashboards read. Samples are paid for
one by one, and of the others there are a hundred for each of these."""
LEFT_SERIES: Final = r"(llm:tpot_seconds|vector_store:search_seconds):bucket5m"
"""Histograms by bucket that no dashboard draws: their quantiles are recorded too."""
KEPT_OF_STORES: Final = "container_memory_working_set_bytes"
"""Dashboards read it of the vector stores' containers only, and every container of the cluster has it."""


def _remote_write(url: pulumi.Input[str] | None, region: str) -> Values:
    """Prometheus writes to Managed Prometheus, signed with its pod's own credentials.

    Of two replicas' samples the workspace keeps one, by the labels cluster and __replica__:
    https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-ingest-dedupe.html
    """
    if url is None:
        return {}
    stores = "|".join(sorted({load_charts().charts[release].namespace for release in IN_CLUSTER}))
    kept = f"({KEPT_SERIES});.*|{KEPT_OF_STORES};({stores});.+"
    return {
        "replicaExternalLabelName": "__replica__",
        "remoteWrite": [
            {
                "url": url,
                "sigv4": {"region": region},
                "queueConfig": {"maxSamplesPerSend": 1000, "maxShards": 200, "capacity": 2500},
                "writeRelabelConfigs": [
                    {"sourceLabels": ["__name__", "namespace", "container"], "regex": kept, "action": "keep"},
                    {"sourceLabels": ["__name__"], "regex": LEFT_SERIES, "action": "drop"},
                ],
            }
        ],
    }


def _alertmanager(facts: WorkloadFacts) -> Values:
    """Alertmanager publishes to the topics with its pod's own credentials, so that its configuration is no secret."""
    if not facts.alert_topic_arns:
        return {}
    configuration = alertmanager_configuration(facts.region, facts.alert_topic_arns, facts.teams, facts.runbooks_url)
    # The values name a Secret that somebody else fills, for environments without topics. This one the chart makes
    # of `config`.
    spec = {"useExistingSecret": False, "configSecret": "alertmanager-kube-prometheus-stack-alertmanager"}
    return {"alertmanager": {"config": configuration, "alertmanagerSpec": spec}}


def _image_in_region(region: str, repository: str) -> Values:
    """An image of EKS's own from the registry of the region, which its VPC endpoints reach; else the chart's choice."""
    registry = next((host for host in named("eks_image_registries") if f".ecr.{region}." in host), None)
    return {"image": {"repository": f"{registry}/{repository}"}} if registry else {}


def _databases(wanted: MlflowDatabaseSettings | None) -> Values:
    """The two databases of MLflow: its own, and that of its users."""
    if wanted is None:
        return {}
    return {
        "backendStore": {"postgres": {"host": wanted.host, "database": wanted.database}},
        "auth": {"postgres": {"host": wanted.host, "database": wanted.auth_database}},
    }
