"""EC2 capacity: placement groups and dedicated hosts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.ec2_description import described, identity, tagged, tags_of
from rehearsal.aws.translation import Created, Emulated, Inputs, Recorded, Request, given, translates
from rehearsal.plan import Resource


@translates("aws:ec2/placementGroup:PlacementGroup")
class PlacementGroup(Recorded):
    """Instances close together, or kept apart."""

    why = "moto has no placement groups"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Return the one request that creates it."""
        parameters = given(
            inputs,
            GroupName="name",
            Strategy="strategy",
            PartitionCount="partitionCount",
            SpreadLevel="spreadLevel",
        )
        return [Request("ec2", "create_placement_group", {**parameters, **tagged("placement-group", inputs)})]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Return its name, by which instances refer to it."""
        name = str(inputs["name"])
        outputs = {
            **identity(aws, "placement-group", name),
            "name": name,
            "placementGroupId": f"pg-{random.getrandbits(68):017x}",
        }
        return Created(name, outputs)


@translates("aws:ec2/dedicatedHost:DedicatedHost")
class DedicatedHost(Emulated):
    """A physical server of one's own."""

    loses = {"instanceFamily": "moto does not describe a host's properties", "assetId": "moto ignores it"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Allocate one host."""
        answer = aws.call(
            "ec2",
            "allocate_hosts",
            Quantity=1,
            **given(
                inputs,
                AvailabilityZone="availabilityZone",
                InstanceType="instanceType",
                InstanceFamily="instanceFamily",
                AutoPlacement="autoPlacement",
                HostRecovery="hostRecovery",
            ),
            **tagged("dedicated-host", inputs),
        )
        host_id = answer["HostIds"][0]
        outputs = {
            **identity(aws, "dedicated-host", host_id),
            "ownerId": aws.account_id,
            "autoPlacement": inputs.get("autoPlacement") or "on",
            "hostRecovery": inputs.get("hostRecovery") or "off",
        }
        return Created(host_id, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the host; a released one is gone."""
        host = described(aws, "describe_hosts", "Hosts", HostIds=[resource.id])
        if host is None or host["State"].startswith("released"):
            return None
        properties = host.get("HostProperties", {})
        return {
            "availabilityZone": host.get("AvailabilityZone"),
            "instanceType": properties.get("InstanceType"),
            "instanceFamily": properties.get("InstanceFamily"),
            "autoPlacement": host.get("AutoPlacement"),
            "hostRecovery": host.get("HostRecovery"),
            "tagsAll": tags_of(host),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Release the host."""
        aws.call("ec2", "release_hosts", HostIds=[resource.id])
