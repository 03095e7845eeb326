"""The lab: hosts that roles and playbooks are run against. Nothing is started unless a test asks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.ansible.control_plane import cluster, control_plane_of_playbooks, toolchain
from tests.ansible.gpu_stack import redhat_stack, ubuntu_stack
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.probes import missing_for_hosts, missing_for_trees

# Importing Ansible, as its filters do, replaces `sys.intern` by an object. PyTorch, which another test of the same
# process may import later, takes only a function there.
_intern = sys.intern
import_module("ansible.errors")
sys.intern = _intern

# Fixtures that stand beside what they are about.
__all__ = ["cluster", "control_plane_of_playbooks", "redhat_stack", "toolchain", "ubuntu_stack"]


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A lab of this worker's own; tests that need it are skipped, with what is missing, where hosts can't boot."""
    if missing := missing_for_hosts():
        pytest.skip(f"simulated hosts can't boot here, for want of {'; '.join(missing)}")
    lab = Lab()
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def root_trees(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A lab whose hosts don't have to boot: the same one where they can."""
    if not missing_for_hosts():
        yield request.getfixturevalue("lab")
        return
    if missing := missing_for_trees():
        pytest.skip(f"root trees can't be had here, for want of {'; '.join(missing)}")
    lab = Lab(boots=False)
    yield lab
    lab.close()
