"""The inference node group. Does not prove that EC2 has the capacity."""

from __future__ import annotations

from typing import Any

import pytest

from components.inference_node_group import InferenceNodeGroup, InferenceNodeGroupArgs
from tests.components.node_group_fixtures import GROUP, NETWORK_ADDON, NODES, TEMPLATE, joining, sized
from tests.components.recorder import Recording, record


def build(*, preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        settings: dict[str, Any] = {
            **joining(),
            "subnet_ids": ["subnet-a", "subnet-b"],
            "instance_types": ["g5.2xlarge", "g5.4xlarge"],
            "gpu_model": "NVIDIA A10G",
            "accelerator_resource": "nvidia.com/gpu",
            "ami_type": "BOTTLEROCKET_x86_64_NVIDIA",
        }
        InferenceNodeGroup("inference", InferenceNodeGroupArgs(**settings | changes))

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        NETWORK_ADDON,
        ("llm-platform:inference_node_group:InferenceNodeGroup", "inference"),
        (GROUP, "inference-group"),
        (TEMPLATE, "inference-group-template"),
        (NODES, "inference-group-nodes"),
    }


def test_nodes_are_on_demand_in_several_zones_for_inference_alone():
    nodes = build(size=sized(min_nodes=1, desired_nodes=1)).one("inference-group-nodes").inputs
    assert nodes["capacityType"] == "ON_DEMAND"
    assert nodes["instanceTypes"] == ["g5.2xlarge", "g5.4xlarge"]
    assert nodes["subnetIds"] == ["subnet-a", "subnet-b"]
    assert nodes["scalingConfig"] == {"desiredSize": 1, "maxSize": 4, "minSize": 1}
    assert nodes["taints"] == [{"effect": "NO_SCHEDULE", "key": "nvidia.com/gpu", "value": "inference"}]
    assert nodes["labels"] == {
        "llm-platform/capacity": "on-demand",
        "llm-platform/pool": "inference",
        "nvidia.com/gpu.deploy.device-plugin": "false",  # Bottlerocket runs its own
        "nvidia.com/gpu.present": "true",
        "nvidia.com/gpu.product": "NVIDIA-A10G",
    }


def test_neuron_nodes_are_tainted_with_their_own_resource_and_have_no_label_of_nvidias():
    nodes = build(accelerator_resource="aws.amazon.com/neuron").one("inference-group-nodes").inputs
    assert nodes["taints"][0] == {"effect": "NO_SCHEDULE", "key": "aws.amazon.com/neuron", "value": "inference"}
    assert not [label for label in nodes["labels"] if label.startswith("nvidia.com/")]
