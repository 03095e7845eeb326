"""Values of the vector database's release, and that no engine ever lands on a machine that may go away.

Does not prove that a chart reads them: tests of the releases render it where the chart is to be had.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from catalogue.charts import VALUES_FOLDER, load_charts, merge_values, merged_values
from components.naming import CAPACITY_LABEL, INTERRUPTIBLE
from stacks.sections.vector_database import IN_CLUSTER
from stacks.settings import parse_settings
from stacks.store_values import store_values
from tests.stacks.bad_vector_databases import REPLICAS, in_cluster
from tests.stacks.valid_sections import REMOVED, changed_sections

MILVUS = {key: value for key, value in REPLICAS.items() if key != "disk_gib"}


def values(engine: str, environment: str = "staging", **changes: Any) -> dict[str, Any]:
    part = (MILVUS if engine == "milvus" else REPLICAS) | changes
    stack = {"ownership.environment": environment, "burst_endpoint": REMOVED}
    sections = changed_sections(stack | in_cluster(part, engine))
    found = store_values(parse_settings(sections, "stacks/Pulumi.staging.yaml"))
    assert set(found) == {engine}
    return dict(found[engine])


def test_qdrants_pods_are_as_large_as_the_stack_file_says() -> None:
    assert values("qdrant") == {
        "replicaCount": 3,
        "config": {"storage": {"collection": {"replication_factor": 2}}},
        "resources": {"requests": {"cpu": "2", "memory": "4Gi"}, "limits": {"memory": "4Gi"}},
        "persistence": {"size": "20Gi"},
        "snapshotPersistence": {"size": "20Gi"},
    }


def test_weaviate_collects_garbage_before_it_is_killed() -> None:
    found = values("weaviate")
    assert (found["replicas"], found["storage"]) == (3, {"size": "20Gi"})
    assert found["env"] == {"GOMEMLIMIT": "3584MiB", "REPLICATION_MINIMUM_FACTOR": "2"}


def test_milvus_holds_vectors_in_its_query_nodes_and_in_dev_in_one_process() -> None:
    resources = {"requests": {"cpu": "2", "memory": "4Gi"}, "limits": {"memory": "4Gi"}}
    assert values("milvus") == {"queryNode": {"replicas": 3, "resources": resources}}
    dev = values("milvus", "dev", replicas=1, replication_factor=1)
    assert dev == {"standalone": {"resources": resources}}


@pytest.mark.parametrize("engine", IN_CLUSTER)
def test_sized_values_fit_the_releases_schema(engine: str) -> None:
    schema = json.loads((VALUES_FOLDER / engine / "values.schema.json").read_text(encoding="utf-8"))
    merged = merge_values(
        merged_values(load_charts().charts[engine], "staging", gpu_stack_owner="host"), values(engine)
    )
    # What the program adds for the bucket is the lock's own to check.
    assert [error.message for error in Draft202012Validator(schema).iter_errors(merged)] == []


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
@pytest.mark.parametrize("engine", IN_CLUSTER)
def test_no_engine_lands_on_spot_capacity(engine: str, environment: str) -> None:
    merged = merged_values(load_charts().charts[engine], environment, gpu_stack_owner="host")
    parts = [merged, merged["etcd"]] if engine == "milvus" else [merged]
    for part in parts:
        rules = part["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        never = {"key": CAPACITY_LABEL, "operator": "NotIn", "values": ["spot"]}
        assert all(never in rule["matchExpressions"] for rule in rules)
    assert INTERRUPTIBLE not in json.dumps(merged)


def test_another_engine_leaves_the_release_as_it_is() -> None:
    sections = changed_sections(
        {"charts.releases": ["prometheus-operator-crds", "nvidia-device-plugin", "qdrant"], "node_pools": []}
    )
    assert store_values(parse_settings(sections, "stacks/Pulumi.staging.yaml")) == {}
