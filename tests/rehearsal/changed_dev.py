"""The platform's real program with the dev environment changed, in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from rehearsal import phases
from rehearsal.aws.account import Account
from rehearsal.environment import environment
from rehearsal.phases import Rehearsal, Silence

ROOT = Path(__file__).resolve().parents[2]


def changed_dev(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Copy the program into `folder` and let `change` edit the sections of dev's stack file."""
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    (folder / "stacks").mkdir()
    shutil.copy(ROOT / "stacks" / "__main__.py", folder / "stacks")
    content = yaml.safe_load((ROOT / "stacks" / "Pulumi.dev.yaml").read_text())
    sections = {key.removeprefix("llm-platform:"): value for key, value in content["config"].items()}
    change(sections)
    config = {f"llm-platform:{name}": section for name, section in sections.items()}
    (folder / "stacks" / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
    return folder


def up(project: Path, state: Path | None = None) -> Rehearsal:
    """Rehearse dev of that folder whole."""
    with (
        environment("dev", project, terraform_state=state) as (target, _),
        Account(target.account_id, target.region) as account,
    ):
        return phases.up(target, account, Silence())
