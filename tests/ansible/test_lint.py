"""ansible-lint at profile production, yamllint and the syntax check, over everything and with nothing skipped."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.ansible.roles import ANSIBLE

PROGRAMS = Path(sys.executable).parent
PLAYBOOKS = sorted(file.name for file in ANSIBLE.glob("*.yml"))
SUPPRESSIONS = re.compile(
    r"#\s*noqa|yamllint disable|skip_ansible_lint|ignore_errors|warn_list|skip_list|exclude_paths"
)

pytestmark = pytest.mark.xdist_group("ansible-lint")


def run(*command: str, home: Path, folder: Path = ANSIBLE) -> subprocess.CompletedProcess[str]:
    environment = {
        "HOME": str(home),
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "NO_COLOR": "1",
        "ANSIBLE_HOME": str(home / ".ansible"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(  # noqa: S603 - our own programs, no shell
        [str(PROGRAMS / command[0]), *command[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_ansible_lint_finds_nothing(tmp_path: Path) -> None:
    seen = run("ansible-lint", "--strict", "-q", home=tmp_path)
    assert (seen.returncode, seen.stdout) == (0, ""), seen.stdout + seen.stderr


@pytest.mark.long  # of the linter's own ways, which change with its version only
def test_ansible_lint_looks_at_every_role_and_playbook(tmp_path: Path) -> None:
    """A linter that skips a folder in silence would pass too: something bad in each is found in each."""
    copy = tmp_path / "ansible"
    copy.mkdir()
    shutil.copy(ANSIBLE / ".ansible-lint", copy)
    spoilt = [
        copy / file.relative_to(ANSIBLE) for file in (*ANSIBLE.glob("roles/*/tasks/main.yml"), *ANSIBLE.glob("*.yml"))
    ]
    for file in spoilt:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("- shell: ls\n" if file.parent != copy else "- hosts: all\n  tasks:\n    - shell: ls\n")
    found = run("ansible-lint", "--strict", "-q", "-p", home=tmp_path, folder=copy)
    assert found.returncode != 0
    for file in spoilt:
        assert re.search(rf"^{file.relative_to(copy)}:.*fqcn", found.stdout, re.MULTILINE), file


def test_yamllint_finds_nothing(tmp_path: Path) -> None:
    seen = run("yamllint", "--strict", ".", home=tmp_path)
    assert (seen.returncode, seen.stdout) == (0, "")


def test_nothing_is_skipped() -> None:
    for file in ANSIBLE.rglob("*"):
        if file.is_file() and file.suffix in {".yml", ".yaml", ".cfg"} | {""} and ".ansible" not in file.parts[:-1]:
            assert not SUPPRESSIONS.search(file.read_text()), file.relative_to(ANSIBLE)
    assert yaml.safe_load((ANSIBLE / ".ansible-lint").read_text())["profile"] == "production"


def test_playbooks_are_valid(tmp_path: Path) -> None:
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(
        "gpu_hosts: {children: {dgx: {hosts: {dgx-01: {}}}, dedicated_hosts: {hosts: {host-01: {}}}}}\n"
    )
    seen = run("ansible-playbook", "--syntax-check", "-i", str(inventory), *PLAYBOOKS, home=tmp_path)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert [f"playbook: {playbook}" in seen.stdout for playbook in PLAYBOOKS] == [True] * len(PLAYBOOKS)
