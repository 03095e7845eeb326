"""A run on a real Ray of this machine: the same result as in one process, also where a machine with the model goes.

Several machines and GPUs are not proved here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.workloads.embedding.conftest import EngineServers
from workloads.embedding.batch.ray_middle import refuse_private_stores
from workloads.embedding.migrations.upgrade import upgrade
from workloads.embedding.settings import parse_settings
from workloads.faults import InputError

ROOT: Final = Path(__file__).resolve().parents[4]

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.timeout(1200)]


def fill(source: Path) -> None:
    source.mkdir()
    for number in range(12):
        (source / f"guide-{number}.md").write_text(f"# Guide {number}\n\n" + f"All about topic {number}. " * 40)
    rows = [{"id": f"q{number}", "text": f"Answer number {number}"} for number in range(30)]
    (source / "faq.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (source / "bad.md").write_text("one poison is enough")
    (source / "empty.txt").write_text("")


@pytest.fixture(scope="module")
def session(engine_servers: EngineServers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `ray_session` saw."""
    done = ran(engine_servers, folder := tmp_path_factory.mktemp("batch"))
    if done.returncode and "timed out during startup" in done.stderr:  # Ray's own patience, which nothing sets
        done = ran(engine_servers, folder := tmp_path_factory.mktemp("batch"))
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
    assert not (folder / ".ray").exists(), "a token in the home folder"
    return json.loads((folder / "found.json").read_text())


def ran(engine_servers: EngineServers, folder: Path) -> subprocess.CompletedProcess[str]:
    """`ray_session` in a folder, on a store of its own."""
    fill(folder / "source")
    store = engine_servers("pgvector").fresh(folder)
    upgrade(store)
    settings = {
        "index": "docs",
        "source": {"uri": str(folder / "source")},
        "embedder": {"model": "hash", "revision": "1"},
        "chunking": {"tokens": 32, "overlap": 4},
        "store": store.model_dump(),
        "manifests": str(folder / "manifests"),
    }
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings))
    return subprocess.run(
        [sys.executable, "-m", "tests.workloads.embedding.batch.ray_session", "settings.yaml", "found.json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def test_every_document_has_its_fate(session: dict[str, Any]) -> None:
    batch = session["batch"]
    assert batch["outcome"] == "incomplete"
    assert batch["counts"] == {"done": 42, "skipped": 1, "failed": 1}
    fates = batch["fates"]
    assert (fates["bad.md"], fates["empty.txt"], fates["faq.jsonl#q7"]) == ("failed", "skipped", "done")


def test_it_ends_where_one_process_ends(session: dict[str, Any]) -> None:
    assert len({document for document, *_ in session["batch"]["visible"].values()}) == 42
    assert session["batch"]["visible"] == session["alone"]["visible"]
    assert session["batch"]["fates"] == session["alone"]["fates"]


def test_one_process_goes_on_where_the_cluster_stopped(session: dict[str, Any]) -> None:
    again = session["alone again"]
    assert again["embedded"] == 0
    assert "done" not in again["counts"]
    assert again["visible"] == session["batch"]["visible"]


def test_a_machine_with_the_model_may_go(session: dict[str, Any]) -> None:
    assert session["died"]
    changed = session["changed"]
    assert changed["fates"]["guide-3.md"] == "done"
    assert changed["fates"]["guide-4.md"] == "removed"
    texts = {document: text for document, _, text, _ in changed["visible"].values()}
    assert "another text" in texts["guide-3.md"]
    assert "guide-4.md" not in texts


def test_faults_reach_the_user_as_they_are(session: dict[str, Any]) -> None:
    assert session["locked"] == "AccessError: EMBEDDING_KEY: refused"
    assert session["dying"].startswith("EmbedderError: an actor with the model: ")
    assert "no_such_collection" in session["no collection"]
    assert "\n" not in session["no collection"]


@pytest.mark.parametrize("url", ["path:/data/qdrant", "path:/data/milvus.db"])
def test_a_store_that_one_process_has_is_refused(url: str) -> None:
    settings = parse_settings(
        {
            "index": "docs",
            "source": {"uri": "docs"},
            "embedder": {"model": "hash", "revision": "1"},
            "store": {"engine": "qdrant", "url": url},
            "manifests": "manifests",
        },
        "test",
    )
    with pytest.raises(InputError, match=r"store.url: 'path:.* allowed: a server's address"):
        refuse_private_stores(settings)
