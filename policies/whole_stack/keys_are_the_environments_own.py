"""What is encrypted is encrypted with a key of this stack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from policies.configuration import texts
from policies.environments import CONFIGURATION, misnamed
from policies.ownership import is_of_unnamed, known_text
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.reading import Properties
from policies.resources import Resource, Stack

KEYS: Final = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/externalKey:ExternalKey")
ALIAS: Final = "aws:kms/alias:Alias"

_ARN = re.compile(r"arn:aws[\w-]*:kms:[\w-]*:\d*:(?:key|alias)/[\w/.-]+")
_PROPERTY = re.compile(r"kms|^(?:target)?key(?:id|arn)$", re.IGNORECASE)
_ID = re.compile(r"(?:mrk-)?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|alias/[\w/.-]+")


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at names of aliases, then at every key that is named anywhere: what is not known yet is of this stack."""
    yield from each(stack.of_type(ALIAS), lambda alias: _names(alias, configuration))
    keys = stack.of_type(*KEYS)
    own = {
        name
        for resource in (*keys, *stack.of_type(ALIAS))
        for output in ("arn", "keyId", "id", "name")
        if (name := known_text(resource.properties, output))
    }
    shared = configuration.texts("shared_keys")
    # Permissions are the matter of roles-reach-only-their-environment.
    users = [user for user in stack.resources if user.type not in KEYS and not user.type.startswith("aws:iam/")]
    yield from each(users, lambda user: _foreign(user, keys, own, shared))


def _names(alias: Resource, configuration: Properties) -> Iterator[Violation]:
    for path in ("name", "namePrefix"):
        yield from misnamed(alias, configuration, path)


def _foreign(resource: Resource, keys: list[Resource], own: set[str], shared: list[str]) -> Iterator[Violation]:
    for path, text in resource.texts:
        for key in dict.fromkeys(_keys(path, text)):
            if key in own or any(fnmatchcase(key, pattern) for pattern in shared):
                continue
            if not is_of_unnamed(resource, path, keys, ("arn", "keyId")):
                fault = f"names the key {key}, which is not of this stack"
                yield Violation(fault, "use a key of the environment's own", path, resource)


def _keys(path: str, text: str) -> Iterator[str]:
    if "kms" in text:
        for match in _ARN.finditer(text):
            # What goes on with a wildcard is a pattern of many.
            if text[match.end() : match.end() + 1] not in ("*", "?"):
                yield match[0]
    if _PROPERTY.search(path.rpartition(".")[2]) and _ID.fullmatch(text):
        yield text


POLICY = StackPolicy(
    name="keys-are-the-environments-own",
    description="What is encrypted is encrypted with a key of this stack, and aliases carry the environment's name.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            **CONFIGURATION,
            "shared_keys": texts(
                "Keys of others that may be used, by ARN, id or alias; * stands for anything.",
                ["alias/aws/*", "arn:aws*:kms:*:alias/aws/*"],
            ),
        }
    ),
    validate=validate,
)
