"""The rules of the day: those that are deployed, and the promises of the day's models as an environment brings them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from observability.burn_rates import RULES_FOLDER
from observability.slo import objective_group
from rehearsal.observe.story.fleet import objectives


def rule_files(folder: Path) -> Sequence[Path]:
    """The deployed files as they are, and one more that is written into the folder."""
    environment = folder / "environment.yaml"
    environment.write_text(yaml.safe_dump({"groups": [objective_group(objectives())]}), "utf-8")
    return [*sorted(RULES_FOLDER.glob("*.yaml")), environment]
