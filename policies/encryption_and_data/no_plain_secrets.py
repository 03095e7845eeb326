"""No secret stands in the plain text of environments, values, arguments, user data or parameters."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies.configuration import texts
from policies.nodes import nodes
from policies.plain_secrets import plain_secrets
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.reading import Properties
from policies.resources import Resource
from policies.secret_facts import kept_by_the_provider

WHERE_SECRETS_BELONG = "kubernetes:core/v1:Secret"
"""The provider encrypts what stands there."""
REMEDY = "keep it in Secrets Manager and refer to it (valueFrom.secretKeyRef, an ExternalSecret, the secret's ARN)"


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look through everything in a resource; messages name the place and never the value."""
    if resource.type == WHERE_SECRETS_BELONG:
        return
    allowed = configuration.texts("allowed_names")
    seen: set[tuple[tuple[str, ...], str]] = set()
    for keys, value in nodes(resource.properties.value()):
        for found in plain_secrets(keys, value):
            place, what = found
            if found not in seen and not _is_kept(resource, place) and not _is_allowed(what, allowed):
                seen.add(found)
                yield Violation(f"holds {what} in plain text", REMEDY, ".".join(place))


def _is_kept(resource: Resource, keys: tuple[str, ...]) -> bool:
    """Say whether something stands in an input that the provider encrypts."""
    if resource.type == "aws:ssm/parameter:Parameter":
        return keys[0] in ("value", "valueWo") and resource.properties.text("type") == "SecureString"
    return keys[0] in kept_by_the_provider()


def _is_allowed(what: str, allowed: list[str]) -> bool:
    name = what.removeprefix("the value of ")
    return any(fnmatchcase(name, pattern) for pattern in allowed)


POLICY = ResourcePolicy(
    name="no-plain-secrets",
    description="No environment variable, chart value, argument, user data or plain parameter holds a secret.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={"allowed_names": texts("Names that sound like secrets and hold none; * stands for anything", [])}
    ),
    types=("*",),
    validate=validate,
)
