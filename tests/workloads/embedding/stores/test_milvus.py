"""What of Milvus Lite differs from a server: one process holds its file, and a restart forgets what was loaded."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workloads.embedding.stores.points import NAME, direction, point, spec
from workloads.embedding.faults import StoreUnavailableError
from workloads.embedding.records import Head
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.described import described
from workloads.embedding.stores.milvus import DESCRIPTION
from workloads.embedding.stores.milvus_connection import MilvusConnection
from workloads.embedding.stores.milvus_schema import points_schema
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.port import VectorStore
from workloads.faults import InputError

pytestmark = pytest.mark.xdist_group("milvus")

OPEN_ELSEWHERE = """
import sys
from workloads.embedding.faults import StoreUnavailableError
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.opening import open_store
try:
    store = open_store(StoreSettings(engine="milvus", url=sys.argv[1]), {})
except StoreUnavailableError as error:
    sys.exit(f"unavailable: {error}")
print(store.names())
store.close()
"""


def settings(folder: Path) -> StoreSettings:
    return StoreSettings(engine="milvus", url=f"path:{folder / 'docs.db'}")


def opened(folder: Path) -> VectorStore:
    return open_store(settings(folder), {})


def elsewhere(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a script of this test
        [sys.executable, "-c", OPEN_ELSEWHERE, settings(folder).url], capture_output=True, text=True, check=False
    )


def test_a_file_is_another_process_again_when_all_stores_are_closed(tmp_path: Path) -> None:
    first, second = opened(tmp_path), opened(tmp_path)
    first.create(spec())
    first.close()
    assert second.names() == [NAME]
    refused = elsewhere(tmp_path)
    assert (refused.returncode, "unavailable" in refused.stderr, "docs.db" in refused.stderr) == (1, True, True)
    assert "Traceback" not in refused.stderr
    second.close()
    taken = elsewhere(tmp_path)
    assert (taken.stdout.strip(), taken.returncode) == (f"['{NAME}']", 0)


def test_after_a_restart_every_call_works_as_the_first(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.create(spec())
    store.upsert(NAME, [point()])
    store.put_heads(NAME, [Head("guide.md", "1", 1)])
    store.close()
    calls: list[Callable[[VectorStore], int]] = [
        lambda store: len(store.search(NAME, direction(1), 1)),
        lambda store: len(store.hybrid(NAME, direction(1), "text", 1)),
        lambda store: store.count(NAME),
        lambda store: len(list(store.export(NAME))),
        lambda store: len(list(store.heads(NAME))),
        lambda store: len(list(store.heads(NAME, ["guide.md"]))),
    ]
    for call in calls:
        store = opened(tmp_path)
        assert call(store) == 1
        store.close()


def test_a_collection_whose_making_was_interrupted_is_completed(tmp_path: Path) -> None:
    interrupted = MilvusConnection(settings(tmp_path), {})
    interrupted.client.create_collection(
        f"embedding_points_{NAME}", schema=points_schema(spec()), properties={DESCRIPTION: described(spec())}
    )
    interrupted.close()
    store = opened(tmp_path)
    store.create(spec())
    store.upsert(NAME, [point()])
    store.put_heads(NAME, [Head("guide.md", "1", 1)])
    assert len(store.search(NAME, direction(1), 1)) == 1
    assert len(store.hybrid(NAME, direction(1), "text", 1)) == 1
    store.close()


def test_a_file_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "docs.db").write_text("not a folder")
    with pytest.raises(StoreUnavailableError, match=r"docs\.db"):
        opened(tmp_path)


def test_without_the_package_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "milvus_lite.adapter.grpc.server", None)
    with pytest.raises(InputError, match="milvus-lite"):
        opened(tmp_path)


def test_what_is_handled_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = opened(tmp_path)
    with caplog.at_level(logging.INFO):
        assert store.spec("missing") is None
        assert store.alias("missing") is None
    store.close()
    assert caplog.records == []
