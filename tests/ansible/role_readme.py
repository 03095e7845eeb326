"""`python -m tests.ansible.role_readme` writes each role's README.md from its argument specs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.ansible.roles import ANSIBLE, ROLES, EntryPoint, dependencies, description, entry_points

GENERATED = "Generated from [meta/argument_specs.yml](meta/argument_specs.yml) by `make role-readmes`."
MARKUP = re.compile(r"\b[CVOMB]\(([^)]*)\)")


def file_of(role: str) -> Path:
    """Return where the role's page stands."""
    return ANSIBLE / "roles" / role / "README.md"


def rendered(role: str) -> str:
    """Return the page."""
    parts = [f"# {role}\n", f"{description(role)}.\n".replace("..\n", ".\n")]
    for point in entry_points(role):
        parts.append(_entry_point(point))
    if needed := dependencies(role):
        parts.append("Runs first: " + ", ".join(f"[{each}](../{each}/README.md)" for each in needed) + ".\n")
    parts.append(GENERATED)
    return "\n".join(parts) + "\n"


def _entry_point(point: EntryPoint) -> str:
    title = "" if point.name == "main" else f"## `tasks_from: {point.name}`\n\n"
    text = _text(point.spec.get("description") or point.spec["short_description"])
    if not point.options:
        return f"{title}{text}\n"
    rows = ["| variable | type | default | what it is |", "|---|---|---|---|"]
    rows += [_row(name, option) for name, option in point.options.items()]
    return f"{title}{text}\n\n" + "\n".join(rows) + "\n"


def _row(name: str, option: Mapping[str, Any]) -> str:
    kind = str(option.get("type", "str"))
    if kind == "list":
        kind = f"list of {option.get('elements', 'str')}"
    choices = f" One of {', '.join(f'`{choice}`' for choice in option['choices'])}." if "choices" in option else ""
    default = "**required**" if option.get("required") else f"`{json.dumps(option.get('default'))}`"
    if not option.get("required") and option.get("default") is None:
        default = ""
    return f"| `{name}` | {kind} | {_cell(default)} | {_cell(_text(option['description']) + choices)} |"


def _text(described: str | list[str]) -> str:
    text = described if isinstance(described, str) else " ".join(described)
    return MARKUP.sub(r"`\1`", " ".join(text.split()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write every page."""
    for role in ROLES:
        file_of(role).write_text(rendered(role))


if __name__ == "__main__":
    main()
