"""KMS keys and their aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import existing
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource


@translates("aws:kms/key:Key")
class Key(Emulated):
    """A customer managed key with its policy and rotation."""

    loses = {"rotationPeriodInDays": "moto forgets the period"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the key, then switch rotation on and, if asked, the key off."""
        tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tag_list(inputs)]
        key = aws.call(
            "kms",
            "create_key",
            Tags=tags,
            **given(
                inputs,
                Description="description",
                KeyUsage="keyUsage",
                KeySpec="customerMasterKeySpec",
                Policy="policy",
                MultiRegion="multiRegion",
                BypassPolicyLockoutSafetyCheck="bypassPolicyLockoutSafetyCheck",
            ),
        )["KeyMetadata"]
        key_id = key["KeyId"]
        if inputs.get("enableKeyRotation"):
            period = given(inputs, RotationPeriodInDays="rotationPeriodInDays")
            aws.call("kms", "enable_key_rotation", KeyId=key_id, **period)
        if inputs.get("isEnabled") is False:
            aws.call("kms", "disable_key", KeyId=key_id)
        outputs = {
            "arn": key["Arn"],
            "keyId": key_id,
            "region": aws.region,
            "description": key.get("Description", ""),
            "multiRegion": bool(inputs.get("multiRegion")),
        }
        return Created(key_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the key; one that waits for its deletion is gone."""
        identifier = {"KeyId": resource.id}
        found = existing(aws, "kms", "describe_key", **identifier)
        if found is None or found["KeyMetadata"]["KeyState"] == "PendingDeletion":
            return None
        key = found["KeyMetadata"]
        rotation = aws.call("kms", "get_key_rotation_status", **identifier)
        policy = aws.call("kms", "get_key_policy", PolicyName="default", **identifier)["Policy"]
        tags = aws.call("kms", "list_resource_tags", **identifier)["Tags"]
        return {
            "description": key.get("Description"),
            "keyUsage": key.get("KeyUsage"),
            "customerMasterKeySpec": key.get("KeySpec"),
            "isEnabled": key["Enabled"],
            "multiRegion": key.get("MultiRegion", False),
            "enableKeyRotation": rotation["KeyRotationEnabled"],
            "rotationPeriodInDays": rotation.get("RotationPeriodInDays"),
            "policy": policy,
            "tagsAll": {tag["TagKey"]: tag["TagValue"] for tag in tags},
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Schedule the deletion; KMS never deletes a key at once."""
        days = resource.registration.inputs.get("deletionWindowInDays", 30)
        aws.call("kms", "schedule_key_deletion", KeyId=resource.id, PendingWindowInDays=days)


@translates("aws:kms/alias:Alias")
class Alias(Emulated):
    """A key's name."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the alias."""
        aws.call("kms", "create_alias", AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
        key = aws.call("kms", "describe_key", KeyId=inputs["targetKeyId"])["KeyMetadata"]
        arn = f"arn:aws:kms:{aws.region}:{aws.account_id}:{inputs['name']}"
        outputs = {"arn": arn, "name": inputs["name"], "targetKeyArn": key["Arn"], "region": aws.region}
        return Created(inputs["name"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Find the alias among all."""
        asked = str(resource.registration.inputs["targetKeyId"])
        for alias in aws.call("kms", "list_aliases")["Aliases"]:
            if alias["AliasName"] == resource.id:
                target = alias["TargetKeyId"]
                # The key may be named by its ARN; the answer always has its id.
                same = asked.rpartition("/")[2] == target
                return {"name": alias["AliasName"], "targetKeyId": asked if same else target}
        return None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the alias."""
        aws.call("kms", "delete_alias", AliasName=resource.id)
