"""The wiring of the vector database: what each engine registers in an environment, and what waits for what.

Does not prove that AWS or a cluster accepts it: the rehearsal creates it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.llm_platform import build_platform
from stacks.settings import parse_settings
from stacks.vector_database import index_declaration
from tests.components.recorder import Recording, record
from tests.components.vector_database_fixtures import RANDOM_PASSWORD, random_password
from tests.stacks.bad_vector_databases import INDEX, RELEASES, REPLICAS, aurora, in_cluster, pinecone
from tests.stacks.valid_sections import changed_sections

CLIENTS = {"vector_database.client_namespaces": ["serving"]}
FILE = "stacks/Pulumi.staging.yaml"


def build(changes: dict[str, Any]) -> Recording:
    settings = parse_settings(changed_sections(changes), FILE)
    return record(lambda: build_platform(settings), invokes={RANDOM_PASSWORD: random_password})


@pytest.fixture(scope="module")
def with_aurora() -> Recording:
    return build(aurora() | {"charts.releases": RELEASES})


@pytest.fixture(scope="module")
def with_qdrant() -> Recording:
    return build(in_cluster(REPLICAS) | CLIENTS)


def published(recording: Recording) -> dict[str, str]:
    parameters = recording.of_type("aws:ssm/parameter:Parameter")
    return {one.inputs["name"]: one.inputs["value"] for one in parameters if "/vector-database/" in one.inputs["name"]}


def test_without_the_section_there_is_no_database() -> None:
    bare = build({"charts": {}, "namespaces": [], "node_pools": []})
    assert not [one for one in bare.resources if "vector" in one.type]
    assert published(bare) == {}


def test_aurora_is_in_the_database_subnets_under_keys_of_their_own(with_aurora: Recording) -> None:
    subnets = with_aurora.one("vector-database-subnets").inputs["subnetIds"]
    assert len(subnets) == 2
    assert all("database" in subnet for subnet in subnets)
    cluster = with_aurora.one("vector-database-cluster")
    assert cluster.inputs["clusterIdentifier"] == "llm-platform-staging-vectors"
    assert cluster.inputs["kmsKeyId"].endswith("llm-platform-staging-database")
    assert cluster.inputs["masterUserSecretKmsKeyId"].endswith("llm-platform-staging-cluster")
    assert (cluster.protect, cluster.retain_on_delete) == (True, True)
    rule = with_aurora.one("vector-database-from-pods").inputs
    assert rule["referencedSecurityGroupId"] == "sg-cluster"


def test_where_it_is_is_published(with_aurora: Recording) -> None:
    prefix = "/llm-platform/staging/vector-database"
    assert published(with_aurora) == {
        f"{prefix}/engine": "pgvector",
        f"{prefix}/endpoint": "vectors.cluster-1.example",
        f"{prefix}/reader-endpoint": "vectors.cluster-ro-1.example",
        f"{prefix}/port": "5432",
        f"{prefix}/url": "postgresql://embedding@vectors.cluster-1.example:5432/vectors",
        f"{prefix}/secret-arn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!cluster-1b2c-AbCdEf",
    }


def test_external_secrets_may_read_the_one_password_that_rds_keeps(with_aurora: Recording) -> None:
    [policy] = [one for one in with_aurora.of_type("aws:iam/rolePolicy:RolePolicy") if one.name.startswith("external")]
    read, decrypt = json.loads(policy.inputs["policy"])["Statement"]
    wanted = [
        "arn:aws:secretsmanager:us-east-1:222233334444:secret:llm-platform/staging/*",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!cluster-1b2c-AbCdEf",
    ]
    assert read["Resource"] == wanted
    assert decrypt["Condition"]["StringLike"] == {"kms:EncryptionContext:SecretARN": wanted}


def test_a_release_waits_for_keys_and_gets_its_size(with_qdrant: Recording) -> None:
    secret = with_qdrant.one("vector-database-keys-secret").inputs
    assert secret["name"] == "llm-platform/staging/vector-stores/qdrant-api-keys"
    assert "vector-database-keys-version" in with_qdrant.one("qdrant-api-keys-secret").dependencies
    values = with_qdrant.one("qdrant-release").inputs["values"]
    assert values["replicaCount"] == 3
    assert values["resources"]["limits"]["memory"] == "4Gi"
    assert values["persistence"] == {"storageClassName": "gp3", "size": "20Gi"}


def test_only_clients_of_an_engine_in_the_cluster_reach_it(with_qdrant: Recording) -> None:
    policy = with_qdrant.one("vector-database-policy").inputs
    assert policy["metadata"]["namespace"] == "vector-stores"
    [*_, clients] = policy["spec"]["ingress"]
    assert clients["from"][0]["namespaceSelector"]["matchExpressions"][0]["values"] == ["serving"]


def test_pinecones_key_has_a_place_and_its_index_a_declaration() -> None:
    recording = build(pinecone({"private_link": True}))
    name = "llm-platform/staging/vector-database/pinecone-api-key"
    assert recording.one("vector-database-key").inputs["name"] == name
    service = recording.one("vector-database-endpoint").inputs["serviceName"]
    assert service == "com.amazonaws.vpce.us-east-1.vpce-svc-05ef6f1f0b9130b54"
    assert recording.of_type("aws:secretsmanager/secretVersion:SecretVersion") == []


@pytest.mark.parametrize(
    ("part", "further"),
    [
        ({}, set[str]()),
        ({"kind": "pod", "pod_type": "p1.x1", "shards": 1, "replicas": 2}, {"pod_type", "shards", "replicas"}),
    ],
)
def test_the_declaration_is_what_the_pipelines_job_reads(part: dict[str, Any], further: set[str]) -> None:
    settings = parse_settings(changed_sections(pinecone(part)), FILE)
    assert settings.vector_database is not None
    assert settings.vector_database.pinecone is not None
    declared = index_declaration("staging", settings.vector_database, settings.vector_database.pinecone)
    from workloads.embedding.stores.pinecone_index import IndexDeclaration  # noqa: PLC0415 - a workload's own library

    read = IndexDeclaration.model_validate(declared)
    assert (read.name, read.dimension, read.kind) == (INDEX["index_name"], 384, part.get("kind", "serverless"))
    assert further <= set(declared)
