"""The training node group by capacity. Does not prove that EC2 has the capacity."""

from __future__ import annotations

from typing import Any

import pytest

from components.training_node_group import TrainingNodeGroup, TrainingNodeGroupArgs
from tests.components.node_group_fixtures import GROUP, NETWORK_ADDON, NODES, TEMPLATE, joining
from tests.components.recorder import Recording, record

GROUP_CHILDREN = {
    NETWORK_ADDON,
    ("llm-platform:training_node_group:TrainingNodeGroup", "h100"),
    (GROUP, "h100-group"),
    (TEMPLATE, "h100-group-template"),
    (NODES, "h100-group-nodes"),
}
EFA = {
    ("aws:ec2/securityGroup:SecurityGroup", "h100-efa"),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "h100-efa-ingress"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "h100-efa-egress"),
}
PLACEMENT = {("aws:ec2/placementGroup:PlacementGroup", "h100-placement")}
WITH_EFA: dict[str, Any] = {"efa_interfaces": 32, "network_cards": 32}
RESERVED: dict[str, Any] = {"capacity": "reservation", "reservation_id": "cr-0123456789abcdef0"}
BLOCK: dict[str, Any] = {"capacity": "capacity-block", "reservation_id": "cr-0123456789abcdef0"}


def build(*, preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        settings: dict[str, Any] = {
            **joining(),
            "vpc_id": "vpc-1",
            "subnet_id": "subnet-a",
            "instance_type": "p5.48xlarge",
            "gpu_model": "NVIDIA H100",
            "accelerator_resource": "nvidia.com/gpu",
            "ami_type": "AL2023_x86_64_NVIDIA",
        }
        TrainingNodeGroup("h100", TrainingNodeGroupArgs(**settings | changes))

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(
    ("changes", "children"),
    [
        ({}, PLACEMENT),
        (WITH_EFA, PLACEMENT | EFA),
        (WITH_EFA | RESERVED, EFA),
        (WITH_EFA | BLOCK, EFA),
        (BLOCK, set[tuple[str, str]]()),
    ],
)
def test_children(changes: dict[str, Any], children: set[tuple[str, str]], preview: bool):
    assert build(preview=preview, **changes).children() == GROUP_CHILDREN | children


def test_nodes_stay_in_one_zone_close_together():
    recording = build()
    assert recording.one("h100-placement").inputs == {"strategy": "cluster"}
    assert recording.one("h100-group-template").inputs["placement"] == {"groupName": "h100-placement"}
    assert recording.one("h100-group-nodes").inputs["subnetIds"] == ["subnet-a"]


def test_every_card_of_a_p5_is_in_the_template_with_both_security_groups():
    template = build(**WITH_EFA).one("h100-group-template").inputs
    assert "vpcSecurityGroupIds" not in template
    assert template["networkInterfaces"] == [
        {
            "deleteOnTermination": "true",
            "deviceIndex": 0 if card == 0 else 1,
            "interfaceType": "efa" if card == 0 else "efa-only",
            "networkCardIndex": card,
            "securityGroups": ["sg-cluster", "h100-efa-id"],
        }
        for card in range(32)
    ]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_efa_members_may_send_each_other_everything(direction: str):
    rule = build(**WITH_EFA).one(f"h100-efa-{direction}").inputs
    assert rule["securityGroupId"] == rule["referencedSecurityGroupId"] == "h100-efa-id"
    assert rule["ipProtocol"] == "-1"


def test_labels_and_taint():
    nodes = build().one("h100-group-nodes").inputs
    assert nodes["labels"] == {
        "llm-platform/capacity": "on-demand",
        "llm-platform/pool": "training",
        "nvidia.com/gpu.present": "true",
        "nvidia.com/gpu.product": "NVIDIA-H100",
    }
    assert nodes["taints"] == [{"effect": "NO_SCHEDULE", "key": "nvidia.com/gpu", "value": "training"}]


def test_a_reservation_is_targeted_on_demand_and_outside_a_group_of_ours():
    recording = build(**RESERVED)
    template, nodes = recording.one("h100-group-template").inputs, recording.one("h100-group-nodes").inputs
    assert template["capacityReservationSpecification"]["capacityReservationTarget"] == {
        "capacityReservationId": "cr-0123456789abcdef0"
    }
    assert "placement" not in template
    assert nodes["capacityType"] == "ON_DEMAND"
    assert nodes["instanceTypes"] == ["p5.48xlarge"]
    assert nodes["labels"]["llm-platform/capacity"] == "reserved"


def test_a_reservations_own_placement_group_is_used():
    template = build(**RESERVED, reservation_placement_group="theirs").one("h100-group-template").inputs
    assert template["placement"] == {"groupName": "theirs"}


def test_a_capacity_block_is_bought_as_one():
    recording = build(**BLOCK, **WITH_EFA)
    template, nodes = recording.one("h100-group-template").inputs, recording.one("h100-group-nodes").inputs
    assert template["instanceMarketOptions"] == {"marketType": "capacity-block"}
    assert template["instanceType"] == "p5.48xlarge"
    assert nodes["capacityType"] == "CAPACITY_BLOCK"
    assert "instanceTypes" not in nodes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"capacity": "reservation"}, "reservation and capacity-block need one"),
        ({"reservation_id": "cr-0123456789abcdef0"}, "on-demand takes none"),
        ({**BLOCK, "reservation_placement_group": "x"}, "placement group with capacity capacity-block"),
        ({"efa_interfaces": 2}, "2 EFA interfaces on 1 network cards"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        build(**changes)


def test_neuron_nodes_are_tainted_with_their_own_resource_and_have_no_label_of_nvidias():
    nodes = build(accelerator_resource="aws.amazon.com/neuron").one("h100-group-nodes").inputs
    assert nodes["taints"][0] == {"effect": "NO_SCHEDULE", "key": "aws.amazon.com/neuron", "value": "training"}
    assert not [label for label in nodes["labels"] if label.startswith("nvidia.com/")]
