"""Systems Manager: parameters, and activations of own machines."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account, CloudError
from rehearsal.aws.shapes import existing, tag_map
from rehearsal.aws.translation import Created, Emulated, Inputs, Recorded, Request, given, tag_list, translates
from rehearsal.plan import Resource


@translates("aws:ssm/parameter:Parameter")
class Parameter(Emulated):
    """A parameter; its id is its name."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Put the parameter."""
        name = inputs["name"]
        request = given(
            inputs,
            Name="name",
            Type="type",
            Description="description",
            KeyId="keyId",
            AllowedPattern="allowedPattern",
            DataType="dataType",
            Tier="tier",
        )
        value = next(
            (inputs[key] for key in ("value", "insecureValue", "valueWo") if inputs.get(key) is not None),
            None,
        )
        if value is None:
            raise CloudError("ssm", "put_parameter", "ValidationException", f"{name} has no value")
        # Tags and Overwrite exclude each other.
        more: dict[str, Any] = {"Overwrite": True} if inputs.get("overwrite") else {"Tags": tag_list(inputs)}
        answer = aws.call("ssm", "put_parameter", **request, Value=str(value), **more)
        if inputs.get("overwrite") and inputs.get("tagsAll"):
            aws.call(
                "ssm",
                "add_tags_to_resource",
                ResourceType="Parameter",
                ResourceId=name,
                Tags=tag_list(inputs),
            )
        outputs = {
            "arn": f"arn:aws:ssm:{aws.region}:{aws.account_id}:parameter/{name.removeprefix('/')}",
            "dataType": inputs.get("dataType") or "text",
            "region": aws.region,
            "tier": inputs.get("tier") or "Standard",
            "value": str(value),
            "version": answer["Version"],
        }
        return Created(name, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Get the parameter's value and describe the rest."""
        name = resource.id
        answer = existing(aws, "ssm", "get_parameter", Name=name, WithDecryption=True)
        if answer is None:
            return None
        found = answer["Parameter"]
        filters = [{"Key": "Name", "Values": [name]}]
        described = aws.call("ssm", "describe_parameters", ParameterFilters=filters)["Parameters"][0]
        tags = aws.call("ssm", "list_tags_for_resource", ResourceType="Parameter", ResourceId=name)["TagList"]
        return {
            "name": found["Name"],
            "type": found["Type"],
            "value": found["Value"],
            "insecureValue": found["Value"],
            "dataType": found.get("DataType"),
            "description": described.get("Description"),
            "keyId": described.get("KeyId"),
            "allowedPattern": described.get("AllowedPattern"),
            "tier": described.get("Tier"),
            "tagsAll": tag_map(tags),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the parameter."""
        aws.call("ssm", "delete_parameter", Name=resource.id)


@translates("aws:ssm/activation:Activation")
class Activation(Recorded):
    """What own machines register with."""

    why = "moto has no SSM activations"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build CreateActivation."""
        parameters = given(
            inputs,
            Description="description",
            DefaultInstanceName="name",
            IamRole="iamRole",
            RegistrationLimit="registrationLimit",
            ExpirationDate="expirationDate",
        )
        return [Request("ssm", "create_activation", {**parameters, "Tags": tag_list(inputs)})]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give an id and a code, the same for the same role."""
        digits = hashlib.sha256(f"{aws.account_id} {inputs['iamRole']}".encode()).hexdigest()
        activation = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
        return Created(activation, {"activationCode": digits[32:52], "expired": False, "registrationCount": 0})
