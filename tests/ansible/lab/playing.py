"""Runs ansible-playbook as a person would in ansible/, apart from the user's own settings."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from rehearsal.cluster.cache_folder import cache_folder, locked
from tests.ansible.lab.play import Played, read_record
from tests.ansible.roles import ANSIBLE

PROGRAMS: Final = ANSIBLE.parent / ".venv" / "bin"
PLUGINS: Final = Path(__file__).with_name("callback_plugins")
UNUSED_SECONDS: Final = 7 * 24 * 3600
"""After which built modules are taken for those of another time; a checkout beside this one may use its own."""


def play(
    folder: Path,
    number: int,
    playbook: str | Path,
    inventory: Path,
    arguments: tuple[str, ...],
    extra_vars: Mapping[str, Any],
    timeout: float,
    settings: Mapping[str, str],
) -> Played:
    """Return what it did. Raises `subprocess.TimeoutExpired`, after killing what is left of it."""
    record = folder / f"play-{number}.jsonl"
    command = [str(PROGRAMS / "ansible-playbook"), "--inventory", str(inventory), str(playbook), *arguments]
    if extra_vars:
        command += ["--extra-vars", json.dumps(extra_vars)]
    start = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - our own program
        command,
        cwd=ANSIBLE,
        env={**environment(folder, record), **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output = process.communicate(timeout=timeout)[0]
        finally:
            # Its workers too, however it ended.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    tasks, stats = read_record(record)
    return Played(process.returncode, output, tasks, stats, time.monotonic() - start)


def environment(folder: Path, record: Path) -> dict[str, str]:
    """Return the whole environment of a run whose files lie in `folder`."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    known = folder / "known_hosts"
    ssh = f"-F /dev/null -o UserKnownHostsFile={known} -o GlobalKnownHostsFile=/dev/null -o IdentitiesOnly=yes"
    return {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"),
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_LOCAL_TEMP": str(home / "tmp"),
        "ANSIBLE_SSH_COMMON_ARGS": ssh,
        # A socket's path may have 107 characters.
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "c"),
        "ANSIBLE_SSH_CONTROL_PATH": "%(directory)s/%%h",
        "ANSIBLE_CALLBACK_PLUGINS": str(PLUGINS),
        "ANSIBLE_CALLBACKS_ENABLED": "lab_record,lab_modules",
        # Inventories of a lab are files, and the plugin that asks EC2 takes half a second to load.
        "ANSIBLE_INVENTORY_ENABLED": "ansible.builtin.host_list,ansible.builtin.yaml",
        "ANSIBLE_NOCOLOR": "1",
        "LAB_RECORD": str(record),
        "LAB_MODULES": str(built_modules()),
    }


@cache
def built_modules() -> Path:
    """Return the folder where callback_plugins/lab_modules.py keeps modules, another one for what is made otherwise."""
    made_of = hashlib.sha256(f"{sys.version} {version('ansible-core')} {version('ansible')}".encode())
    sources = [*ANSIBLE.glob("**/library/*.py"), *ANSIBLE.glob("**/module_utils/**/*.py"), *PLUGINS.glob("*.py")]
    for file in sorted(sources):
        made_of.update(file.read_bytes())
    parent = cache_folder() / "ansible-lab-modules"
    folder = parent / made_of.hexdigest()[:16]
    with locked(cache_folder() / "ansible-lab-modules.lock"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.touch()
        for other in parent.iterdir():
            if other.stat().st_mtime < time.time() - UNUSED_SECONDS:
                shutil.rmtree(other)
    return folder


def end_connections(folder: Path) -> None:
    """End the connections that SSH keeps open for the next run."""
    for socket in (folder / "c").glob("*"):
        command = ["ssh", "-F", "/dev/null", "-o", f"ControlPath={socket}", "-O", "exit", "lab"]
        # One that does not end keeps no host from being stopped.
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(command, capture_output=True, check=False, timeout=60)  # noqa: S603 - ssh from the search path
