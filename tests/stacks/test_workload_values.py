"""The program's values over those of helm-values/. Does not prove that a chart reads them: helm template does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from catalogue.charts import VALUES_FOLDER, load_charts, merge_values, merged_values
from stacks.aws_choices import named
from stacks.sections.charts import MlflowDatabaseSettings
from stacks.workload_values import WorkloadFacts, workload_values

DATABASE = MlflowDatabaseSettings(host="db.example.com", database="mlflow", auth_database="mlflow_auth")
UPSTREAM = sorted(name for name, chart in load_charts().charts.items() if not chart.is_first_party)
RELEASES_WITH_VALUES = {
    "aws-efa-k8s-device-plugin", "aws-load-balancer-controller", "karpenter", "kube-prometheus-stack", "loki", "milvus",
    "mlflow", "spark-operator", "tempo",
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


def test_the_releases_that_the_program_tells_something():
    assert set(values()) == RELEASES_WITH_VALUES <= set(UPSTREAM)


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
    whole = merge_values(merged_values(chart, environment), values(mlflow_database=database).get(release, {}))
    assert [error.message for error in checker(schema).iter_errors(whole)] == []
