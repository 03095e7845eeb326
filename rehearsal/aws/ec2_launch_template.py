"""Launch templates: the provider's nested properties, as the API's launch template data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from rehearsal.aws.account import Account
from rehearsal.aws.ec2_description import described, identity, tagged, tags_of
from rehearsal.aws.service_model import operation_model
from rehearsal.aws.shapes import capitalised, shaped_like, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource

_OF_THE_TEMPLATE: Final = frozenset(
    {
        "name",
        "namePrefix",
        "description",
        "defaultVersion",
        "updateDefaultVersion",
        "tags",
        "tagsAll",
        "region",
    }
)
"""Inputs that describe the template itself; all others are its data."""

_SPELLING: Final = {
    "vpcSecurityGroupIds": "SecurityGroupIds",
    "securityGroupNames": "SecurityGroups",
    "securityGroups": "Groups",  # of a network interface
    "memoryMib": "MemoryMiB",
    "memoryGibPerVcpu": "MemoryGiBPerVCpu",
    "vcpuCount": "VCpuCount",
}


def launch_template_data(inputs: Inputs) -> dict[str, Any]:
    """Return the data of a launch template; the provider's "true" and "false" become booleans."""
    properties = {key: value for key, value in inputs.items() if key not in _OF_THE_TEMPLATE}
    specifications = properties.pop("tagSpecifications", None)
    data: dict[str, Any] = capitalised(properties, frozenset(), **_SPELLING)
    if specifications:
        data["TagSpecifications"] = [
            {
                "ResourceType": specification["resourceType"],
                "Tags": [{"Key": k, "Value": v} for k, v in sorted(specification["tags"].items())],
            }
            for specification in specifications
        ]
    model: Any = operation_model("ec2", "create_launch_template").input_shape
    return _with_booleans(data, model.members["LaunchTemplateData"])


def _with_booleans(value: Any, shape: Any) -> Any:
    if shape is None:
        return value
    if isinstance(value, dict):
        members = getattr(shape, "members", {})
        items = cast("dict[str, Any]", value).items()
        return {key: _with_booleans(item, members.get(key)) for key, item in items}
    if isinstance(value, list):
        return [_with_booleans(item, getattr(shape, "member", None)) for item in cast("list[Any]", value)]
    if shape.type_name == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value, value)
    return value


def _seen_tags(asked: list[dict[str, Any]], stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the tags of each resource type without what moto adds: the template's own."""
    wanted = {specification["resourceType"]: specification["tags"] for specification in asked}
    return [
        {
            "resourceType": found["ResourceType"],
            "tags": {k: v for k, v in tags_of(found).items() if k in wanted[found["ResourceType"]]},
        }
        for found in stored
        if found["ResourceType"] in wanted
    ]


@translates("aws:ec2/launchTemplate:LaunchTemplate")
class LaunchTemplate(Emulated):
    """A launch template with its first version."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the template."""
        template = aws.call(
            "ec2",
            "create_launch_template",
            LaunchTemplateData=launch_template_data(inputs),
            **given(inputs, LaunchTemplateName="name", VersionDescription="description"),
            **tagged("launch-template", inputs),
        )["LaunchTemplate"]
        template_id = template["LaunchTemplateId"]
        outputs = {
            **identity(aws, "launch-template", template_id),
            "name": template["LaunchTemplateName"],
            "latestVersion": template["LatestVersionNumber"],
            "defaultVersion": template["DefaultVersionNumber"],
        }
        return Created(template_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the template and the data of its latest version."""
        ids = [resource.id]
        template = described(aws, "describe_launch_templates", "LaunchTemplates", LaunchTemplateIds=ids)
        if template is None:
            return None
        latest = {"LaunchTemplateId": resource.id, "Versions": ["$Latest"]}
        version = described(aws, "describe_launch_template_versions", "LaunchTemplateVersions", **latest)
        stored: dict[str, Any] = (version or {}).get("LaunchTemplateData", {})
        inputs = resource.registration.inputs
        seen = {
            "name": template["LaunchTemplateName"],
            "description": (version or {}).get("VersionDescription"),
            "tagsAll": tags_of(template),
        }
        for key in inputs.keys() - _OF_THE_TEMPLATE:
            for parameter, asked in launch_template_data({key: inputs[key]}).items():
                found = shaped_like(asked, stored.get(parameter))
                seen[key] = inputs[key] if found == asked else uncapitalised(found, frozenset(), **_SPELLING)
        if inputs.get("tagSpecifications"):
            seen["tagSpecifications"] = _seen_tags(inputs["tagSpecifications"], stored.get("TagSpecifications") or [])
        return seen

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the template with all versions."""
        aws.call("ec2", "delete_launch_template", LaunchTemplateId=resource.id)
