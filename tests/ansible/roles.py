"""The roles as their files say: argument specs, defaults, descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
ANSIBLE = REPOSITORY / "ansible"
ROLES = sorted(folder.name for folder in (ANSIBLE / "roles").iterdir() if folder.is_dir())


@dataclass(frozen=True)
class EntryPoint:
    """A way into a role: `main`, or another file that plays include by `tasks_from`."""

    role: str
    name: str
    spec: Mapping[str, Any]

    @property
    def options(self) -> Mapping[str, Mapping[str, Any]]:
        """Its variables by name."""
        return self.spec.get("options") or {}


def read(file: Path) -> Any:
    """Return a YAML file's content; of an empty one, nothing."""
    return yaml.safe_load(file.read_text())


def entry_points(role: str) -> list[EntryPoint]:
    """Return the role's, `main` first."""
    specs = read(ANSIBLE / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]
    return [EntryPoint(role, name, specs[name]) for name in sorted(specs, key=lambda name: (name != "main", name))]


def defaults(role: str) -> Mapping[str, Any]:
    """Return the role's variables that need not be given."""
    file = ANSIBLE / "roles" / role / "defaults" / "main.yml"
    return (read(file) or {}) if file.exists() else {}


def description(role: str) -> str:
    """Return what the role says it is."""
    return str(read(ANSIBLE / "roles" / role / "meta" / "main.yml")["galaxy_info"]["description"])


def dependencies(role: str) -> list[str]:
    """Return the roles that run before it."""
    listed = read(ANSIBLE / "roles" / role / "meta" / "main.yml").get("dependencies") or []
    return [each["role"] if isinstance(each, dict) else str(each) for each in listed]
