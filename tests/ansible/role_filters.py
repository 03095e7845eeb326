"""Filters of roles and playbooks, loaded from their files as Ansible does."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.ansible.roles import ANSIBLE


def role_filters(role: str, noun: str) -> dict[str, Callable[..., Any]]:
    """Return the filters of `roles/<role>/filter_plugins/<noun>.py` by name."""
    return _filters(ANSIBLE / "roles" / role, noun)


def playbook_filters(noun: str) -> dict[str, Callable[..., Any]]:
    """Return the filters of `ansible/filter_plugins/<noun>.py` by name."""
    return _filters(ANSIBLE, noun)


def _filters(of: Path, noun: str) -> dict[str, Callable[..., Any]]:
    spec = importlib.util.spec_from_file_location(f"filters_of_{of.name}_{noun}", of / "filter_plugins" / f"{noun}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module.FilterModule().filters()
