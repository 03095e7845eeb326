"""The policy documents of the CI role, from ci_permissions.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

FILE: Final = Path(__file__).parent / "ci_permissions.yaml"
BOUNDARY: Final = "boundary"


class Statement(BaseModel):
    """One statement of a policy, and why it is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sid: Annotated[str, Field(pattern="^[A-Za-z0-9]+$")]
    why: str
    effect: Literal["Allow", "Deny"] = "Allow"
    actions: Annotated[tuple[str, ...], Field(min_length=1)]
    resources: Annotated[tuple[str, ...], Field(min_length=1)]
    conditions: Mapping[str, Mapping[str, str | tuple[str, ...]]] = {}

    def rendered(self, places: Mapping[str, str]) -> dict[str, Any]:
        """Return it in IAM's form, with `places` filled in."""
        statement: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": self.effect,
            "Action": list(self.actions),
            "Resource": [resource.format_map(places) for resource in self.resources],
        }
        if self.conditions:
            statement["Condition"] = {
                operator: {key: _filled(value, places) for key, value in tests.items()}
                for operator, tests in self.conditions.items()
            }
        return statement


@cache
def statements() -> Mapping[str, tuple[Statement, ...]]:
    """Return the statements by policy."""
    return TypeAdapter(dict[str, tuple[Statement, ...]]).validate_python(yaml.safe_load(FILE.read_text()))


def policy(name: str, places: Mapping[str, str]) -> str:
    """Return a policy document as JSON."""
    filled = [statement.rendered(places) for statement in statements()[name]]
    return json.dumps({"Version": "2012-10-17", "Statement": filled}, sort_keys=True, separators=(",", ":"))


def carried_policies() -> tuple[str, ...]:
    """Return the names of those that the role carries: all but its boundary."""
    return tuple(name for name in statements() if name != BOUNDARY)


def _filled(value: str | tuple[str, ...], places: Mapping[str, str]) -> str | list[str]:
    if isinstance(value, str):
        return value.format_map(places)
    return [each.format_map(places) for each in value]
