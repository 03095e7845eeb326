"""The stand-in for Pinecone refuses what Pinecone's schema and limits refuse.

Not proven: that the service's rules are these; they are read from what it publishes.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import httpx
import pytest

from tests.workloads.embedding.stores.pinecone_stub import StubIndex, served

VECTOR = {"id": "a", "values": [1, 0], "metadata": {"kind": "x", "n": 1, "tags": ["p", "q"]}}


@pytest.fixture
def client() -> Generator[httpx.Client]:
    headers = {"Api-Key": "key", "X-Pinecone-Api-Version": "2026-04"}
    with (
        served(StubIndex(2, "dotproduct"), "key") as host,
        httpx.Client(base_url=host, headers=headers, trust_env=False) as client,
    ):
        yield client


def upsert(**changes: Any) -> dict[str, Any]:
    return {"vectors": [VECTOR | changes]}


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/vectors/upsert", {"vectors": []}, "at least one"),
        ("/vectors/upsert", {"vectors": [VECTOR] * 1001}, "1000"),
        ("/vectors/upsert", upsert(values=[1, 0, 0]), "dimension 3 does not match"),
        ("/vectors/upsert", upsert(values=[0, 0]), "non-zero"),
        ("/vectors/upsert", upsert(id="ü"), "ASCII"),
        ("/vectors/upsert", upsert(id="x" * 513), "id"),
        ("/vectors/upsert", upsert(colour="red"), "colour"),
        ("/vectors/upsert", upsert(metadata={"a": {"b": 1}}), "must be a string"),
        ("/vectors/upsert", upsert(metadata={"a": None}), "must be a string"),
        ("/vectors/upsert", upsert(metadata={"a": [1]}), "must be a string"),
        ("/vectors/upsert", upsert(metadata={"$a": 1}), "must not start"),
        ("/vectors/upsert", upsert(metadata={"a": "x" * 41_000}), "40960"),
        ("/vectors/upsert", {"vectors": [VECTOR | {"id": "x" * 500, "metadata": {"a": "y" * 3000}}] * 700}, "2000000"),
        ("/query", {"vector": [1, 0], "topK": 10_001}, "topK"),
        ("/query", {"vector": [1, 0], "topK": 0}, "topK"),
        ("/query", {"topK": 1}, "vector and id"),
        ("/query", {"vector": [1, 0], "topK": 1, "filter": {"$near": 1}}, r"\$near"),
        ("/query", {"vector": [1, 0], "topK": 1, "filter": {"a": {"$like": "x"}}}, r"\$like"),
        ("/query", {"vector": [1, 0], "topK": 1, "filter": {"a": {"$in": "x"}}}, "followed by a list"),
        ("/query", {"vector": [1, 0], "topK": 1, "filter": {"a": {"$in": ["x"] * 10_001}}}, "10000"),
        ("/vectors/delete", {"ids": ["a"], "deleteAll": True}, "Exactly one"),
        ("/vectors/delete", {"filter": {}}, "Exactly one"),
        ("/vectors/delete", {"ids": ["a"] * 1001}, "1000"),
        ("/vectors/fetch_by_metadata", {"limit": 5}, "at least one condition"),
    ],
)
def test_bad_requests_are_refused(client: httpx.Client, path: str, body: dict[str, Any], words: str) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == 3
    assert re.search(words, answer.json()["message"])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"kind": "x"}, True),
        ({"kind": {"$ne": "x"}}, False),
        ({"n": {"$gte": 1, "$lt": 2}}, True),
        ({"tags": "q"}, True),
        ({"tags": {"$in": ["z", "p"]}}, True),
        ({"tags": {"$nin": ["p"]}}, False),
        ({"other": {"$exists": False}}, True),
        ({"$and": [{"kind": "x"}, {"n": 2}]}, False),
        ({"$or": [{"kind": "y"}, {"n": 1}]}, True),
    ],
)
def test_filters_find(client: httpx.Client, asked: dict[str, Any], found: bool) -> None:
    assert client.post("/vectors/upsert", json=upsert()).json() == {"upsertedCount": 1}
    answer = client.post("/query", json={"vector": [1, 0], "topK": 3, "filter": asked}).json()
    assert [match["id"] for match in answer["matches"]] == (["a"] if found else [])


def test_pages_follow_each_other(client: httpx.Client) -> None:
    client.post("/vectors/upsert", json={"vectors": [VECTOR | {"id": f"{n:03}"} for n in range(250)]})
    ids: list[str] = []
    token = ""
    while True:
        parameters = {"limit": "100"} | ({"paginationToken": token} if token else {})
        page = client.get("/vectors/list", params=parameters).json()
        ids += [item["id"] for item in page["vectors"]]
        if "pagination" not in page:
            break
        token = page["pagination"]["next"]
    assert ids == [f"{n:03}" for n in range(250)]
    assert client.get("/vectors/list", params={"limit": "101"}).status_code == 400


def test_an_answer_that_is_too_large_is_refused(client: httpx.Client) -> None:
    for start in (0, 50, 100):
        large = [VECTOR | {"id": str(start + n), "metadata": {"text": "x" * 30_000}} for n in range(50)]
        assert client.post("/vectors/upsert", json={"vectors": large}).is_success
    asked = {"vector": [1, 0], "topK": 150}
    assert client.post("/query", json=asked).is_success
    assert "4 MB" in client.post("/query", json=asked | {"includeMetadata": True}).json()["message"]


def test_keys_and_versions_are_asked_for(client: httpx.Client) -> None:
    assert client.post("/query", json={}, headers={"Api-Key": "other"}).status_code == 401
    assert "Api-Version" in client.post("/query", json={}, headers={"X-Pinecone-Api-Version": ""}).json()["message"]
    assert client.get("/nowhere").status_code == 404
