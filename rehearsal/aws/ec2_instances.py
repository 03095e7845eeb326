"""EC2 instances."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account, NotEmulatedError
from rehearsal.aws.ec2_description import described, identity, tagged, tags_of
from rehearsal.aws.shapes import capitalised, shaped_like, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource

_PARAMETERS: Final = {
    "ImageId": "ami",
    "InstanceType": "instanceType",
    "SubnetId": "subnetId",
    "SecurityGroupIds": "vpcSecurityGroupIds",
    "KeyName": "keyName",
    "EbsOptimized": "ebsOptimized",
    "UserData": "userData",
    "DisableApiTermination": "disableApiTermination",
    "PrivateIpAddress": "privateIp",
}
_PLACEMENT: Final = {
    "Tenancy": "tenancy",
    "HostId": "hostId",
    "AvailabilityZone": "availabilityZone",
    "GroupName": "placementGroup",
}
_NESTED: Final = frozenset(
    {"associatePublicIpAddress", "iamInstanceProfile", "metadataOptions", "monitoring", "rootBlockDevice"}
)
_NOT_SENT: Final = frozenset({"tags", "tagsAll", "volumeTags", "region", "userDataReplaceOnChange"})
_TRANSLATED: Final = {*_PARAMETERS.values(), *_PLACEMENT.values(), *_NESTED, *_NOT_SENT}


@translates("aws:ec2/instance:Instance")
class Instance(Emulated):
    """One instance."""

    loses = {
        "tenancy": "moto describes every instance's tenancy as default",
        "rootBlockDevice.throughput": "moto forgets a volume's throughput",
    }

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Run one instance."""
        untranslated = sorted({key for key, value in inputs.items() if value is not None} - _TRANSLATED)
        if untranslated:
            raise NotEmulatedError(f"an instance's {', '.join(untranslated)} are not translated")
        instance = aws.call(
            "ec2",
            "run_instances",
            MinCount=1,
            MaxCount=1,
            **_with_interface(inputs, given(inputs, **_PARAMETERS)),
            **_nested(aws, inputs),
            **_tags(inputs),
        )["Instances"][0]
        instance_id = instance["InstanceId"]
        interfaces = instance.get("NetworkInterfaces") or [{}]
        outputs = {
            **identity(aws, "instance", instance_id),
            "instanceState": "running",
            "availabilityZone": instance["Placement"]["AvailabilityZone"],
            "privateIp": instance.get("PrivateIpAddress", ""),
            "privateDns": instance.get("PrivateDnsName", ""),
            "publicIp": instance.get("PublicIpAddress", ""),
            "publicDns": instance.get("PublicDnsName", ""),
            "primaryNetworkInterfaceId": interfaces[0].get("NetworkInterfaceId", ""),
        }
        return Created(instance_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the instance; a terminated one is gone."""
        instance = _running(aws, resource.id)
        if instance is None:
            return None
        inputs = resource.registration.inputs
        placement = instance["Placement"]
        options = uncapitalised(instance.get("MetadataOptions") or {})
        data = {"InstanceId": resource.id, "Attribute": "userData"}
        encoded = aws.call("ec2", "describe_instance_attribute", **data)["UserData"].get("Value") or ""
        # An instance made with an interface of its own has its groups there.
        groups = [
            *instance["SecurityGroups"],
            *(g for i in instance["NetworkInterfaces"] for g in i["Groups"]),
        ]
        return {
            "ami": instance["ImageId"],
            "instanceType": instance["InstanceType"],
            "subnetId": instance.get("SubnetId"),
            "vpcSecurityGroupIds": sorted({group["GroupId"] for group in groups}),
            "keyName": instance.get("KeyName"),
            "ebsOptimized": instance.get("EbsOptimized"),
            "tenancy": placement.get("Tenancy"),
            "hostId": placement.get("HostId"),
            "availabilityZone": placement["AvailabilityZone"],
            "placementGroup": placement.get("GroupName"),
            "privateIp": instance.get("PrivateIpAddress"),
            "associatePublicIpAddress": bool(instance.get("PublicIpAddress")),
            "monitoring": instance["Monitoring"]["State"] == "enabled",
            "iamInstanceProfile": instance.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2],
            "metadataOptions": shaped_like(inputs.get("metadataOptions") or {}, options),
            "rootBlockDevice": _root_volume(aws, resource.id, inputs.get("rootBlockDevice") or {}),
            "userData": base64.b64decode(encoded).decode(),
            "tagsAll": tags_of(instance),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Terminate the instance."""
        instance = _running(aws, resource.id)
        aws.call("ec2", "terminate_instances", InstanceIds=[resource.id])
        for interface in (instance or {}).get("NetworkInterfaces", []):
            aws.forget("enis", interface["NetworkInterfaceId"])


def _with_interface(inputs: Inputs, parameters: dict[str, Any]) -> dict[str, Any]:
    """Move the subnet and groups into an interface, where alone a public address can be asked for."""
    if inputs.get("associatePublicIpAddress") is None:
        return parameters
    names = {"SubnetId": "SubnetId", "SecurityGroupIds": "Groups", "PrivateIpAddress": "PrivateIpAddress"}
    interface = {names[key]: value for key, value in parameters.items() if key in names}
    public = {"DeviceIndex": 0, "AssociatePublicIpAddress": inputs["associatePublicIpAddress"]}
    rest = {key: value for key, value in parameters.items() if key not in names}
    return {**rest, "NetworkInterfaces": [{**public, **interface}]}


def _nested(aws: Account, inputs: Inputs) -> dict[str, Any]:
    """Return the parameters that are structures in the API."""
    nested: dict[str, Any] = {}
    placement = given(inputs, **_PLACEMENT)
    if placement:
        nested["Placement"] = placement
    if inputs.get("iamInstanceProfile"):
        nested["IamInstanceProfile"] = {"Name": inputs["iamInstanceProfile"]}
    if inputs.get("metadataOptions"):
        nested["MetadataOptions"] = capitalised(inputs["metadataOptions"])
    if inputs.get("monitoring") is not None:
        nested["Monitoring"] = {"Enabled": inputs["monitoring"]}
    root = inputs.get("rootBlockDevice")
    if root:
        volume = {key: item for key, item in root.items() if key not in ("tags", "tagsAll")}
        # The API takes over the image's choice, which is to delete; moto takes none.
        ebs = {"deleteOnTermination": True, **volume}
        device = _root_device(aws, str(inputs.get("ami", "")))
        nested["BlockDeviceMappings"] = [{"DeviceName": device, "Ebs": capitalised(ebs)}]
    return nested


def _running(aws: Account, instance_id: str) -> dict[str, Any] | None:
    reservation = described(aws, "describe_instances", "Reservations", InstanceIds=[instance_id])
    instance = reservation["Instances"][0] if reservation else None
    ended = instance is not None and instance["State"]["Name"] in ("terminated", "shutting-down")
    return None if ended else instance


def _root_device(aws: Account, image_id: str) -> str:
    """Return the root device of an image, for which the provider asks; Amazon Linux has /dev/xvda."""
    image = described(aws, "describe_images", "Images", ImageIds=[image_id])
    return (image or {}).get("RootDeviceName", "/dev/xvda")


def _root_volume(aws: Account, instance_id: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return those settings of the root volume that were asked for."""
    attached = [{"Name": "attachment.instance-id", "Values": [instance_id]}]
    volume = described(aws, "describe_volumes", "Volumes", Filters=attached) or {}
    seen: dict[str, Any] = {
        **uncapitalised(volume),
        "volumeSize": volume.get("Size"),
        "tags": tags_of(volume),
    }
    # A property of the attachment, which moto shows with the instance and not with the volume.
    for mapping in (_running(aws, instance_id) or {}).get("BlockDeviceMappings", []):
        if mapping.get("Ebs", {}).get("VolumeId") == volume.get("VolumeId"):
            seen["deleteOnTermination"] = mapping["Ebs"].get("DeleteOnTermination")
    return shaped_like(asked, seen)


def _tags(inputs: Inputs) -> dict[str, Any]:
    """Return the tags of the instance, and of its volumes where they have their own."""
    specifications = tagged("instance", inputs).get("TagSpecifications", [])
    volume_tags = inputs.get("volumeTags") or (inputs.get("rootBlockDevice") or {}).get("tags")
    if volume_tags:
        tags = [{"Key": key, "Value": value} for key, value in sorted(volume_tags.items())]
        specifications = [*specifications, {"ResourceType": "volume", "Tags": tags}]
    return {"TagSpecifications": specifications} if specifications else {}
