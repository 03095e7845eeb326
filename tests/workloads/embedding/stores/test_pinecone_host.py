"""Where an index answers, by its name: through Pinecone's own client, against a stand-in for its control plane.

Does not prove that a private host can be reached: that is the network's part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.workloads.embedding.stores import pinecone_stub
from tests.workloads.embedding.stores.pinecone_control import ControlPlane, served, standing
from tests.workloads.embedding.stores.points import NAME, point, spec
from workloads.embedding.faults import StoreUnavailableError
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.pinecone_host import CONTROL_HOST, host_of
from workloads.faults import AccessError, InputError

KEY = "key of the test"
PODS = {
    "deployment_type": "pod",
    "environment": "us-east-1-aws",
    "pod_type": "p1.x1",
    "replicas": 1,
    "shards": 1,
}


@pytest.fixture
def plane() -> ControlPlane:
    return ControlPlane()


@pytest.fixture
def environ(plane: ControlPlane) -> Iterator[dict[str, str]]:
    with served(plane) as url:
        yield {CONTROL_HOST: url, "PINECONE_API_KEY": KEY}


def named(url: str = "index:documents") -> StoreSettings:
    return StoreSettings(engine="pinecone", url=url, api_key_env="PINECONE_API_KEY", timeout_seconds=60)


def test_a_store_of_a_named_index_works(plane: ControlPlane, environ: dict[str, str]) -> None:
    with pinecone_stub.served(pinecone_stub.StubIndex(8, "cosine"), KEY) as host:
        plane.indexes["documents"] = standing("documents", host=host)
        store = open_store(named(), environ)
        store.create(spec())
        store.upsert(NAME, [point()])
        assert store.count(NAME) == 1
        store.close()


def test_the_private_host_comes_first(plane: ControlPlane, environ: dict[str, str]) -> None:
    plane.indexes["documents"] = standing("documents", host="documents-1.svc.example.io")
    assert host_of(named(), KEY, environ) == "https://documents-1.svc.example.io"
    plane.indexes["documents"]["private_host"] = "documents-1.svc.private.example.io"
    assert host_of(named(), KEY, environ) == "https://documents-1.svc.private.example.io"


def test_a_host_is_taken_as_it_is_and_nobody_is_asked() -> None:
    assert host_of(named("documents-1.svc.example.io"), KEY, {CONTROL_HOST: "http://127.0.0.1:1"}) == (
        "documents-1.svc.example.io"
    )


@pytest.mark.parametrize("name", ["", "Documents", "docs/../other", "-docs", "x" * 46])
def test_a_name_that_no_index_has_is_refused_before_anybody_is_asked(name: str) -> None:
    with pytest.raises(InputError, match=r"store\.url: 'index:.*needs index:NAME"):
        open_store(named(f"index:{name}"), {"PINECONE_API_KEY": KEY, CONTROL_HOST: "http://127.0.0.1:1"})


@pytest.mark.parametrize(
    ("stands", "fault", "message"),
    [
        (None, InputError, "no index of this name; one is made by: .* pinecone-index"),
        ({"deployment": PODS}, InputError, "runs on pods"),
        ({"status": {"ready": False, "state": "Initializing"}}, StoreUnavailableError, "not ready yet: Initializing"),
        ({"host": None}, StoreUnavailableError, "not ready yet"),
    ],
    ids=["missing", "pods", "initializing", "hostless"],
)
def test_an_index_that_can_not_be_used_is_named(
    plane: ControlPlane, environ: dict[str, str], stands: dict[str, Any] | None, fault: type[Exception], message: str
) -> None:
    if stands is not None:
        plane.indexes["documents"] = standing("documents", **stands)
    with pytest.raises(fault, match=f"index:documents.*{message}"):
        open_store(named(), environ)


def test_a_refused_key_is_said_to_be_so(plane: ControlPlane, environ: dict[str, str]) -> None:
    plane.refuses_with = 401
    with pytest.raises(AccessError, match="index:documents"):
        open_store(named(), environ)


def test_a_control_plane_that_is_down_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinecone._internal.http_client._retry_sleep", lambda _: None)  # pyright: ignore[reportUnknownLambdaType] - a sleep
    with pytest.raises(StoreUnavailableError, match="index:documents"):
        open_store(named(), {"PINECONE_API_KEY": KEY, CONTROL_HOST: "http://127.0.0.1:1"})
