"""The IAM role that the environment's CI assumes: its trust, its boundary and the policies that it carries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import boto3
import botocore.exceptions

from preflight.change import ABSENT, Change
from preflight.ci_sign_in import AUDIENCE, ISSUER
from preflight.managed_policy import ManagedPolicy, absent, parsed

ONCE_INLINE: Final = ("state", "read", "build", "identity")
"""Policies that stood in the role itself, where IAM takes 10,240 characters of all of them together."""


class CiRole:
    """The role: who may assume it, within which boundary, and what it may do."""

    def __init__(
        self,
        session: boto3.Session,
        name: str,
        *,
        subject: str,
        provider_arn: str,
        boundary: ManagedPolicy,
        policies: Sequence[ManagedPolicy],
        tags: Mapping[str, str],
    ) -> None:
        self.name = name
        self._subject = subject
        self._provider_arn = provider_arn
        self._boundary_arn = boundary.arn
        self._policies = policies
        self._tags = tags
        self._iam = session.client("iam")

    @property
    def resource(self) -> str:
        """Return kind and name."""
        return f"IAM role {self.name}"

    def plan(self) -> Iterator[Change]:
        """Yield what differs; what the role carries anew comes before what is taken from it."""
        role = self._role()
        if role is None:
            yield Change(self.resource, "role", ABSENT, f"for {self._subject}", self._create)
        else:
            yield from self._differences(role)
        # One that was not there, made just now or not, carries nothing yet.
        attached = [] if role is None else self._attached()
        wanted = [policy.arn for policy in self._policies]
        for policy in self._policies:
            if policy.arn not in attached:
                yield Change(
                    self.resource,
                    f"policy {policy.name}",
                    ABSENT,
                    "attached",
                    partial(self._iam.attach_role_policy, RoleName=self.name, PolicyArn=policy.arn),
                )
        for arn in attached:
            # Of ours by its name, and of no document any more; policies of others stay.
            if arn not in wanted and arn.rpartition("/")[2].startswith(f"{self.name}-"):
                yield Change(
                    self.resource,
                    f"policy {arn.rpartition('/')[2]}",
                    "attached",
                    ABSENT,
                    partial(self._iam.detach_role_policy, RoleName=self.name, PolicyArn=arn),
                )
        for name in [] if role is None else self._inline():
            yield Change(
                self.resource,
                f"inline policy {name}",
                "in the role",
                "in policies of their own",
                partial(self._iam.delete_role_policy, RoleName=self.name, PolicyName=name),
            )

    def _differences(self, role: dict[str, Any]) -> Iterator[Change]:
        trust = self._trust()
        if parsed(role["AssumeRolePolicyDocument"]) != json.loads(trust):
            seen = _subject(parsed(role["AssumeRolePolicyDocument"]))
            yield Change(
                self.resource,
                "trust",
                f"for {seen}" if seen else "differs",
                f"for {self._subject}",
                partial(self._iam.update_assume_role_policy, RoleName=self.name, PolicyDocument=trust),
            )
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        if boundary != self._boundary_arn:
            yield Change(
                self.resource,
                "boundary",
                boundary or ABSENT,
                self._boundary_arn,
                partial(
                    self._iam.put_role_permissions_boundary, RoleName=self.name, PermissionsBoundary=self._boundary_arn
                ),
            )

    def _role(self) -> dict[str, Any] | None:
        try:
            return self._iam.get_role(RoleName=self.name)["Role"]
        except botocore.exceptions.ClientError as error:
            if absent(error):
                return None
            raise

    def _attached(self) -> list[str]:
        pages = self._iam.get_paginator("list_attached_role_policies").paginate(RoleName=self.name)
        return [each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]]

    def _inline(self) -> list[str]:
        """Inline policies that an earlier bootstrap wrote."""
        pages = self._iam.get_paginator("list_role_policies").paginate(RoleName=self.name)
        return [name for page in pages for name in page["PolicyNames"] if name in ONCE_INLINE]

    def _trust(self) -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": self._provider_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            # Equal, not like: a wildcard in the subject is how other people's workflows get in.
            "Condition": {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": self._subject}},
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)

    def _create(self) -> None:
        self._iam.create_role(
            RoleName=self.name,
            Description="Assumed by the pipeline that updates the environment",
            AssumeRolePolicyDocument=self._trust(),
            PermissionsBoundary=self._boundary_arn,
            Tags=[{"Key": key, "Value": value} for key, value in sorted(self._tags.items())],
        )


def _subject(trust: Any) -> str | None:
    try:
        return str(trust["Statement"][0]["Condition"]["StringEquals"][f"{ISSUER}:sub"])
    except (KeyError, IndexError, TypeError):
        return None
