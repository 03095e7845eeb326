"""The staging environment that the preflight's tests look at."""

from __future__ import annotations

from typing import Any

from stacks.settings import Settings, parse_settings
from tests.stacks.valid_sections import changed_sections

_OWN = {
    "node_groups.training[0].capacity": {"kind": "on-demand"},
    "dedicated_hosts[0].instance_type": "g6.48xlarge",
    "dedicated_hosts[0].instances_per_host": 1,
}


def staging_sections(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """Its stack file's sections, with changes by key path."""
    return changed_sections({**_OWN, **(changes or {})})


def staging(changes: dict[str, Any] | None = None) -> Settings:
    """Its settings, with changes by key path."""
    return parse_settings(staging_sections(changes), "stacks/Pulumi.staging.yaml")
