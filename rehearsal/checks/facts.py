"""What AWS accepts by name, read from facts.yaml, from the catalogue and from the emulator's own data."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from rehearsal.aws.service_model import service_model

FILE = Path(__file__).with_name("facts.yaml")


@cache
def _lists() -> dict[str, dict[str, Any]]:
    return cast("dict[str, dict[str, Any]]", yaml.safe_load(FILE.read_text(encoding="utf-8")))


def values(name: str) -> Any:
    """Return a list (or table) of facts.yaml."""
    return _lists()[name]["values"]


def source(name: str) -> str:
    """Return the page that a list of facts.yaml comes from."""
    return str(_lists()[name]["source"])


@cache
def managed_policies() -> frozenset[str]:
    """Return the names, with paths, of AWS's managed policies."""
    # The emulator has AWS's own list; importing it costs a second, so only who needs it does.
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415 - see above

    policies = cast("dict[str, dict[str, Any]]", json.loads(aws_managed_policies_data))
    emulated = {str(policy["Path"]).lstrip("/") + name for name, policy in policies.items()}
    return frozenset(emulated | set(values("managed_policies")))


@cache
def instance_types() -> frozenset[str]:
    """Return every instance type that botocore's model of EC2 knows."""
    shape: Any = service_model("ec2").shape_for("InstanceType")
    return frozenset(shape.enum)
