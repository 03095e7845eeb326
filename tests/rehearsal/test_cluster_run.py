"""`rehearse up --cluster` on the command line. What a cluster shows is in tests/rehearsal/cluster."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.rehearsal.test_cli import project, rehearse

__all__ = ["project"]


@pytest.mark.parametrize("options", [["--charts", "."], ["--kubeconfig", "Pulumi.yaml"], ["--offline"]])
def test_options_of_the_cluster_part_need_it(project: Path, options: list[str]) -> None:
    result = rehearse(project, "up", "dev", *options)
    assert result.returncode == 2
    assert result.stderr == "--kubeconfig, --charts and --offline: allowed: together with --cluster\n"


def test_programs_that_cannot_be_had_are_said_before_anything_begins(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "file" / "cache"))
    result = rehearse(project, "up", "dev", "--cluster")
    assert result.returncode == 2
    assert result.stderr.startswith("--cluster: the cache folder ")
    assert "Traceback" not in result.stderr
    assert "plan" not in result.stdout


def test_a_folder_of_charts_that_is_not_there_is_refused(project: Path) -> None:
    result = rehearse(project, "up", "dev", "--cluster", "--charts", "nowhere")
    assert result.returncode == 2
    assert "nowhere" in result.stderr


def kubeconfig(project: Path, server: str) -> None:
    """Write the file `config`, as `kubectl` would read it."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {}}],
    }
    (project / "config").write_text(yaml.safe_dump(content))


def test_a_kubeconfig_of_nothing_is_said_before_anything_begins(project: Path) -> None:
    (project / "config").write_text("apiVersion: v1\nkind: Config\n")
    result = rehearse(project, "up", "dev", "--cluster", "--kubeconfig", "config", "--offline")
    assert result.returncode == 2, result.stdout + result.stderr
    assert result.stderr == "--kubeconfig config: clusters is no list: this is no kubeconfig\n"
    assert "plan" not in result.stdout


def test_a_cluster_elsewhere_is_refused_without_asking_it(project: Path) -> None:
    kubeconfig(project, "https://a1b2.gr7.us-east-1.eks.amazonaws.com")
    result = rehearse(project, "up", "dev", "--cluster", "--kubeconfig", "config", "--offline")
    assert result.returncode == 2, result.stdout + result.stderr
    assert "allowed: a cluster on this machine" in result.stderr
    assert "plan" not in result.stdout


def test_a_cluster_that_does_not_answer_is_a_fault_and_no_traceback(project: Path) -> None:
    kubeconfig(project, "https://127.0.0.1:1")
    result = rehearse(project, "up", "dev", "--cluster", "--kubeconfig", "config", "--offline")
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert "--kubeconfig config:" in result.stdout
    assert "simulated cluster: none: it broke off, see the faults" in result.stdout


def test_a_program_that_fails_has_no_cluster_part_and_that_is_said(project: Path) -> None:
    kubeconfig(project, "https://127.0.0.1:1")
    (project / "stacks" / "__main__.py").write_text("raise ValueError('broken')\n")
    result = rehearse(project, "up", "dev", "--cluster", "--kubeconfig", "config", "--offline")
    assert result.returncode == 1
    assert "simulated cluster: none: the program did not come to its end, so nothing was deployed" in result.stdout
