"""Secrets Manager: secrets, their values, policies and rotation."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from moto.moto_api._internal import mock_random

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import capitalised, existing, tag_map, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, Recorded, Request, given, tag_list, translates
from rehearsal.plan import Resource

_DAYS_TO_RECOVER = 30
"""Where the program says nothing: the provider's default."""


@translates("aws:secretsmanager/secret:Secret")
class Secret(Emulated):
    """A secret, as yet without a value; its id is its ARN."""

    loses = {"type": "moto drops it"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the secret, and give it its policy where there is one."""
        request = given(
            inputs,
            Name="name",
            Description="description",
            KmsKeyId="kmsKeyId",
            Type="type",
            ForceOverwriteReplicaSecret="forceOverwriteReplicaSecret",
        )
        if inputs.get("replicas"):
            request["AddReplicaRegions"] = capitalised(inputs["replicas"])
        made = aws.call("secretsmanager", "create_secret", **request, Tags=tag_list(inputs))
        arn = made["ARN"]
        if inputs.get("policy"):
            aws.call("secretsmanager", "put_resource_policy", SecretId=arn, ResourcePolicy=inputs["policy"])
        return Created(arn, {"arn": arn, "name": made["Name"], "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the secret; one that waits to be deleted is gone."""
        seen = existing(aws, "secretsmanager", "describe_secret", SecretId=resource.id)
        if seen is None or seen.get("DeletedDate"):
            return None
        replicas: list[dict[str, Any]] = seen.get("ReplicationStatus") or []
        return {
            "name": seen["Name"],
            "description": seen.get("Description"),
            "kmsKeyId": seen.get("KmsKeyId"),
            "policy": _policy(aws, resource.id),
            "replicas": [given(replica, region="Region", kmsKeyId="KmsKeyId") for replica in replicas],
            "type": seen.get("Type"),
            "tagsAll": tag_map(seen.get("Tags")),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the secret: for good with a recovery window of 0, else in that many days."""
        inputs = resource.registration.inputs
        if inputs.get("replicas"):
            regions = [replica["region"] for replica in inputs["replicas"]]
            aws.call(
                "secretsmanager",
                "remove_regions_from_replication",
                SecretId=resource.id,
                RemoveReplicaRegions=regions,
            )
        window = inputs.get("recoveryWindowInDays")
        days = _DAYS_TO_RECOVER if window is None else int(window)
        how: dict[str, Any] = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        aws.call("secretsmanager", "delete_secret", SecretId=resource.id, **how)


@translates("aws:secretsmanager/secretVersion:SecretVersion")
class SecretVersion(Emulated):
    """A value of a secret; its id is `<secret>|<version>`."""

    # AWS lets nobody take AWSCURRENT from the current version, so the provider leaves it to go with the secret.
    adopts = True
    loses = {"secretStringWo": "nobody stores it"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Put the value."""
        request = given(inputs, SecretId="secretId", VersionStages="versionStages")
        text = inputs.get("secretString") or inputs.get("secretStringWo")
        value = {"SecretString": text} if text else {"SecretBinary": base64.b64decode(inputs["secretBinary"])}
        token = str(mock_random.uuid4())  # boto3 would make one up that no seed decides
        made = aws.call("secretsmanager", "put_secret_value", **request, **value, ClientRequestToken=token)
        outputs = {
            "arn": made["ARN"],
            "region": aws.region,
            "versionId": made["VersionId"],
            "versionStages": made["VersionStages"],
        }
        return Created(f"{made['ARN']}|{made['VersionId']}", outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Get the value."""
        arn, _, version = resource.id.partition("|")
        described = existing(aws, "secretsmanager", "describe_secret", SecretId=arn)
        if described is None or described.get("DeletedDate"):
            return None
        seen = existing(aws, "secretsmanager", "get_secret_value", SecretId=arn, VersionId=version)
        if seen is None:
            return None
        binary = seen.get("SecretBinary")
        # A program may name the secret by its name; what is described is its ARN.
        asked = resource.registration.inputs.get("secretId")
        return {
            "secretId": asked if asked == seen["Name"] else arn,
            "secretString": seen.get("SecretString"),
            "secretBinary": base64.b64encode(binary).decode() if binary else None,
            "secretStringWo": None,
            "versionStages": seen["VersionStages"],
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Leave the value, as the provider leaves the current one."""


@translates("aws:secretsmanager/secretPolicy:SecretPolicy")
class SecretPolicy(Emulated):
    """Who else may use a secret; its id is the secret's ARN."""

    loses = {"blockPublicPolicy": "AWS never shows it"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Put the policy."""
        request = given(inputs, SecretId="secretArn", ResourcePolicy="policy", BlockPublicPolicy="blockPublicPolicy")
        arn = aws.call("secretsmanager", "put_resource_policy", **request)["ARN"]
        return Created(arn, {"region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Get the policy."""
        policy = _policy(aws, resource.id)
        return {"secretArn": resource.id, "policy": policy, "blockPublicPolicy": None} if policy else None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the policy."""
        aws.call("secretsmanager", "delete_resource_policy", SecretId=resource.id)


def _policy(aws: Account, arn: str) -> str | None:
    answer = existing(aws, "secretsmanager", "get_resource_policy", SecretId=arn)
    return (answer or {}).get("ResourcePolicy")


@translates("aws:secretsmanager/secretRotation:SecretRotation")
class SecretRotation(Recorded):
    """When a secret gets a new value, and the function that gives it; its id is the secret's."""

    why = "moto rotates only with a Lambda function of its own"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build RotateSecret."""
        parameters = given(
            inputs,
            SecretId="secretId",
            RotationLambdaARN="rotationLambdaArn",
            RotateImmediately="rotateImmediately",
            ExternalSecretRotationRoleArn="externalSecretRotationRoleArn",
        )
        if inputs.get("rotationRules"):
            parameters["RotationRules"] = capitalised(inputs["rotationRules"])
        return [Request("secretsmanager", "rotate_secret", parameters)]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give the secret's id, and say that rotation is on."""
        return Created(inputs["secretId"], {"region": aws.region, "rotationEnabled": True})


def get_random_password(aws: Account, arguments: Inputs) -> dict[str, Any]:
    """Make a password up; the same arguments always give the same one, in a plan as in what is created."""
    keys = {
        "ExcludeCharacters": "excludeCharacters",
        "ExcludeLowercase": "excludeLowercase",
        "ExcludeNumbers": "excludeNumbers",
        "ExcludePunctuation": "excludePunctuation",
        "ExcludeUppercase": "excludeUppercase",
        "IncludeSpace": "includeSpace",
        "PasswordLength": "passwordLength",
        "RequireEachIncludedType": "requireEachIncludedType",
    }
    request = given(arguments, **keys)
    password = aws.call("secretsmanager", "get_random_password", **request)["RandomPassword"]
    return {**uncapitalised(request), "id": password, "randomPassword": password, "region": aws.region}
