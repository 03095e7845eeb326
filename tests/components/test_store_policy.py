"""The network policy of an engine in the cluster. Does not prove that the network holds to it."""

from __future__ import annotations

from typing import Any

from components.store_policy import StorePolicy, StorePolicyArgs
from components.weaviate_database import WEAVIATE
from tests.components.vector_database_fixtures import recorded


def policy(clients: list[str]) -> dict[str, Any]:
    args = StorePolicyArgs(engine=WEAVIATE, namespace="vector-stores", client_namespaces=clients)
    recording = recorded(lambda: StorePolicy("db", args))
    assert recording.children() == {
        ("llm-platform:store_policy:StorePolicy", "db"),
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "db-policy"),
    }
    inputs = recording.one("db-policy").inputs
    assert inputs["metadata"] == {"name": "weaviate-clients", "namespace": "vector-stores"}
    return inputs["spec"]


def namespaces(*names: str) -> dict[str, object]:
    expression = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": list(names)}
    return {"namespaceSelector": {"matchExpressions": [expression]}}


def ports(*numbers: int) -> list[dict[str, object]]:
    return [{"port": number, "protocol": "TCP"} for number in numbers]


def test_neighbours_prometheus_and_clients_get_in_and_nobody_else() -> None:
    assert policy(["serving", "search", "serving"]) == {
        "podSelector": {"matchLabels": {"app": "weaviate"}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {"from": [{"podSelector": {}}]},
            {"from": [namespaces("monitoring")], "ports": ports(2112)},
            {"from": [namespaces("search", "serving")], "ports": ports(8080, 50051)},
        ],
    }


def test_without_clients_no_namespace_gets_in() -> None:
    assert len(policy([])["ingress"]) == 2
