"""What an index becomes, for each vector database: settings that the pipeline takes, arguments that the commands take.

The recorder echoes inputs: names which AWS would give (a secret's, an endpoint's) are whatever it makes of them.
Does not prove that the database lets the pods in.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.cluster.toolchain import ready_toolchain
from stacks.llm_platform import build_platform
from stacks.settings import parse_settings
from tests.charts.embedding_rendering import EMBEDDING
from tests.components.recorder import Recording, record
from tests.components.vector_database_fixtures import RANDOM_PASSWORD, random_password
from tests.stacks.bad_embeddings import INDEX
from tests.stacks.bad_vector_databases import COLLECTION, RELEASES, REPLICAS
from tests.stacks.bad_vector_databases import INDEX as PINECONE
from tests.stacks.valid_sections import changed_sections
from workloads.embedding.settings import EmbeddingSettings
from workloads.embedding.settings import parse_settings as parse_pipeline

AURORA = {"serverless": {"min_acu": 1, "max_acu": 4}, "readers": 1, "deletion_protection": True}
ENGINES: dict[str, dict[str, Any]] = {
    "pgvector": {"pgvector": AURORA},
    "aurora-behind-a-proxy": {"engine": "pgvector", "pgvector": AURORA | {"proxy": True}},
    "pgvector-alone": {"engine": "pgvector", "pgvector": AURORA | {"readers": 0}},
    "qdrant": {"in_cluster": REPLICAS},
    "weaviate": {"in_cluster": REPLICAS},
    "milvus": {"in_cluster": {key: value for key, value in REPLICAS.items() if key != "disk_gib"}},
    "pinecone": {"pinecone": PINECONE},
}
NEEDED = {"milvus": ["cert-manager"], "qdrant": [], "weaviate": []}
EVERY_ENGINE = pytest.mark.parametrize("engine", ENGINES)


def built(engine: str, *, preview: bool = False, **index: Any) -> Recording:
    database = {"engine": engine, "collection": COLLECTION} | ENGINES[engine]
    releases = [*RELEASES, engine, *NEEDED[engine]] if engine in NEEDED else RELEASES
    changes = {"vector_database": database, "charts.releases": releases, "embeddings": [INDEX | index]}
    settings = parse_settings(changed_sections(changes), "staging")
    return record(lambda: build_platform(settings), invokes={RANDOM_PASSWORD: random_password}, preview=preview)


@cache
def plain(engine: str, *, preview: bool = False) -> Recording:
    """The smallest index on an engine."""
    return built(engine, preview=preview)


@pytest.fixture(scope="session")
def helm() -> Path:
    return ready_toolchain().helm


def values_of(recording: Recording) -> dict[str, Any]:
    return recording.one("embedding-handbook-release").inputs["values"]


@EVERY_ENGINE
def test_the_pipeline_takes_the_settings(engine: str) -> None:
    settings = parse_pipeline(values_of(plain(engine))["settings"], "embedding.yaml")
    assert settings.index == "handbook"
    assert settings.store.engine == ENGINES[engine].get("engine", engine)
    assert settings.source.uri.startswith("s3://llm-platform-staging-datasets-")
    assert settings.source.uri.endswith("/documents/handbook/")
    assert settings.manifests.endswith("/embedding/handbook/")
    assert settings.embedder.revision == INDEX["model"]["revision"]


@EVERY_ENGINE
def test_no_secret_stands_in_the_values(engine: str) -> None:
    values = values_of(plain(engine))
    named = {secret["env"]: secret["secret"] for secret in values["secrets"]}
    settings: EmbeddingSettings = parse_pipeline(values["settings"], "embedding.yaml")
    if ENGINES[engine].get("engine", engine) == "pgvector":
        assert (settings.store.iam_region, settings.store.api_key_env) == ("us-east-1", None)
        assert named == {}
        assert settings.store.ca_file == "/etc/ssl/certs/databases.pem"
    else:
        assert settings.store.api_key_env == "VECTOR_DATABASE_KEY"
        assert named == {"VECTOR_DATABASE_KEY": "embedding-handbook-database"}


@EVERY_ENGINE
def test_each_secret_that_pods_name_is_filled_from_aws(engine: str) -> None:
    recording = plain(engine)
    filled = {
        (external.inputs["spec"]["target"]["name"], entry["secretKey"])
        for external in recording.of_type("kubernetes:external-secrets.io/v1:ExternalSecret")
        if external.inputs["metadata"]["namespace"] == "serving"
        for entry in external.inputs["spec"]["data"]
    }
    values = values_of(recording)
    used = [*values["secrets"], *values["prepare"].get("secrets", ()), *values["search"].get("secrets", ())]
    assert {(secret["secret"], secret["key"]) for secret in used} <= filled
    store = recording.one("secrets-manager-store").inputs["spec"]
    assert "serving" in store["conditions"][0]["namespaces"]


def test_the_search_service_of_qdrant_has_a_key_that_only_reads() -> None:
    values = values_of(plain("qdrant"))
    (secret,) = values["search"]["secrets"]
    assert (secret["env"], secret["key"]) == ("VECTOR_DATABASE_KEY", "read-only-api-key")
    assert values["secrets"][0]["key"] == "api-key"


def test_searches_go_to_auroras_readers_where_there_are_some() -> None:
    values = values_of(plain("aurora-behind-a-proxy"))
    writes = parse_pipeline(values["settings"], "embedding.yaml")
    reads = parse_pipeline(values["search"]["settings"], "search.yaml")
    assert writes.store.url != reads.store.url
    assert reads.model_copy(update={"store": writes.store}) == writes
    alone = values_of(built("pgvector-alone"))
    assert "settings" not in alone["search"]


def test_only_the_owner_of_aurora_prepares_it_and_past_the_proxy() -> None:
    values = values_of(plain("aurora-behind-a-proxy"))
    arguments = values["prepare"]["args"]
    assert arguments[:3] == ["migrate", "/etc/embedding/embedding.yaml", "--admin-url"]
    assert arguments[3].startswith("postgresql://platform@")
    host = arguments[3].partition("@")[2]
    assert host not in values["settings"]["store"]["url"], (
        "the job would sign in through the proxy, which takes no password"
    )


def test_an_index_of_pinecones_is_made_from_its_declaration() -> None:
    prepare = values_of(plain("pinecone"))["prepare"]
    key = prepare["secrets"][0]["env"]
    assert prepare["args"] == ["pinecone-index", "/etc/embedding/declaration.yaml", "--api-key-env", key]
    assert (prepare["declaration"]["name"], prepare["declaration"]["dimension"]) == ("documents", 384)


@EVERY_ENGINE
def test_the_chart_takes_the_values(engine: str, helm: Path) -> None:
    values = values_of(plain(engine))
    manifests = EMBEDDING.render(helm, values)
    assert yaml.safe_load(manifests.one("ConfigMap")["data"]["embedding.yaml"]) == values["settings"]
    policy = manifests.one("NetworkPolicy")["spec"]
    ports = {port["port"] for rule in policy["egress"] for port in rule.get("ports", ())}
    assert set(values["networkPolicy"]["database"]["ports"]) <= ports


@EVERY_ENGINE
def test_a_preview_has_the_same_shape(engine: str) -> None:
    assert plain(engine, preview=True).children() == plain(engine).children()


@EVERY_ENGINE
def test_the_release_comes_after_its_database(engine: str) -> None:
    recording = plain(engine)
    release = set(recording.one("embedding-handbook-release").dependencies)
    if engine in NEEDED:
        assert f"{engine}-release" in release
    elif engine != "pinecone":
        assert any("instance" in name or "writer" in name for name in release), release
    assert "serving-namespace" in release


def test_aurora_and_pinecone_need_no_backups_of_ours() -> None:
    assert {engine: values_of(plain(engine))["backup"]["enabled"] for engine in ENGINES} == {
        "pgvector": False,
        "aurora-behind-a-proxy": False,
        "pgvector-alone": False,
        "qdrant": True,
        "weaviate": True,
        "milvus": True,
        "pinecone": False,
    }


def test_files_of_the_model_come_from_the_models_bucket() -> None:
    recording = built("pgvector", model=INDEX["model"] | {"s3": "embedders/minilm"})
    values = values_of(recording)
    assert values["model"]["s3"].endswith("/embedders/minilm")
    assert values["settings"]["embedder"]["path"] == "/model"
    policy = json.loads(recording.one("embedding-handbook-model").inputs["policy"])
    objects = next(statement for statement in policy["Statement"] if statement["Sid"] == "UseObjects")
    assert objects["Action"] == ["s3:GetObject"]
    assert objects["Resource"][0].endswith("/embedders/minilm/*")


def test_an_endpoint_makes_the_vectors_with_a_key_of_its_own() -> None:
    endpoint = {"kind": "openai", "url": "http://documents.serving.svc:8000/v1", "api_key_secret": "documents-key"}
    recording = built("qdrant", gpus=0, model=INDEX["model"] | {"endpoint": endpoint})
    values = values_of(recording)
    embedder = parse_pipeline(values["settings"], "embedding.yaml").embedder
    assert (embedder.kind, embedder.api_key_env) == ("openai", "EMBEDDER_API_KEY")
    assert {secret["env"] for secret in values["search"]["secrets"]} == {"EMBEDDER_API_KEY", "VECTOR_DATABASE_KEY"}
    source = recording.one("embedding-handbook-endpoint-secret").inputs["spec"]["data"][0]["remoteRef"]["key"]
    assert source == "llm-platform/staging/serving/documents-key"


@pytest.mark.parametrize(
    ("url", "reached"),
    [
        ("http://documents.serving.svc:8000/v1", [{"namespace": "serving", "port": 8000}]),
        ("http://documents:8000/v1", [{"namespace": "serving", "port": 8000}]),
        ("http://gateway.envoy-gateway-system.svc.cluster.local", [{"namespace": "envoy-gateway-system", "port": 80}]),
        ("https://api.example.com/v1", []),
    ],
)
def test_pods_are_let_out_to_the_service_that_makes_the_vectors(url: str, reached: list[dict[str, Any]]) -> None:
    endpoint = {"kind": "openai", "url": url}
    values = values_of(built("qdrant", gpus=0, model=INDEX["model"] | {"endpoint": endpoint}))
    assert values["networkPolicy"]["endpoints"] == reached


def test_clients_send_a_key_where_one_is_named(helm: Path) -> None:
    recording = built("pgvector-alone", search={"api_key_secret": "handbook-clients"})
    values = values_of(recording)
    name = parse_pipeline(values["settings"], "embedding.yaml").search.api_key_env
    pod = EMBEDDING.render(helm, values).pod("embedding-handbook")["spec"]["containers"][0]
    (given,) = [each for each in pod["env"] if each["name"] == name]
    assert given["valueFrom"]["secretKeyRef"] == {"name": "embedding-handbook-search", "key": "api-key"}
    source = recording.one("embedding-handbook-search-secret").inputs["spec"]["data"][0]["remoteRef"]["key"]
    assert source == "llm-platform/staging/serving/handbook-clients"


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("registry.example.com:5000/a/embedding:1.0", ("registry.example.com:5000/a/embedding", "1.0", "")),
        ("registry.example.com/e@sha256:" + "a" * 64, ("registry.example.com/e", "", "sha256:" + "a" * 64)),
    ],
)
def test_an_image_is_taken_apart(image: str, parts: tuple[str, str, str]) -> None:
    seen = values_of(built("pgvector", image=image))["image"]
    assert (seen["repository"], seen["tag"], seen["digest"]) == parts
