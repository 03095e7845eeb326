"""Keys and addresses of the engines in the cluster, which must be those of their releases' values.

Does not prove what a chart makes of the values: ports and labels are compared with what helm-values says.
"""

from __future__ import annotations

import json

import pytest

from catalogue.release_secrets import secrets_of
from components.in_cluster_database import InClusterDatabase, InClusterEngine
from components.milvus_database import MILVUS
from components.qdrant_database import QDRANT
from components.weaviate_database import WEAVIATE
from tests.components.vector_database_fixtures import in_cluster, known, recorded

ENGINES = (QDRANT, WEAVIATE, MILVUS)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.release)
def test_the_secret_has_the_name_and_keys_that_the_release_reads(engine: InClusterEngine) -> None:
    recording = recorded(lambda: InClusterDatabase("db", in_cluster(engine)))
    assert recording.children() == {
        ("llm-platform:in_cluster_database:InClusterDatabase", "db"),
        ("llm-platform:generated_secret:GeneratedSecret", "db-keys"),
        ("aws:secretsmanager/secret:Secret", "db-keys-secret"),
        ("aws:secretsmanager/secretVersion:SecretVersion", "db-keys-version"),
    }
    [wanted] = secrets_of(engine.release, "dev")
    assert recording.one("db-keys-secret").inputs["name"] == f"llm-platform/dev/vector-stores/{wanted.name}"
    values = json.loads(recording.one("db-keys-version").inputs["secretString"])
    assert set(values) == {*wanted.keys, *engine.derived_keys}
    assert engine.secret_key in values


def test_milvus_clients_send_user_and_password_in_one() -> None:
    recording = recorded(lambda: InClusterDatabase("db", in_cluster(MILVUS)))
    values = json.loads(recording.one("db-keys-version").inputs["secretString"])
    assert values["token"] == f"root:{values['password']}"


@pytest.mark.parametrize(
    ("engine", "url", "grpc", "metrics"),
    [
        (
            QDRANT,
            "http://qdrant.vector-stores.svc.cluster.local:6333",
            None,
            "qdrant.vector-stores.svc.cluster.local:6333",
        ),
        (
            WEAVIATE,
            "http://weaviate.vector-stores.svc.cluster.local:80",
            "weaviate-grpc.vector-stores.svc.cluster.local:50051",
            "weaviate-headless.vector-stores.svc.cluster.local:2112",
        ),
        (
            MILVUS,
            "http://milvus.vector-stores.svc.cluster.local:19530",
            None,
            "milvus.vector-stores.svc.cluster.local:9091",
        ),
    ],
    ids=lambda value: value.release if isinstance(value, InClusterEngine) else "",
)
def test_clients_find_the_releases_service(engine: InClusterEngine, url: str, grpc: str | None, metrics: str) -> None:
    connection = known(lambda: InClusterDatabase("db", in_cluster(engine)).connection)
    assert {connection[key] for key in ("url", "reader_url", "admin_url")} == {url}
    assert connection["grpc_endpoint"] == grpc
    assert connection["metrics_endpoint"] == f"http://{metrics}/metrics"
    assert connection["egress"].namespace == "vector-stores"
    assert connection["egress"].pod_labels == engine.pod_labels
    assert connection["connect_arns"] == []


def test_only_qdrant_has_a_key_that_can_not_write() -> None:
    assert [engine.read_only_secret_key for engine in ENGINES] == ["read-only-api-key", None, None]
