"""Inventories of tests: a folder with hosts, an export and the checks run on them, without any host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.ansible.roles import ANSIBLE

PROGRAMS = Path(sys.executable).parent


def run(*command: str | Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run one of Ansible's programs as people do: in the folder ansible/, with its ansible.cfg."""
    program, *arguments = map(str, command)
    return subprocess.run(  # noqa: S603 - our own programs, with arguments of tests
        [str(PROGRAMS / program), *arguments],
        cwd=ANSIBLE,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def inventory(*sources: Path, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what `ansible-inventory --list` says."""
    options = [part for source in sources for part in ("-i", str(source))]
    listed = run("ansible-inventory", *options, "--list", environment=environment)
    assert listed.returncode == 0, listed.stderr
    return json.loads(listed.stdout, object_hook=lambda each: each.get("__ansible_unsafe", each))


def members(listed: Mapping[str, Any], group: str) -> set[str]:
    """Return a group's hosts, those of its children too."""
    entry: Mapping[str, Any] = listed.get(group, {})
    found = set(entry.get("hosts", ()))
    for child in entry.get("children", ()):
        found |= members(listed, child)
    return found
