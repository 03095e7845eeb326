"""No permission reaches what another environment keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from policies.configuration import texts
from policies.environments import CONFIGURATION, naming_of
from policies.iam_documents import Statement, each_statement
from policies.iam_reach import DATA_ACTIONS, Reach, own_names
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.reading import Properties, Undecided, WrongType, is_list
from policies.resources import Resource, Stack

DOCUMENTS: Final = {
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/policy:Policy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
}
ROLE: Final = "aws:iam/role:Role"
ATTACHMENTS: Final = (
    "aws:iam/*olicyAttachment:*PolicyAttachment",
    "aws:iam/*PolicyAttachmentsExclusive:*PolicyAttachmentsExclusive",
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
    ROLE,
)
REMEDY: Final = "name the environment's own resources, or what carries its name before the first wildcard"


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at the documents of permissions, and at policies of AWS's that know no environment."""
    own = own_names(stack.resources)
    yield from each(stack.of_type(*DOCUMENTS, ROLE), lambda resource: _of_resource(stack, resource, own, configuration))
    yield from each(stack.of_type(*ATTACHMENTS), lambda attachment: _attached(attachment, configuration))


def _of_resource(stack: Stack, resource: Resource, own: set[str], configuration: Properties) -> Iterator[Violation]:
    reach = Reach(
        naming=naming_of(configuration, stack.environment),
        own_names=own,
        account=_account(resource) if configuration.flag("account_per_environment") else "",
        shared=configuration.texts("shared_resources"),
        environment_tag=configuration.text("environment_key") or "",
    )
    actions = configuration.texts("data_actions")

    def check(statement: Statement) -> Iterator[Violation]:
        found: dict[str, list[str]] = {}
        for action, pattern in reach.foreign(statement, actions):
            found.setdefault(pattern, []).append(action)
        for pattern, reached in found.items():
            more = f" and {len(reached) - 3} more" if len(reached) > 3 else ""  # noqa: PLR2004 - as many as one reads
            fault = f"allows {', '.join(reached[:3])}{more} on {pattern}, which may be another environment's"
            yield Violation(fault, REMEDY, statement.path, resource)

    if resource.type in DOCUMENTS:
        yield from each_statement(resource.properties.document(DOCUMENTS[resource.type]), check)
    else:
        for inline in resource.properties.inners("inlinePolicies"):
            yield from each_statement(inline.document("policy"), check)


def _attached(attachment: Resource, configuration: Properties) -> Iterator[Violation]:
    properties = attachment.properties

    def check(path: str) -> Iterator[Violation]:
        name = (properties.text(path) or "").rpartition("/")[2]
        if name in configuration.texts("policies_without_environment"):
            remedy = "write a policy that names the environment's own resources"
            yield Violation(f"attaches {name}, which reaches every environment", remedy, path, attachment)

    paths = ["policyArn", "managedPolicyArn"]
    for path in ("policyArns", "managedPolicyArns"):
        # A role's own list is not known in a preview where nobody gives it, for AWS answers with what is attached.
        if attachment.type != ROLE or attachment.property_dependencies.get(path) or _is_known(properties, path):
            paths += [f"{path}.{number}" for number in range(properties.count(path))]
    yield from each(paths, check, attachment)


def _is_known(properties: Properties, path: str) -> bool:
    try:
        properties.value(path)
    except Undecided:
        return False
    return True


def _account(resource: Resource) -> str:
    """Return the one account that the provider works in; empty where that is not said."""
    accounts = resource.provider.value("allowedAccountIds")
    if isinstance(accounts, str):  # nested provider configuration travels as JSON text
        try:
            accounts = json.loads(accounts)
        except ValueError:
            raise WrongType("allowedAccountIds", accounts, "a list") from None
    else:
        accounts = resource.provider.texts("allowedAccountIds")
    return str(accounts[0]) if is_list(accounts) and len(accounts) == 1 else ""


POLICY = StackPolicy(
    name="roles-reach-only-their-environment",
    description="No permission reaches data, keys, secrets, images, logs or roles of another environment.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            **CONFIGURATION,
            "account_per_environment": {
                "type": "boolean",
                "description": "Whether each environment has an account of its own, which narrows ARNs that name it.",
                "default": False,
            },
            "shared_resources": texts(
                "ARNs of others that permissions may reach; * stands for anything.", ["arn:aws*:ssm:*::parameter/aws/*"]
            ),
            "environment_key": {
                "type": "string",
                "description": "Tag of resources that says their environment, for conditions on aws:ResourceTag.",
                "default": "llm-platform:environment",
            },
            "data_actions": {
                "type": "array",
                "items": {"type": "string", "pattern": "^[a-z0-9-]+:[A-Za-z0-9]+$"},
                "description": "Actions that read, write or hand on what an environment keeps.",
                "default": list(DATA_ACTIONS),
            },
            "policies_without_environment": texts(
                "Policies of AWS's own that reach the data of every environment in the account.",
                [
                    "AmazonS3FullAccess",
                    "AmazonS3ReadOnlyAccess",
                    "AmazonSSMFullAccess",
                    "AmazonSSMReadOnlyAccess",
                    "SecretsManagerReadWrite",
                    "AmazonDynamoDBFullAccess",
                    "AmazonDynamoDBReadOnlyAccess",
                    "AmazonRDSDataFullAccess",
                    "AmazonSQSFullAccess",
                    "AmazonSNSFullAccess",
                    "AmazonSageMakerFullAccess",
                    "AmazonEC2ContainerRegistryFullAccess",
                    "AmazonEC2ContainerRegistryPowerUser",
                    "CloudWatchLogsFullAccess",
                    "CloudWatchLogsReadOnlyAccess",
                    "ReadOnlyAccess",
                ],
            ),
        }
    ),
    validate=validate,
)
