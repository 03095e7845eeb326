"""The KMS key of the environment's state: Pulumi's secrets provider, and the state bucket's encryption."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import boto3

from preflight.change import ABSENT, Change


class SecretsKey:
    """A customer managed key with rotation, found by its alias.

    Its key policy is KMS's own default, which leaves the decision to IAM. It is not looked at again: an organisation
    that tightened it must not find it opened by a second run.
    """

    def __init__(self, session: boto3.Session, alias: str, tags: Mapping[str, str]) -> None:
        self.alias = alias
        self.tags = tags
        self._kms = session.client("kms")

    @property
    def resource(self) -> str:
        """Return kind and name."""
        return f"KMS key {self.alias}"

    def arn(self) -> str | None:
        """Return the ARN of the key behind the alias, if there is one."""
        for page in self._kms.get_paginator("list_aliases").paginate():
            for alias in page["Aliases"]:
                if alias["AliasName"] == self.alias and "TargetKeyId" in alias:
                    return str(self._kms.describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]["Arn"])
        return None

    def plan(self) -> Iterator[Change]:
        """Yield what differs."""
        arn = self.arn()
        if arn is None:
            yield Change(self.resource, "key", ABSENT, "symmetric, for encryption", self._create)
            if (arn := self.arn()) is None:  # a dry run
                yield Change(self.resource, "rotation", ABSENT, "every year", lambda: None)
                return
        yield from self._usable(arn)
        if not self._kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"]:
            yield Change(self.resource, "rotation", "off", "every year", self._call("enable_key_rotation", arn))

    def _usable(self, arn: str) -> Iterator[Change]:
        """A key that waits for its deletion takes every secret of the state with it."""
        state = self._described(arn)["KeyState"]
        if state == "PendingDeletion":
            yield Change(
                self.resource,
                "state",
                "waits for deletion",
                "kept",
                self._call("cancel_key_deletion", arn),
            )
            state = "Disabled"  # that is how KMS gives it back
        if state == "Disabled":
            yield Change(self.resource, "state", "disabled", "enabled", self._call("enable_key", arn))

    def _call(self, operation: str, arn: str) -> Callable[[], object]:
        return partial(getattr(self._kms, operation), KeyId=arn.partition(":key/")[2])

    def _described(self, arn: str) -> dict[str, Any]:
        return self._kms.describe_key(KeyId=arn)["KeyMetadata"]

    def _create(self) -> None:
        key = self._kms.create_key(
            Description=f"Pulumi state and secrets, {self.alias}",
            Tags=[{"TagKey": name, "TagValue": value} for name, value in sorted(self.tags.items())],
        )
        self._kms.create_alias(AliasName=self.alias, TargetKeyId=key["KeyMetadata"]["KeyId"])
