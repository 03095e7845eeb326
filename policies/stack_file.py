"""What the stack file says to the pack: levels, configuration and exemptions, in its section `policies`.

The engine hands a stack's configuration to the policy host (PULUMI_CONFIG) as it does to the program, so the pack reads
it by the same means under both; nothing is read from disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Any, Final, Literal

from pulumi.runtime import config
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from policies.reading import shown

KEY = "llm-platform:policies"

ALLOWED: Final = {
    "levels": "a mapping of policies to advisory, mandatory or disabled",
    "levels.*": "advisory, mandatory or disabled",
    "configuration": "a mapping of policies to mappings of their keys",
    "configuration.*": "a mapping of the policy's keys to values",
    "exemptions": "a list",
    "exemptions.*": "a mapping of policy, resource, owner, reason and expires",
    "exemptions.*.policy": "the name of a policy",
    "exemptions.*.resource": "a logical name, with * for anything, or a URN",
    "exemptions.*.owner": "a text of 3 characters or more: who answers for it",
    "exemptions.*.reason": "a text of 3 characters or more: why it can't be otherwise yet",
    "exemptions.*.expires": "a day such as '2027-01-31'",
}
"""What stands where in the section."""


def _only_text(value: object) -> object:
    """Refuse numbers, which would be taken for seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError("not a text")  # noqa: TRY004 - what pydantic takes for a fault of the input
    return value


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]
Name = Annotated[str, Field(min_length=1)]
Day = Annotated[date, BeforeValidator(_only_text)]


class PackError(Exception):
    """The pack cannot run as it is or as it is configured; the message names file, key, value and what is allowed."""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Exemption(_Closed):
    """One policy that one resource need not keep, until a day."""

    policy: Name
    resource: Name
    """Logical name or URN; `*` stands for anything."""
    owner: Words
    reason: Words
    expires: Day
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
    """Return the section of the stack that is being judged; everything at its default where it has none.

    Raises `PackError` with every fault of it.
    """
    text = config.get_config(KEY)
    if not text:
        return StackFile()
    try:
        section = json.loads(text)
    except ValueError:
        section = text
    if not isinstance(section, dict):
        raise PackError(f"{KEY}: is {shown(section)}; allowed: a mapping of levels, configuration and exemptions")
    try:
        return StackFile.model_validate(section)
    except ValidationError as error:
        raise PackError("; ".join(_said(fault) for fault in error.errors(include_url=False))) from None


def _said(fault: ErrorDetails) -> str:
    path = [str(part) for part in fault["loc"] if part != "[key]"]
    place = ".".join((KEY, *path))
    if fault["type"] == "extra_forbidden":
        section = Exemption if len(path) > 1 else StackFile
        return f"{place}: there is no such key; allowed: {', '.join(section.model_fields)}"
    # A policy's name and an exemption's number are not of the form; what lies deeper is the whole's fault.
    form = ".".join("*" if number == 1 else part for number, part in enumerate(path))
    value = "is missing" if fault["type"] == "missing" else f"is {shown(fault['input'])}"
    return f"{place}: {value}; allowed: {ALLOWED.get(form, fault['msg'])}"
