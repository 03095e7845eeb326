"""The IAM role that the environment's CI assumes, with its boundary."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote

import boto3
import botocore.exceptions

from preflight.change import ABSENT, Change
from preflight.ci_permissions import BOUNDARY, inline_policies, policy
from preflight.ci_sign_in import AUDIENCE, ISSUER

AS_WRITTEN = "as in preflight/ci_permissions.yaml"

MOST_VERSIONS = 5
"""Versions that a managed policy keeps: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


class CiBoundary:
    """The managed policy that bounds the CI role."""

    def __init__(
        self, session: boto3.Session, name: str, account_id: str, places: Callable[[], Mapping[str, str]]
    ) -> None:
        self.name = name
        self.arn = f"arn:aws:iam::{account_id}:policy/{name}"
        self._places = places
        self._iam = session.client("iam")

    @property
    def resource(self) -> str:
        """Return kind and name."""
        return f"IAM policy {self.name}"

    def plan(self) -> Iterator[Change]:
        """Yield what differs."""
        try:
            version = self._iam.get_policy(PolicyArn=self.arn)["Policy"]["DefaultVersionId"]
        except botocore.exceptions.ClientError as error:
            if not _absent(error):
                raise
            yield Change(self.resource, "policy", ABSENT, "the boundary of the CI role", self._create)
            return
        found = self._iam.get_policy_version(PolicyArn=self.arn, VersionId=version)
        if _document(found["PolicyVersion"]["Document"]) != json.loads(self._wanted()):
            yield Change(
                self.resource,
                "statements",
                f"version {version} differs",
                AS_WRITTEN,
                self._renew,
            )

    def _wanted(self) -> str:
        return policy(BOUNDARY, self._places())

    def _create(self) -> None:
        self._iam.create_policy(PolicyName=self.name, PolicyDocument=self._wanted())

    def _renew(self) -> None:
        versions = self._iam.list_policy_versions(PolicyArn=self.arn)["Versions"]
        if len(versions) >= MOST_VERSIONS:
            spare: list[str] = [each["VersionId"] for each in versions if not each["IsDefaultVersion"]]
            oldest = min(spare, key=lambda version: int(version.removeprefix("v")))
            self._iam.delete_policy_version(PolicyArn=self.arn, VersionId=oldest)
        self._iam.create_policy_version(PolicyArn=self.arn, PolicyDocument=self._wanted(), SetAsDefault=True)


class CiRole:
    """The role: who may assume it, within which boundary, and what it may do."""

    def __init__(
        self,
        session: boto3.Session,
        name: str,
        *,
        subject: str,
        provider_arn: str,
        boundary_arn: str,
        places: Callable[[], Mapping[str, str]],
        tags: Mapping[str, str],
    ) -> None:
        self.name = name
        self._subject = subject
        self._provider_arn = provider_arn
        self._boundary_arn = boundary_arn
        self._places = places
        self._tags = tags
        self._iam = session.client("iam")

    @property
    def resource(self) -> str:
        """Return kind and name."""
        return f"IAM role {self.name}"

    def plan(self) -> Iterator[Change]:
        """Yield what differs."""
        role = self._role()
        if role is None:
            yield Change(self.resource, "role", ABSENT, f"for {self._subject}", self._create)
        else:
            yield from self._differences(role)
        for name in inline_policies():
            seen = self._inline(name) if role is not None or self._role() is not None else None
            if seen != json.loads(policy(name, self._places())):
                before = ABSENT if seen is None else "differs"
                yield Change(self.resource, f"policy {name}", before, AS_WRITTEN, self._writer(name))

    def _differences(self, role: dict[str, Any]) -> Iterator[Change]:
        trust = self._trust()
        if _document(role["AssumeRolePolicyDocument"]) != json.loads(trust):
            seen = _subject(_document(role["AssumeRolePolicyDocument"]))
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
            if _absent(error):
                return None
            raise

    def _inline(self, name: str) -> Any:
        try:
            found = self._iam.get_role_policy(RoleName=self.name, PolicyName=name)
        except botocore.exceptions.ClientError as error:
            if _absent(error):
                return None
            raise
        return _document(found["PolicyDocument"])

    def _writer(self, name: str) -> Callable[[], None]:
        def write() -> None:
            self._iam.put_role_policy(RoleName=self.name, PolicyName=name, PolicyDocument=policy(name, self._places()))

        return write

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


def _absent(error: botocore.exceptions.ClientError) -> bool:
    return error.response["Error"]["Code"] == "NoSuchEntity"


def _document(value: Any) -> Any:
    """IAM hands a document back URL-encoded, or parsed already by botocore."""
    return json.loads(unquote(value)) if isinstance(value, str) else value


def _subject(trust: Any) -> str | None:
    try:
        return str(trust["Statement"][0]["Condition"]["StringEquals"][f"{ISSUER}:sub"])
    except (KeyError, IndexError, TypeError):
        return None
