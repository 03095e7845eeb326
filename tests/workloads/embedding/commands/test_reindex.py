"""The command from end to end, with a folder of documents and Qdrant in its local mode; the model is a stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.workloads.embedding.hash_embedder import HashEmbedder
from tests.workloads.embedding.reindex.drill import TOPICS, document
from workloads.embedding import cli
from workloads.embedding.settings import ChunkingSettings, EmbedderSettings

pytestmark = pytest.mark.xdist_group("qdrant")

SETTINGS = """
index: docs
source: {{uri: {folder}/docs}}
embedder: {{model: hash, revision: "{revision}"}}
store: {{engine: qdrant, url: "path:{folder}/qdrant"}}
chunking: {{tokens: 64, overlap: 8}}
manifests: {folder}/manifests
"""


def open_embedder(settings: EmbedderSettings, _: ChunkingSettings) -> HashEmbedder:
    return HashEmbedder(settings.model, settings.revision)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("workloads.embedding.embedders.opening.open_embedder", open_embedder)
    cli.register_commands()
    (tmp_path / "docs").mkdir()
    for topic in TOPICS:
        (tmp_path / "docs" / f"{topic}.md").write_bytes(document(topic))
    for revision in ("old", "new"):
        (tmp_path / f"{revision}.yaml").write_text(SETTINGS.format(folder=tmp_path, revision=revision))
    return tmp_path


def embedding(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


def test_an_index_is_planned_changed_rolled_back_and_cleaned(folder: Path) -> None:
    old, new = str(folder / "old.yaml"), str(folder / "new.yaml")
    assert embedding("ingest", old).exit_code == 0

    planned = embedding("reindex", "plan", new, "--tokens-per-second", "1000", "--pool", "spot=g6.xlarge")
    assert planned.exit_code == 0, planned.output
    assert "revision old -> new" in planned.output
    assert "spot (g6.xlarge)" in planned.output

    done = embedding("reindex", "run", new, "--live-settings", old)
    assert done.exit_code == 0, done.output
    assert "recall@1 live 1.000, recall@1 shadow 1.000" in done.output
    assert "nothing to do" in embedding("reindex", "run", new).output

    back = embedding("reindex", "rollback", new)
    assert back.exit_code == 0, back.output
    assert "revision old" in back.output
    assert embedding("ingest", old).exit_code == 0, "the former settings fit again"
    assert embedding("reindex", "run", new, "--live-settings", old).exit_code == 0

    kept = embedding("reindex", "clean", new)
    assert kept.exit_code == 0, kept.output
    assert kept.output.count("kept") == 2
    gone = embedding("reindex", "clean", new, "--older-than", "0")
    assert gone.exit_code == 0, gone.output
    assert gone.output.count(": deleted") == 1
    assert embedding("ingest", new).exit_code == 0
