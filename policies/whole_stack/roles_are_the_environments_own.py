"""Resources work with roles of this stack, and change no others."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from policies.configuration import texts
from policies.environments import CONFIGURATION, misnamed
from policies.ownership import is_of_unnamed, known_text
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.reading import Properties
from policies.resources import Resource, Stack

ROLE: Final = "aws:iam/role:Role"
BY_NAME: Final = {
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
    "aws:iam/instanceProfile:InstanceProfile",
    "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive",
    "aws:lambda/function:Function",
}
"""Types whose property `role`, or `roleName`, is a role of IAM, by name or ARN."""


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at names of roles, then at every role that a resource works with."""
    roles = stack.of_type(ROLE)
    yield from each(roles, lambda role: _names(role, configuration))
    own = {name for role in roles for output in ("arn", "name", "id") if (name := known_text(role.properties, output))}
    shared = configuration.texts("shared_roles")
    yield from each(stack.of_type("aws:*"), lambda resource: _foreign(resource, roles, own, shared))


def _names(role: Resource, configuration: Properties) -> Iterator[Violation]:
    for path in ("name", "namePrefix"):
        yield from misnamed(role, configuration, path)


def _foreign(resource: Resource, roles: list[Resource], own: set[str], shared: list[str]) -> Iterator[Violation]:
    for path, text in resource.texts:
        property_ = path.rpartition(".")[2]
        named = (property_ in ("role", "roleName") and resource.type in BY_NAME) or (
            property_.lower().endswith("rolearn") and ":iam:" in text
        )
        if not named or text in own or any(fnmatchcase(text, pattern) for pattern in shared):
            continue
        if not is_of_unnamed(resource, path, roles, ("arn", "name")):
            fault = f"works with the role {text}, which is not of this stack"
            yield Violation(fault, "make a role of the environment's own", path, resource)


POLICY = StackPolicy(
    name="roles-are-the-environments-own",
    description="Resources work with roles of this stack, and roles with a name of their own carry the environment's.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            **CONFIGURATION,
            "shared_roles": texts(
                "Roles of others that may be used, by ARN or name; * stands for anything.",
                ["arn:aws*:iam::*:role/aws-service-role/*", "AWSServiceRoleFor*"],
            ),
        }
    ),
    validate=validate,
)
