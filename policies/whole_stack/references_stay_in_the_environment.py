"""Nothing names what is another environment's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from policies.configuration import texts
from policies.environments import CONFIGURATION, PROSE, Naming, naming_of
from policies.ownership import identity_facts
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.reading import Properties
from policies.resources import Resource

STACK_REFERENCE = "pulumi:pulumi:StackReference"
NAMED_ELSEWHERE = ("bucket", "bucketPrefix")
"""Names that the policies of names and owners judge."""


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at every text of the inputs, also inside of JSON documents and charts' values."""
    naming = naming_of(configuration, resource.environment)
    accounts = configuration.inner("accounts")
    foreign = {accounts.entry(name) or "": name for name in accounts.keys()}  # noqa: SIM118 - leaves out nulls
    foreign.pop(accounts.entry(resource.environment) or "", None)
    allowed = configuration.texts("allowed")
    names = _own_names(resource.type)
    for path, text in resource.texts:
        if path in names or path.rpartition(".")[2] in PROSE or any(fnmatchcase(text, each) for each in allowed):
            continue
        if said := _other(naming, foreign, text, is_stack=resource.type == STACK_REFERENCE):
            yield Violation(f"names {said}", "name what is this environment's own, or is published for all", path)


def _other(naming: Naming, foreign: Mapping[str, str], text: str, *, is_stack: bool) -> str:
    if is_stack and (stack := text.rpartition("/")[2]) in naming.others:
        return f"the stack {stack}"
    if other := naming.names_other(text):
        return f"what is {other}'s"
    for account, name in foreign.items():
        if account in text and re.search(rf"(?<!\d){account}(?!\d)", text):
            return f"{account}, the account of {name}"
    return ""


def _own_names(type_: str) -> set[str]:
    """Return the properties that hold the resource's own name."""
    facts = identity_facts()
    if type_ in facts.named_for_the_account:
        path = facts.named_for_the_account[type_]
        return {path, f"{path}Prefix"}
    if type_ in ("aws:iam/role:Role", "aws:kms/alias:Alias"):
        return {"name", "namePrefix"}
    return set(NAMED_ELSEWHERE) if re.match(r"aws:s3/(bucket(V2)?|directoryBucket):", type_) else set()


POLICY = ResourcePolicy(
    name="references-stay-in-the-environment",
    description="No resource names what is another environment's: its buckets, keys, roles, secrets, images or stack.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            **CONFIGURATION,
            "accounts": {
                "type": "object",
                "additionalProperties": {"type": "string", "pattern": r"^\d{12}$"},
                "description": "Account of each environment, where each has its own: {dev: '111122223333'}.",
                "default": {},
            },
            "allowed": texts("Texts that may name another environment; * stands for anything.", []),
        }
    ),
    types=("*",),
    validate=validate,
)
