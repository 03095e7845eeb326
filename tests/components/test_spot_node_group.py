"""The spot node group. Does not prove that EC2 has the capacity."""

from __future__ import annotations

from typing import Any

import pytest

from components.spot_node_group import SpotNodeGroup, SpotNodeGroupArgs
from tests.components.node_group_fixtures import GROUP, NETWORK_ADDON, NODES, TEMPLATE, joining
from tests.components.recorder import Recording, record


def build(*, preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        settings: dict[str, Any] = {
            **joining(),
            "subnet_ids": ["subnet-a", "subnet-b"],
            "instance_types": ["g5.xlarge", "g5.2xlarge", "g6.xlarge"],
            "gpu_model": None,
            "accelerator_resource": "nvidia.com/gpu",
            "ami_type": "AL2023_x86_64_NVIDIA",
            "on_demand_floor_group": "a10g",
        }
        SpotNodeGroup("spot", SpotNodeGroupArgs(**settings | changes))

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        NETWORK_ADDON,
        ("llm-platform:spot_node_group:SpotNodeGroup", "spot"),
        (GROUP, "spot-group"),
        (TEMPLATE, "spot-group-template"),
        (NODES, "spot-group-nodes"),
    }


def test_nodes_are_spot_and_tainted_as_interruptible():
    nodes = build().one("spot-group-nodes").inputs
    assert nodes["capacityType"] == "SPOT"
    assert nodes["instanceTypes"] == ["g5.xlarge", "g5.2xlarge", "g6.xlarge"]
    assert nodes["taints"] == [
        {"effect": "NO_SCHEDULE", "key": "nvidia.com/gpu", "value": "spot"},
        {"effect": "NO_SCHEDULE", "key": "llm-platform/interruptible", "value": "true"},
    ]
    assert nodes["labels"] == {
        "llm-platform/capacity": "spot",
        "llm-platform/interruptible": "true",
        "llm-platform/on-demand-floor": "a10g",
        "llm-platform/pool": "spot",
        "nvidia.com/gpu.present": "true",
    }


def test_a_common_gpu_model_is_labelled():
    assert build(gpu_model="NVIDIA L4").one("spot-group-nodes").inputs["labels"]["nvidia.com/gpu.product"] == (
        "NVIDIA-L4"
    )


@pytest.mark.parametrize("types", [["g5.xlarge"], ["g5.xlarge", "g5.xlarge", "g6.xlarge"]])
def test_fewer_than_three_instance_types_are_refused(types: list[str]):
    with pytest.raises(ValueError, match="needs at least three instance types"):
        build(instance_types=types)


def test_neuron_nodes_are_tainted_with_their_own_resource_and_have_no_label_of_nvidias():
    nodes = build(accelerator_resource="aws.amazon.com/neuron").one("spot-group-nodes").inputs
    assert nodes["taints"][0] == {"effect": "NO_SCHEDULE", "key": "aws.amazon.com/neuron", "value": "spot"}
    assert not [label for label in nodes["labels"] if label.startswith("nvidia.com/")]
