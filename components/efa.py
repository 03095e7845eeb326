"""Network interfaces of Elastic Fabric Adapter, and the security group that EFA traffic needs."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import ec2, vpc


def efa_network_interfaces(
    efa_interfaces: int, network_cards: int, security_group_ids: Sequence[pulumi.Input[str]]
) -> list[ec2.LaunchTemplateNetworkInterfaceArgs]:
    """One interface per network card: p5.48xlarge has 32 cards and 32 EFA interfaces.

    Card 0 carries the node's IP traffic, so its interface is `efa` (EFA with ENA); the others are `efa-only`,
    which take no IP address. Where card 0 has no EFA (p6-b300: 17 cards, 16 EFA interfaces) it is plain ENA.
    A public address is never asked for: EC2 refuses that with more than one interface.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html
    """
    if not 1 <= efa_interfaces <= network_cards:
        raise ValueError(
            f"{efa_interfaces} EFA interfaces on {network_cards} network cards: "
            "needs at least one, and no more than there are cards"
        )
    primary_has_efa = network_cards != efa_interfaces + 1
    cards = efa_interfaces if primary_has_efa else network_cards
    return [
        ec2.LaunchTemplateNetworkInterfaceArgs(
            network_card_index=card,
            # Device 0 of card 0 is the primary interface; elsewhere it is free only where card 0 is ENA.
            device_index=0 if card == 0 or not primary_has_efa else 1,
            interface_type=("efa" if primary_has_efa else "interface") if card == 0 else "efa-only",
            delete_on_termination="true",
            security_groups=list(security_group_ids),
        )
        for card in range(cards)
    ]


def efa_security_group(parent: pulumi.ComponentResource, name: str, vpc_id: pulumi.Input[str]) -> ec2.SecurityGroup:
    """Security group whose members may send each other everything: EFA needs both directions, by reference.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html#efa-start-security
    """
    opts = pulumi.ResourceOptions(parent=parent)
    group = ec2.SecurityGroup(
        name, vpc_id=vpc_id, description="EFA traffic among the nodes of one training group", opts=opts
    )
    vpc.SecurityGroupIngressRule(
        f"{name}-ingress",
        security_group_id=group.id,
        referenced_security_group_id=group.id,
        ip_protocol="-1",
        description="Everything from members",
        opts=opts,
    )
    vpc.SecurityGroupEgressRule(
        f"{name}-egress",
        security_group_id=group.id,
        referenced_security_group_id=group.id,
        ip_protocol="-1",
        description="Everything to members",
        opts=opts,
    )
    return group
