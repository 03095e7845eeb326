"""The program's values over those of helm-values/. Does not prove that a chart reads them: helm template does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from catalogue.charts import VALUES_FOLDER, load_charts, merge_values, merged_values
from observability.catalogue import recorded_metrics
from observability.dashboards.__main__ import FOLDER
from observability.preview.site import boards_in
from stacks.aws_choices import named
from stacks.sections.charts import MlflowDatabaseSettings
from stacks.workload_values import KEPT_SERIES, WorkloadFacts, workload_values
from tests.observability.dashboards.asked_selectors import asking, metric
from tests.observability.dashboards.test_queries import queries
from tests.observability.rendered_messages import notification, rendered

ROOT = Path(__file__).resolve().parents[2]
DATABASE = MlflowDatabaseSettings(host="db.example.com", database="mlflow", auth_database="mlflow_auth")
UPSTREAM = sorted(name for name, chart in load_charts().charts.items() if not chart.is_first_party)
RELEASES_WITH_VALUES = {
    "aws-efa-k8s-device-plugin", "aws-load-balancer-controller", "karpenter", "kube-prometheus-stack", "loki", "milvus",
    "mlflow", "monitoring", "spark-operator", "tempo",
}  # fmt: skip


def values(**changes: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "region": "us-east-1",
        "cluster_name": "llm-platform-dev",
        "cluster_endpoint": "https://cluster.example",
        "interruption_queue": "karpenter-queue",
        "vpc_id": "vpc-1",
        "bucket_names": {purpose: f"bucket-{purpose}" for purpose in ("models", "datasets", "telemetry")},
        "tags": {"llm-platform:environment": "dev"},
        "training_namespaces": ["training"],
        "mlflow_database": None,
    }
    return dict(workload_values(WorkloadFacts(**facts | changes)))


def write_rules() -> list[dict[str, Any]]:
    """What becomes of a series before it is written to Managed Prometheus."""
    spec = values(remote_write_url="https://metrics.example/api/v1/remote_write")["kube-prometheus-stack"]
    [remote] = spec["prometheus"]["prometheusSpec"]["remoteWrite"]
    return remote["writeRelabelConfigs"]


def written(rules: list[dict[str, Any]], series: str, **labels: str) -> bool:
    """Whether a series passes, by Prometheus' rules: source labels are joined by a semicolon, and all must match."""
    for rule in rules:
        told = ";".join({"__name__": series, **labels}.get(label, "") for label in rule["sourceLabels"])
        if (re.fullmatch(rule["regex"], told) is not None) != {"keep": True, "drop": False}[rule["action"]]:
            return False
    return True


def test_the_releases_that_the_program_tells_something():
    assert set(values()) == RELEASES_WITH_VALUES <= set(load_charts().charts)


def test_karpenter_learns_cluster_endpoint_and_queue():
    assert values()["karpenter"] == {
        "settings": {
            "clusterEndpoint": "https://cluster.example",
            "clusterName": "llm-platform-dev",
            "interruptionQueue": "karpenter-queue",
        }
    }


def test_the_load_balancer_controller_asks_no_metadata():
    assert values()["aws-load-balancer-controller"] == {
        "clusterName": "llm-platform-dev",
        "defaultTags": {"llm-platform:environment": "dev"},
        "region": "us-east-1",
        "vpcId": "vpc-1",
    }


def test_metrics_stay_in_the_cluster_where_there_is_no_workspace():
    assert values()["kube-prometheus-stack"] == {
        "prometheus": {"prometheusSpec": {"externalLabels": {"cluster": "llm-platform-dev"}}}
    }


def test_prometheus_writes_signed_and_once_what_is_recorded():
    url = "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write"
    spec = values(remote_write_url=url)["kube-prometheus-stack"]["prometheus"]["prometheusSpec"]
    [remote] = spec["remoteWrite"]
    assert (remote["url"], remote["sigv4"]) == (url, {"region": "us-east-1"})
    # The workspace takes two replicas for one by these two labels.
    assert (spec["replicaExternalLabelName"], set(spec["externalLabels"])) == ("__replica__", {"cluster"})
    rules = remote["writeRelabelConfigs"]
    for series in ("llm:ttft_seconds:p95_5m", "slo:errors:ratio_rate5m", "quality_accuracy", "ALERTS", "up"):
        assert written(rules, series)
        assert written(rules, series, namespace="serving", container="engine")
    for series in ("DCGM_FI_DEV_GPU_UTIL", "container_cpu_usage_seconds_total", "cluster:namespace:pod_memory:active"):
        assert not written(rules, series)


def test_of_memory_that_of_the_stores_containers_is_written():
    rules = write_rules()
    assert written(rules, "container_memory_working_set_bytes", namespace="vector-stores", container="qdrant")
    # Of the whole pod, and of everything else in the cluster.
    assert not written(rules, "container_memory_working_set_bytes", namespace="vector-stores")
    assert not written(rules, "container_memory_working_set_bytes", namespace="serving", container="engine")


