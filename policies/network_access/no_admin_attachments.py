"""Nobody is given a policy of administrators but the roles that administer the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.configuration import texts
from policies.globs import glob_matches
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

MASTERS: Final = "system:masters"


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at attachments of managed policies, and at who administers Kubernetes."""
    properties = resource.properties
    if resource.kind == "AccessPolicyAssociation":
        yield from _of_cluster(properties, configuration)
    elif resource.kind == "AccessEntry":
        if MASTERS in properties.texts("kubernetesGroups"):
            remedy = "associate an access policy, which can be looked up and taken away"
            yield Violation(f"is in the group {MASTERS}", remedy, "kubernetesGroups")
    else:
        lists = [f"{path}.{n}" for path in ("managedPolicyArns", "policyArns") for n in range(properties.count(path))]
        paths = ["policyArn", "managedPolicyArn", *lists]
        yield from each(paths, lambda path: _of_aws(properties, path, configuration))


def _of_aws(properties: Properties, path: str, configuration: Properties) -> Iterator[Violation]:
    name = (properties.text(path) or "").rpartition("/")[2]
    if any(glob_matches(pattern, name) for pattern in configuration.texts("refused_policies")):
        yield Violation(f"attaches {name}", "grant the actions that are needed", path)


def _of_cluster(properties: Properties, configuration: Properties) -> Iterator[Violation]:
    name = (properties.text("policyArn") or "").rpartition("/")[2]
    if properties.text("accessScope.type") != "cluster" or name not in configuration.texts("cluster_admin_policies"):
        return
    principal = properties.text("principalArn") or ""
    role = principal.rpartition("/")[2] if ":role/" in principal else ""
    if not role or not any(glob_matches(pattern, role) for pattern in configuration.texts("cluster_admins")):
        fault = f"gives {name} on the whole cluster to {principal.rpartition(':')[2] or 'nobody in particular'}"
        remedy = "scope it to namespaces, or name the role in cluster_admins"
        yield Violation(fault, remedy, "policyArn")


POLICY = ResourcePolicy(
    name="no-admin-attachments",
    description="Nobody is given a policy of administrators but the roles that administer the cluster.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "refused_policies": texts(
                "Names of managed policies that nobody may have; * stands for anything.",
                ["AdministratorAccess*", "PowerUserAccess", "SystemAdministrator", "*FullAccess"],
            ),
            "cluster_admin_policies": texts(
                "Access policies of EKS that administer a cluster.",
                ["AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy"],
            ),
            "cluster_admins": texts(
                "Names of roles that may administer the whole cluster; * stands for anything.",
                ["platform-admin", "llm-platform-*-ci"],
            ),
        }
    ),
    types=(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
        "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
        "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
        "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
        "aws:iam/role:Role",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:eks/accessEntry:AccessEntry",
    ),
    validate=validate,
)
