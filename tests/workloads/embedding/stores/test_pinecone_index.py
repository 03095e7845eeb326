"""An index as it is declared: made, changed, left alone or refused, through Pinecone's own client.

Does not prove that the service answers as the stand-in does: it can't be reached here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pinecone import Pinecone
from typer.testing import CliRunner

from tests.workloads.embedding.stores.pinecone_control import ControlPlane, served, standing
from workloads.embedding.cli import app, register_commands
from workloads.embedding.faults import DimensionError, MetricError, StoreError
from workloads.embedding.stores.pinecone_index import IndexDeclaration, Reconciled, load_declaration, reconcile
from workloads.faults import AccessError, InputError

SERVERLESS: dict[str, Any] = {"name": "documents", "dimension": 384, "region": "us-east-1"}
PODS = SERVERLESS | {"kind": "pod", "pod_type": "p1.x1", "shards": 2, "replicas": 1}
POD_INDEX = {
    "deployment_type": "pod",
    "environment": "us-east-1-aws",
    "pod_type": "p1.x1",
    "replicas": 1,
    "shards": 2,
}
HOST = "documents-1.svc.example.pinecone.io"


@pytest.fixture
def plane() -> ControlPlane:
    return ControlPlane()


@pytest.fixture
def client(plane: ControlPlane) -> Iterator[Pinecone]:
    with served(plane) as url, Pinecone(api_key="key", host=url) as client:
        yield client


def done(client: Pinecone, declaration: dict[str, Any]) -> Reconciled:
    return reconcile(client, IndexDeclaration.model_validate(declaration), patience_seconds=5)


def test_an_index_is_made_as_declared(plane: ControlPlane, client: Pinecone) -> None:
    made = done(client, SERVERLESS | {"metric": "dot", "tags": {"environment": "dev"}})
    assert made == Reconciled("documents", HOST, ("created",))
    index = plane.indexes["documents"]
    vectors = {"type": "dense_vector", "dimension": 384, "metric": "dotproduct"}
    assert list(index["schema"]["fields"].values()) == [vectors]
    assert index["deployment"] == {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"}
    assert (index["deletion_protection"], index["tags"]) == ("enabled", {"environment": "dev"})


def test_an_index_of_pods_is_no_longer_made(plane: ControlPlane, client: Pinecone) -> None:
    with pytest.raises(StoreError, match="makes no index of pods; declare kind serverless"):
        done(client, PODS)
    assert plane.writes == []


def test_a_second_run_changes_nothing(plane: ControlPlane, client: Pinecone) -> None:
    done(client, SERVERLESS)
    writes = list(plane.writes)
    assert done(client, SERVERLESS) == Reconciled("documents", HOST, ())
    assert plane.writes == writes


def test_pods_that_stand_as_declared_are_left_alone(plane: ControlPlane, client: Pinecone) -> None:
    plane.indexes["documents"] = standing("documents", deployment=POD_INDEX)
    assert done(client, PODS) == Reconciled("documents", HOST, ())
    assert plane.writes == []


def test_what_can_be_changed_is_changed_in_one_call(plane: ControlPlane, client: Pinecone) -> None:
    plane.indexes["documents"] = standing("documents", deployment=dict(POD_INDEX), tags={"owner": "search"})
    wanted = PODS | {"pod_type": "p1.x2", "replicas": 3, "deletion_protection": False, "tags": {"environment": "dev"}}
    assert done(client, wanted).changes == (
        "pod_type: 'p1.x1' is now 'p1.x2'",
        "replicas: 1 is now 3",
        "deletion_protection: 'enabled' is now 'disabled'",
        "tags: {'owner': 'search'} is now {'owner': 'search', 'environment': 'dev'}",
    )
    assert len(plane.writes) == 1
    assert done(client, wanted).changes == ()


@pytest.mark.parametrize(
    ("declaration", "stands", "fault", "message"),
    [
        (SERVERLESS | {"dimension": 768}, {}, DimensionError, "stands with dimension 384, not 768"),
        (SERVERLESS | {"metric": "dot"}, {}, MetricError, "stands with metric cosine, not dotproduct"),
        (SERVERLESS | {"region": "us-west-2"}, {}, StoreError, "not serverless in aws us-west-2"),
        (SERVERLESS, {"deployment": POD_INDEX}, StoreError, "not serverless in aws us-east-1"),
        (PODS, {}, StoreError, "not 2 shards of pods in us-east-1-aws"),
        (PODS | {"shards": 3}, {"deployment": POD_INDEX}, StoreError, "not 3 shards of pods"),
        (PODS | {"pod_type": "s1.x2"}, {"deployment": POD_INDEX}, StoreError, "allowed: p1 with a larger size"),
        (
            PODS,
            {"deployment": POD_INDEX | {"pod_type": "p1.x4"}},
            StoreError,
            "stands with pod_type p1.x4, not p1.x1; allowed: p1 with a larger size",
        ),
    ],
)
def test_what_is_fixed_is_refused_and_left_as_it_is(
    plane: ControlPlane,
    client: Pinecone,
    declaration: dict[str, Any],
    stands: dict[str, Any],
    fault: type[StoreError],
    message: str,
) -> None:
    plane.indexes["documents"] = standing("documents", **stands)
    with pytest.raises(fault, match=message):
        done(client, declaration)
    assert plane.writes == []


def test_a_job_that_is_slower_than_another_finds_its_index(plane: ControlPlane, client: Pinecone) -> None:
    plane.taken_meanwhile = standing("documents")
    assert done(client, SERVERLESS) == Reconciled("documents", HOST, ())


def test_the_private_host_is_told_where_there_is_one(plane: ControlPlane, client: Pinecone) -> None:
    plane.indexes["documents"] = standing("documents", private_host="documents-1.svc.private.example.pinecone.io")
    assert done(client, SERVERLESS).host == "documents-1.svc.private.example.pinecone.io"


@pytest.mark.parametrize(("status", "fault"), [(401, AccessError), (400, StoreError)])
def test_a_refusal_is_a_fault_of_ours(
    plane: ControlPlane, client: Pinecone, status: int, fault: type[Exception]
) -> None:
    plane.refuses_with = status
    with pytest.raises(fault, match="pinecone: documents"):
        done(client, SERVERLESS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name: Documents\ndimension: 384\nregion: us-east-1\n", "name: 'Documents'"),
        ("name: documents\ndimension: 0\nregion: us-east-1\n", "dimension: 0"),
        ("name: documents\ndimension: 384\nregion: us-east-1\nkind: pod\n", "needs pod_type, shards and replicas"),
        ("name: documents\ndimension: 384\nregion: us-east-1\nshards: 2\n", "kind serverless takes no pod_type"),
        ("name: documents\ndimension: 384\nregion: us-east-1\nhost: x\n", "host: 'x'"),
        ("{", "is not YAML"),
        ("- documents\n", "file:"),
    ],
)
def test_a_declaration_that_can_not_be_meant_is_refused(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "index.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message) as raised:
        load_declaration(file)
    assert "index.yaml" in str(raised.value)


def test_a_declaration_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"index\.yaml: No such file"):
        load_declaration(tmp_path / "index.yaml")


def test_the_command_makes_the_index_and_says_where_it_is(plane: ControlPlane, tmp_path: Path) -> None:
    register_commands()
    file = tmp_path / "index.json"
    file.write_text(json.dumps(SERVERLESS), encoding="utf-8")
    with served(plane) as url:
        arguments = ["pinecone-index", str(file), "--control-url", url]
        made = CliRunner().invoke(app, arguments, env={"PINECONE_API_KEY": "key"})
        again = CliRunner().invoke(app, arguments, env={"PINECONE_API_KEY": "key"})
        keyless = CliRunner().invoke(app, arguments, env={"PINECONE_API_KEY": ""})
    assert made.output.splitlines() == ["index documents: created", f"host: {HOST}"]
    assert again.output.splitlines() == ["index documents: stands as declared", f"host: {HOST}"]
    assert isinstance(keyless.exception, AccessError)