def test_managed_prometheus_gets_what_dashboards_read_and_no_other_buckets(tmp_path: Path):
    """Metrics of every query, as Prometheus itself says; labels are those of a pod of a vector store."""
    rules = write_rules()
    with asking(tmp_path) as prometheus:
        asked = {
            metric(selector) for _, query in queries(boards_in(FOLDER)) for selector in prometheus.selectors(query)
        }
    assert len(asked) > 50
    assert {name for name in asked if not written(rules, name, namespace="vector-stores", container="store")} == set()
    buckets = {name for name in recorded_metrics() if name.endswith(":bucket5m")}
    assert {name for name in buckets if written(rules, name)} == buckets & asked


@pytest.mark.parametrize(
    "file", sorted((ROOT / "charts" / "monitoring" / "rules").glob("recording-*.yaml")), ids=lambda file: file.stem
)
def test_every_series_that_our_rules_record_is_written(file: Path):
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    recorded = {rule["record"] for group in groups for rule in group["rules"]}
    assert recorded
    left = {series for series in recorded if not re.fullmatch(KEPT_SERIES, series)}
    # Those of single pods and of namespaces are steps of other rules.
    assert {series for series in left if not series.startswith(("pod:", "namespace:"))} == set()


def test_alertmanager_publishes_to_the_topics_it_is_told_of():
    topics = {severity: f"arn:{severity}" for severity in ("critical", "warning", "info", "heartbeat")}
    given = values(alert_topic_arns=topics, teams=["research"])["kube-prometheus-stack"]["alertmanager"]["config"]
    used = {sns["topic_arn"] for receiver in given["receivers"] for sns in receiver.get("sns_configs", [])}
    assert used == set(topics.values())


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("", "docs/runbooks/ModelDown.md"),
        ("https://git.example.com/p", "https://git.example.com/p/docs/runbooks/ModelDown.md"),
    ],
)
def test_messages_link_the_runbook_where_the_stack_file_says(address: str, link: str, tmp_path: Path) -> None:
    topics = {severity: severity for severity in ("critical", "warning", "info")}
    given = values(alert_topic_arns=topics, runbooks_url=address)["kube-prometheus-stack"]["alertmanager"]["config"]
    (template,) = {sns["message"] for receiver in given["receivers"] for sns in receiver.get("sns_configs", [])}
    data = notification(1, summary="It is down", runbook="docs/runbooks/ModelDown.md")
    assert json.loads(rendered(template, data, tmp_path))["content"]["nextSteps"] == [link]


def test_without_topics_alertmanager_keeps_the_charts_configuration():
    assert "alertmanager" not in values()["kube-prometheus-stack"]


def test_each_store_gets_the_bucket_that_its_role_may_use():
    given = values()
    assert given["loki"]["loki"]["storage"]["bucketNames"] == {
        "chunks": "bucket-telemetry",
        "ruler": "bucket-telemetry",
    }
    assert given["tempo"]["tempo"]["storage"]["trace"]["s3"]["bucket"] == "bucket-telemetry"
    assert given["milvus"]["externalS3"]["bucketName"] == "bucket-datasets"
    assert given["mlflow"]["artifactRoot"]["s3"]["bucket"] == "bucket-models"


def test_mlflow_gets_its_databases_where_there_are_some():
    assert set(values()["mlflow"]) == {"artifactRoot"}
    given = values(mlflow_database=DATABASE)["mlflow"]
    assert given["backendStore"]["postgres"] == {"host": "db.example.com", "database": "mlflow"}
    assert given["auth"]["postgres"] == {"host": "db.example.com", "database": "mlflow_auth"}


def test_an_image_of_eks_comes_from_the_region():
    image = values(region="eu-south-1")["aws-efa-k8s-device-plugin"]["image"]
    assert image == {"repository": "590381155156.dkr.ecr.eu-south-1.amazonaws.com/eks/aws-efa-k8s-device-plugin"}
    assert values(region="ca-west-1")["aws-efa-k8s-device-plugin"] == {}


def test_every_registry_of_eks_is_of_a_region_of_its_own():
    regions = [host.split(".")[3] for host in named("eks_image_registries")]
    assert len(set(regions)) == len(regions)
    assert set(named("regions")) - set(regions) == {"ca-west-1"}


def test_spark_watches_the_training_namespaces_and_never_all():
    assert values()["spark-operator"] == {"spark": {"jobNamespaces": ["training"]}}
    assert values(training_namespaces=[])["spark-operator"] == {}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
@pytest.mark.parametrize("release", UPSTREAM)
def test_values_of_both_together_fit_our_schema(release: str, environment: str):
    schema = json.loads((VALUES_FOLDER / release / "values.schema.json").read_text(encoding="utf-8"))
    checker = Draft202012Validator if "2020-12" in schema["$schema"] else Draft7Validator
    chart = load_charts().charts[release]
    database = None if environment == "dev" else DATABASE
    program = values(
        mlflow_database=database,
        remote_write_url="https://metrics.example/api/v1/remote_write",
        alert_topic_arns={severity: severity for severity in ("critical", "warning", "info", "heartbeat")},
    )
    whole = merge_values(merged_values(chart, environment), program.get(release, {}))
    assert [error.message for error in checker(schema).iter_errors(whole)] == []
