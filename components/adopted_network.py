"""An adopted network: a VPC and subnets that somebody else made, checked before anything is built on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.network import SubnetIds


@dataclass(frozen=True, kw_only=True)
class AdoptedNetworkArgs:
    """What `AdoptedNetwork` needs: ids that are known before the update, from a stack file or Terraform."""

    vpc_id: str
    public_subnet_ids: Sequence[str]
    private_subnet_ids: Sequence[str]
    database_subnet_ids: Sequence[str]


class AdoptedNetwork(pulumi.ComponentResource):
    """The outputs of `components.network.Network` for a network that exists already; it makes no resource.

    Raises ValueError, one line per fault, when the VPC or a subnet does not exist, a subnet lies in another
    VPC, or two subnets of a kind share a zone.
    """

    vpc_id: pulumi.Output[str]
    cidr: str
    public_subnet_ids: SubnetIds
    private_subnet_ids: SubnetIds
    database_subnet_ids: SubnetIds
    endpoint_security_group_id: pulumi.Output[str] | None
    nat_gateway_ids: Mapping[str, pulumi.Output[str]]
    interface_endpoint_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AdoptedNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:adopted_network:AdoptedNetwork", name, None, opts)
        self._vpc = args.vpc_id
        self._faults: list[str] = []

        self.vpc_id = pulumi.Output.from_input(args.vpc_id)
        self.cidr = self._find_cidr()
        self.public_subnet_ids = self._find_subnets("public", args.public_subnet_ids)
        self.private_subnet_ids = self._find_subnets("private", args.private_subnet_ids)
        self.database_subnet_ids = self._find_subnets("database", args.database_subnet_ids)
        # Whoever made the network made its gateways and endpoints.
        self.endpoint_security_group_id, self.nat_gateway_ids, self.interface_endpoint_ids = None, {}, {}
        if self._faults:
            raise ValueError("\n".join(self._faults))

        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "cidr": self.cidr,
                "public_subnet_ids": dict(self.public_subnet_ids),
                "private_subnet_ids": dict(self.private_subnet_ids),
                "database_subnet_ids": dict(self.database_subnet_ids),
            }
        )

    def _find_cidr(self) -> str:
        try:
            return ec2.get_vpc(id=self._vpc, opts=pulumi.InvokeOptions(parent=self)).cidr_block
        except Exception as refusal:  # what a failed invoke raises
            self._faults.append(f"adopted VPC {self._vpc} can't be read: {refusal}")
            return ""

    def _find_subnets(self, kind: str, subnet_ids: Sequence[str]) -> dict[str, pulumi.Output[str]]:
        ids_by_zone: dict[str, str] = {}
        for subnet_id in subnet_ids:
            try:
                subnet = ec2.get_subnet(id=subnet_id, opts=pulumi.InvokeOptions(parent=self))
            except Exception as refusal:  # what a failed invoke raises
                self._faults.append(f"adopted {kind} subnet {subnet_id} can't be read: {refusal}")
                continue
            if subnet.vpc_id != self._vpc:
                self._faults.append(f"adopted {kind} subnet {subnet_id} belongs to {subnet.vpc_id}, not to {self._vpc}")
            first = ids_by_zone.setdefault(subnet.availability_zone, subnet_id)
            if first != subnet_id:
                self._faults.append(
                    f"adopted {kind} subnets {first} and {subnet_id} are both in "
                    f"{subnet.availability_zone}: name one per zone"
                )
        return {zone: pulumi.Output.from_input(subnet_id) for zone, subnet_id in ids_by_zone.items()}
