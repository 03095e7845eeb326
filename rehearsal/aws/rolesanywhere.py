"""IAM Roles Anywhere: trust anchors and profiles."""

from __future__ import annotations

import hashlib
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.translation import Created, Inputs, Recorded, Request, given, translates


@translates("aws:rolesanywhere/trustAnchor:TrustAnchor")
class TrustAnchor(Recorded):
    """A CA whose certificates are believed."""

    why = "moto has no IAM Roles Anywhere"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build CreateTrustAnchor."""
        parameters = given(
            inputs, name="name", source="source", enabled="enabled", notificationSettings="notificationSettings"
        )
        return [Request("rolesanywhere", "create_trust_anchor", {**parameters, **_tags(inputs)})]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give an id and its ARN."""
        return _identity(aws, "trust-anchor", inputs)


@translates("aws:rolesanywhere/profile:Profile")
class Profile(Recorded):
    """The roles that a certificate opens."""

    why = "moto has no IAM Roles Anywhere"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build CreateProfile."""
        parameters = given(
            inputs,
            name="name",
            requireInstanceProperties="requireInstanceProperties",
            sessionPolicy="sessionPolicy",
            roleArns="roleArns",
            managedPolicyArns="managedPolicyArns",
            durationSeconds="durationSeconds",
            enabled="enabled",
            acceptRoleSessionName="acceptRoleSessionName",
        )
        # The API wants the list, where the provider takes none for an empty one.
        return [Request("rolesanywhere", "create_profile", {"roleArns": [], **parameters, **_tags(inputs)})]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give an id and its ARN."""
        return _identity(aws, "profile", inputs)


def _tags(inputs: Inputs) -> dict[str, Any]:
    tags = [{"key": key, "value": value} for key, value in sorted((inputs.get("tagsAll") or {}).items())]
    return {"tags": tags} if tags else {}


def _identity(aws: Account, kind: str, inputs: Inputs) -> Created:
    digits = hashlib.sha256(f"{kind} {inputs.get('name')}".encode()).hexdigest()
    found = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
    return Created(found, {"arn": f"arn:aws:rolesanywhere:{aws.region}:{aws.account_id}:{kind}/{found}"})
