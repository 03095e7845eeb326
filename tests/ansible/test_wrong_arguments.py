"""A role that is given something wrong stops before its first task and names the variable: seen with ansible-playbook.

test_roles.py asks Ansible's own validator about each variable in turn; here one wrong variable a role goes all the way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ansible.roles import ANSIBLE, ROLES, entry_points
from tests.ansible.test_roles import WRONG, given

pytestmark = pytest.mark.xdist_group("wrong-arguments")
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")


def _wrong(role: str) -> tuple[str, dict[str, Any]] | None:
    """Return a variable of the role with a value that it refuses."""
    point = entry_points(role)[0]
    for name, option in point.options.items():
        kind = option.get("type", "str")
        if "choices" in option:
            return name, given(point) | {name: "something-else"}
        if kind in WRONG:
            return name, given(point) | {name: WRONG[kind]}
    return None


CASES = {role: wrong for role in ROLES if (wrong := _wrong(role))}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return by role how it failed: the task and its message."""
    folder = tmp_path_factory.mktemp("arguments")
    answer = folder / "answer.jsonl"
    tasks: list[dict[str, Any]] = []
    for role, (_, values) in CASES.items():
        tasks.append(
            {
                "block": [{"ansible.builtin.include_role": {"name": role}, "vars": values}],
                "rescue": [
                    {
                        "check_mode": False,
                        "ansible.builtin.lineinfile": {
                            "path": str(answer),
                            "create": True,
                            "mode": "0600",
                            "line": "{{ {'role': '"
                            + role
                            + "', 'task': ansible_failed_task.name, 'message': ansible_failed_result.msg} | to_json }}",
                        },
                    }
                ],
            }
        )
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {
            "ansible_python_interpreter": sys.executable,
            "host_facts_supported_os": ["{{ host_facts_os | default('') }}"],
        },
        "tasks": tasks,
    }
    file = folder / "play.yml"
    file.write_text(yaml.safe_dump([play]))
    environment = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"),
    }
    # In check mode: a role that took its wrong argument must not change this machine.
    command = [str(PLAYBOOK), "--check", "-i", "localhost,", str(file)]
    seen = subprocess.run(  # noqa: S603 - our own program, no shell
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert answer.exists(), seen.stdout + seen.stderr
    return {line["role"]: line for line in map(json.loads, answer.read_text().splitlines())}


@pytest.mark.parametrize("role", CASES)
def test_a_role_stops_at_its_arguments_and_names_the_variable(role: str, said: dict[str, dict[str, Any]]) -> None:
    name, _ = CASES[role]
    assert "alidat" in said[role]["task"], said[role]
    assert name in said[role]["message"], said[role]


def test_every_role_was_tried() -> None:
    assert set(CASES) == set(ROLES)
