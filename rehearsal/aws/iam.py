"""IAM: roles, policies, what attaches them, instance profiles and OIDC providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from rehearsal.aws.account import Account, NotEmulatedError
from rehearsal.aws.shapes import existing, tag_map
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource


def _document(value: Any) -> Any:
    """Return a policy document in plain: botocore parses most, and leaves some URL-encoded."""
    return unquote(value) if isinstance(value, str) else value


@translates("aws:iam/role:Role")
class Role(Emulated):
    """A role with its trust policy."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the role; policies are resources of their own."""
        if inputs.get("inlinePolicies") or inputs.get("managedPolicyArns"):
            raise NotEmulatedError("policies inside a role are not translated; use RolePolicy…")
        role = aws.call(
            "iam",
            "create_role",
            Tags=tag_list(inputs),
            **given(
                inputs,
                RoleName="name",
                AssumeRolePolicyDocument="assumeRolePolicy",
                Description="description",
                Path="path",
                MaxSessionDuration="maxSessionDuration",
                PermissionsBoundary="permissionsBoundary",
            ),
        )["Role"]
        outputs = {
            "arn": role["Arn"],
            "name": role["RoleName"],
            "path": role["Path"],
            "uniqueId": role["RoleId"],
            "maxSessionDuration": inputs.get("maxSessionDuration", 3600),
        }
        return Created(role["RoleName"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the role."""
        found = existing(aws, "iam", "get_role", RoleName=resource.id)
        if found is None:
            return None
        role = found["Role"]
        return {
            "name": role["RoleName"],
            "path": role["Path"],
            "description": role.get("Description"),
            "assumeRolePolicy": _document(role["AssumeRolePolicyDocument"]),
            "maxSessionDuration": role["MaxSessionDuration"],
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "tagsAll": tag_map(role.get("Tags")),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Take the role out of instance profiles and, where forced, its policies off it; then delete it."""
        name = {"RoleName": resource.id}
        for profile in aws.call("iam", "list_instance_profiles_for_role", **name)["InstanceProfiles"]:
            leave = {"InstanceProfileName": profile["InstanceProfileName"], **name}
            aws.call("iam", "remove_role_from_instance_profile", **leave)
        if resource.registration.inputs.get("forceDetachPolicies"):
            for policy in aws.call("iam", "list_attached_role_policies", **name)["AttachedPolicies"]:
                aws.call("iam", "detach_role_policy", PolicyArn=policy["PolicyArn"], **name)
            for policy_name in aws.call("iam", "list_role_policies", **name)["PolicyNames"]:
                aws.call("iam", "delete_role_policy", PolicyName=policy_name, **name)
        aws.call("iam", "delete_role", **name)


@translates("aws:iam/rolePolicy:RolePolicy")
class RolePolicy(Emulated):
    """A policy inside a role."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Put the policy."""
        parameters = given(inputs, RoleName="role", PolicyName="name", PolicyDocument="policy")
        aws.call("iam", "put_role_policy", **parameters)
        return Created(f"{inputs['role']}:{inputs['name']}")

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Read the policy."""
        role, _, name = resource.id.rpartition(":")
        found = existing(aws, "iam", "get_role_policy", RoleName=role, PolicyName=name)
        return found and {
            "role": found["RoleName"],
            "name": found["PolicyName"],
            "policy": _document(found["PolicyDocument"]),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the policy."""
        role, _, name = resource.id.rpartition(":")
        aws.call("iam", "delete_role_policy", RoleName=role, PolicyName=name)


@translates("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
class RolePolicyAttachment(Emulated):
    """A managed policy on a role."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Attach the policy; the id is the one by which the provider imports."""
        aws.call("iam", "attach_role_policy", **given(inputs, RoleName="role", PolicyArn="policyArn"))
        return Created(f"{inputs['role']}/{inputs['policyArn']}")

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Look for the policy among those of the role."""
        inputs = resource.registration.inputs
        found = existing(aws, "iam", "list_attached_role_policies", RoleName=inputs["role"])
        attached = [policy["PolicyArn"] for policy in found["AttachedPolicies"]] if found else []
        return dict(inputs) if inputs["policyArn"] in attached else None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Detach the policy."""
        inputs = resource.registration.inputs
        aws.call("iam", "detach_role_policy", **given(inputs, RoleName="role", PolicyArn="policyArn"))


@translates("aws:iam/policy:Policy")
class Policy(Emulated):
    """A managed policy of the account."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the policy."""
        policy = aws.call(
            "iam",
            "create_policy",
            Tags=tag_list(inputs),
            **given(inputs, PolicyName="name", PolicyDocument="policy", Description="description", Path="path"),
        )["Policy"]
        outputs = {
            "arn": policy["Arn"],
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "policyId": policy["PolicyId"],
            "attachmentCount": 0,
        }
        return Created(policy["Arn"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Read the policy and its default version."""
        found = existing(aws, "iam", "get_policy", PolicyArn=resource.id)
        if found is None:
            return None
        policy = found["Policy"]
        version = {"PolicyArn": resource.id, "VersionId": policy["DefaultVersionId"]}
        document = aws.call("iam", "get_policy_version", **version)["PolicyVersion"]["Document"]
        return {
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "description": policy.get("Description"),
            "policy": _document(document),
            "tagsAll": tag_map(policy.get("Tags")),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the older versions, then the policy."""
        for version in aws.call("iam", "list_policy_versions", PolicyArn=resource.id)["Versions"]:
            if not version["IsDefaultVersion"]:
                old = {"PolicyArn": resource.id, "VersionId": version["VersionId"]}
                aws.call("iam", "delete_policy_version", **old)
        aws.call("iam", "delete_policy", PolicyArn=resource.id)
