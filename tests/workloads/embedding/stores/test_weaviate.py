"""What of Weaviate differs from the other engines: keys, addresses, and walking through what a filter finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workloads.embedding.stores.engines import EngineServer
from tests.workloads.embedding.stores.points import NAME, point, spec
from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores import weaviate_objects
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.weaviate_connection import by_words
from workloads.faults import AccessError, InputError

pytestmark = pytest.mark.xdist_group("weaviate")


@pytest.fixture
def weaviate(engine_servers: Callable[[str], EngineServer]) -> EngineServer:
    return engine_servers("weaviate")


def test_a_wrong_key_is_refused(weaviate: EngineServer, tmp_path: Path) -> None:
    settings = weaviate.fresh(tmp_path)
    with pytest.raises(AccessError, match="401"):
        open_store(settings, {str(settings.api_key_env): "wrong"})


def test_pipelines_with_other_namespaces_do_not_see_each_other(weaviate: EngineServer, tmp_path: Path) -> None:
    one, other = (open_store(weaviate.fresh(tmp_path), weaviate.environ) for _ in range(2))
    one.create(spec())
    one.point_alias("docs", NAME)
    assert (other.names(), other.alias("docs"), other.spec(NAME)) == ([], None, None)
    for store in (one, other):
        store.close()


def test_many_that_a_filter_finds_are_found_by_walking(
    weaviate: EngineServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weaviate_objects, "MOST_RESULTS", 10)
    store = open_store(weaviate.fresh(tmp_path), weaviate.environ)
    store.create(spec())
    store.upsert(NAME, [point(f"doc-{n % 2}", n) for n in range(40)])
    for where, count in (({"document": "doc-1"}, 20), ({"document": "doc-1", "ordinal": [1, 3]}, 2)):
        found = [one.ordinal for one in store.export(NAME, where)]
        assert (len(found), len(set(found))) == (count, count)
    store.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "weaviate:8080"}, "store.url: 'weaviate:8080': needs http"),
        ({"url": "http://host:port"}, "needs http"),
        ({"url": "ftp://host"}, "needs http"),
        ({"grpc_url": "host:many"}, "store.grpc_url: 'host:many': needs host:port"),
        ({"ca_file": "/etc/ca.pem"}, "SSL_CERT_FILE"),
    ],
)
def test_an_address_that_cannot_be_meant_is_named(changes: dict[str, str], words: str) -> None:
    settings = StoreSettings.model_validate({"engine": "weaviate", "url": "http://weaviate:8080"} | changes)
    with pytest.raises(InputError, match=words):
        open_store(settings, {})


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("rpc error: code = Unauthenticated desc = anonymous access not enabled", AccessError),
        ("put: store is read-only due to: disk usage too high", StoreUnavailableError),
        ("write wal: no space left on device", StoreUnavailableError),
        ("StatusCode.DEADLINE_EXCEEDED", StoreUnavailableError),
        ("cannot achieve consistency level ALL", StoreUnavailableError),
        ("could not find class Docs in schema", StoreError),
    ],
)
def test_faults_that_come_as_words(message: str, fault: type[Exception]) -> None:
    assert by_words(message) is fault
