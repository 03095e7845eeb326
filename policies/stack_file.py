"""What the stack file says to the pack: levels, configuration and exemptions, in its section `policies`.

The engine hands a stack's configuration to the policy host (PULUMI_CONFIG) as it does to the program, so the pack reads
it by the same means under both; nothing is read from disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pulumi.runtime import config
from pydantic import BaseModel, ConfigDict, Field, ValidationError

KEY = "llm-platform:policies"

Words = Annotated[str, Field(min_length=3)]


class PackError(Exception):
    """The pack cannot run as it is or as it is configured; the message names file, key, value and what is allowed."""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Exemption(_Closed):
    """One policy that one resource need not keep, until a day."""

    policy: str
    resource: str
    """Logical name or URN; `*` stands for anything."""
    owner: Words
    reason: Words
    expires: date
    """Last day on which it holds."""

    def covers(self, policy: str, name: str, urn: str) -> bool:
        """Say whether it is about a policy and a resource, whatever the day."""
        return policy == self.policy and (fnmatchcase(name, self.resource) or urn == self.resource)

    def holds(self, today: date) -> bool:
        """Say whether the day has not passed."""
        return today <= self.expires


class StackFile(_Closed):
    """The section `policies` of a stack file."""

    levels: dict[str, Literal["advisory", "mandatory", "disabled"]] = {}
    configuration: dict[str, dict[str, Any]] = {}
    exemptions: tuple[Exemption, ...] = ()

    def check_names(self, names: Iterable[str]) -> None:
        """Raise `PackError` where a policy is named that the pack does not have."""
        known = set(names)
        for key, given in (
            ("levels", list(self.levels)),
            ("configuration", list(self.configuration)),
            ("exemptions", [exemption.policy for exemption in self.exemptions]),
        ):
            for name in given:
                if name not in known:
                    raise PackError(f"{KEY}.{key}: {name!r}: no such policy; allowed: {', '.join(sorted(known))}")


def read_stack_file() -> StackFile:
    """Return the section of the stack that is being judged; everything at its default where it has none."""
    text = config.get_config(KEY)
    if not text:
        return StackFile()
    try:
        return StackFile.model_validate(json.loads(text))
    except ValueError as error:
        if not isinstance(error, ValidationError):
            raise PackError(f"{KEY}: is not a mapping; allowed: levels, configuration, exemptions") from None
        faults = "; ".join(
            f"{KEY}.{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise PackError(faults) from None
