"""A managed policy of the account, as a document says it; each earlier version stays, up to the five that IAM keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import boto3
import botocore.exceptions

from preflight.change import ABSENT, Change

AS_WRITTEN = "as in preflight/ci_permissions.yaml"

MOST_VERSIONS = 5
"""Versions that a managed policy keeps: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


class ManagedPolicy:
    """One policy, which roles carry or are bounded by."""

    def __init__(
        self, session: boto3.Session, name: str, account_id: str, purpose: str, document: Callable[[], str]
    ) -> None:
        self.name = name
        self.arn = f"arn:aws:iam::{account_id}:policy/{name}"
        self._purpose = purpose
        self._document = document
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
            if not absent(error):
                raise
            yield Change(self.resource, "policy", ABSENT, self._purpose, self._create)
            return
        found = self._iam.get_policy_version(PolicyArn=self.arn, VersionId=version)
        if parsed(found["PolicyVersion"]["Document"]) != json.loads(self._document()):
            yield Change(self.resource, "statements", f"version {version} differs", AS_WRITTEN, self._renew)

    def _create(self) -> None:
        self._iam.create_policy(PolicyName=self.name, PolicyDocument=self._document())

    def _renew(self) -> None:
        versions = self._iam.list_policy_versions(PolicyArn=self.arn)["Versions"]
        if len(versions) >= MOST_VERSIONS:
            spare: list[str] = [each["VersionId"] for each in versions if not each["IsDefaultVersion"]]
            oldest = min(spare, key=lambda version: int(version.removeprefix("v")))
            self._iam.delete_policy_version(PolicyArn=self.arn, VersionId=oldest)
        self._iam.create_policy_version(PolicyArn=self.arn, PolicyDocument=self._document(), SetAsDefault=True)


def absent(error: botocore.exceptions.ClientError) -> bool:
    """Whether IAM has no such thing."""
    return error.response["Error"]["Code"] == "NoSuchEntity"


def parsed(value: Any) -> Any:
    """IAM hands a document back URL-encoded, or parsed already by botocore."""
    return json.loads(unquote(value)) if isinstance(value, str) else value
