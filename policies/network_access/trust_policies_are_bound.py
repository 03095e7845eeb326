"""A role trusts one principal a statement, and that one under the conditions that tell it from others."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import texts
from policies.globs import glob_matches
from policies.iam_documents import Statement, each_statement
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.reading import Properties
from policies.resources import Resource

SOURCES = ("aws:SourceAccount", "aws:SourceArn")


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at each statement of the trust policy."""
    document = resource.properties.document("assumeRolePolicy")
    yield from each_statement(document, lambda statement: _loose(statement, configuration))


def _loose(statement: Statement, configuration: Properties) -> Iterator[Violation]:
    if not statement.allows:
        return
    place = f"{statement.path}.Principal"
    if statement.not_principals:
        remedy = "name who may take on the role"
        yield Violation("trusts everybody but some", remedy, f"{statement.path}.NotPrincipal")
        return
    named = [name for names in statement.principals.values() for name in names]
    if any("*" in name for name in named):
        yield Violation("trusts everybody", "name one principal", place)
        return
    most = int(configuration.value("most_principals"))
    if len(statement.principals) != 1 or not 1 <= len(named) <= most:
        kinds = ", ".join(sorted(statement.principals)) or "no kind"
        fault = f"trusts {len(named)} principals ({kinds}) in one statement; {most} of one kind may be"
        yield Violation(fault, "give each principal its own statement", place)
        return
    (kind,) = statement.principals
    if kind == "AWS":
        yield from _of_account(statement, named, configuration)
    elif kind == "Service":
        yield from _of_service(statement, named, configuration)
    elif kind == "Federated":
        yield from _of_federation(statement, named, configuration)


def _of_account(statement: Statement, named: list[str], configuration: Properties) -> Iterator[Violation]:
    accounts = [name for name in named if name.endswith(":root") or name.isdecimal()]
    keys = statement.condition_keys()
    wanted = configuration.texts("account_conditions")
    if accounts and not any(glob_matches(pattern.lower(), key) for pattern in wanted for key in keys):
        fault = f"trusts everybody in account {accounts[0]}"
        remedy = f"name a role, or demand one of {', '.join(wanted)}"
        yield Violation(fault, remedy, f"{statement.path}.Principal")


def _of_service(statement: Statement, named: list[str], configuration: Properties) -> Iterator[Violation]:
    wanted = {key.lower() for key in SOURCES}
    for service in named:
        speaks_for_an_account = any(glob_matches(pattern, service) for pattern in configuration.texts("services"))
        if speaks_for_an_account and not wanted & statement.condition_keys():
            fault = f"lets {service} act for any account"
            yield Violation(fault, f"demand {' or '.join(SOURCES)} in a condition", f"{statement.path}.Condition")


def _of_federation(statement: Statement, named: list[str], configuration: Properties) -> Iterator[Violation]:
    """Ask for the audience always, and for the subject where tokens have one."""
    for name in named:
        if ":saml-provider/" in name:
            keys = ["SAML:aud"]
        else:
            provider = name.partition(":oidc-provider/")[2] or name
            keys = [f"{provider}:aud", f"{provider}:sub"]
        for key in keys:
            values = statement.condition(key)
            loose = [value for value in values if _is_loose(value, configuration)]
            if not values or loose:
                seen = f"demands only {loose[0]!r} of" if loose else "demands nothing of"
                remedy = "demand one value, whole"
                yield Violation(f"{seen} {key}", remedy, f"{statement.path}.Condition")


def _is_loose(value: str, configuration: Properties) -> bool:
    allowed = configuration.texts("subject_patterns")
    return any(character in value for character in "*?") and value not in allowed


POLICY = ResourcePolicy(
    name="trust-policies-are-bound",
    description="A role trusts one principal a statement, and that one under the conditions that tell it from others.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "most_principals": {
                "type": "integer",
                "minimum": 1,
                "description": "Principals, of one kind, that a statement may name.",
                "default": 1,
            },
            "services": texts(
                "Services that say for whom they act, so that a condition can hold them to an account.",
                [
                    "bedrock.amazonaws.com",
                    "eks.amazonaws.com",
                    "monitoring.rds.amazonaws.com",
                    "pods.eks.amazonaws.com",
                    "scheduler.amazonaws.com",
                    "states.amazonaws.com",
                    "vpc-flow-logs.amazonaws.com",
                ],
            ),
            "account_conditions": texts(
                "Keys that narrow the trust in a whole account; * stands for anything.",
                ["aws:PrincipalArn", "aws:PrincipalTag/*", "sts:ExternalId"],
            ),
            "subject_patterns": texts("Values with wildcards that trust in an identity provider may demand.", []),
        }
    ),
    types=("aws:iam/role:Role",),
    validate=validate,
)
