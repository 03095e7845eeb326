"""GPU pools of Karpenter beside the managed groups of the same pool. Does not prove what Karpenter buys."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from components.gpu_node_pool import GpuNodePool, GpuNodePoolArgs
from components.inference_node_group import InferenceNodeGroup, InferenceNodeGroupArgs
from components.node_pool import Disruption
from components.spot_node_group import SpotNodeGroup, SpotNodeGroupArgs
from tests.components.node_group_fixtures import joining
from tests.components.node_pool_fixtures import node_class
from tests.components.recorder import Recording, record

SPOT_TYPES = ["g6.xlarge", "g5.xlarge", "g6e.xlarge"]


def make(pool: str, **changes: Any) -> None:
    wanted: dict[str, Any] = {
        "pool": pool,
        "node_class": node_class(),
        "instance_types": SPOT_TYPES,
        "gpus_per_node": 1,
        "max_gpus": 8,
        "gpu_model": "L4",
        "accelerator_resource": "nvidia.com/gpu",
        "zones": ["us-east-1a"],
        "architecture": "amd64",
        "disruption": Disruption(),
    }
    GpuNodePool("gpus", GpuNodePoolArgs(**wanted | changes))


def build(pool: str = "inference", *, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: make(pool, **changes), preview=preview)


def spec(pool: str = "inference", **changes: Any) -> dict[str, Any]:
    return build(pool, **changes).one("gpus-machines").inputs["spec"]


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        ("llm-platform:gpu_node_pool:GpuNodePool", "gpus"),
        ("llm-platform:node_pool:NodePool", "gpus"),
        ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "gpus-class"),
        ("kubernetes:karpenter.sh/v1:NodePool", "gpus-machines"),
    }


def managed_group(pool: str) -> dict[str, Any]:
    """Inputs of the managed node group of the same pool."""

    def program() -> None:
        alike: dict[str, Any] = {
            **joining(),
            "subnet_ids": ["subnet-a"],
            "instance_types": SPOT_TYPES,
            "accelerator_resource": "nvidia.com/gpu",
            "gpu_model": "L4",
            "ami_type": "AL2023_x86_64_NVIDIA",
        }
        if pool == "spot":
            SpotNodeGroup("group", SpotNodeGroupArgs(**alike, on_demand_floor_group="serve"))
        else:
            InferenceNodeGroup("group", InferenceNodeGroupArgs(**alike))

    return record(program).one("group-group-nodes").inputs


@pytest.mark.parametrize("pool", ["inference", "spot"])
def test_machines_are_labelled_and_tainted_as_those_of_the_managed_group(pool: str):
    group, template = managed_group(pool), spec(pool)["template"]
    effects = {"NO_SCHEDULE": "NoSchedule"}
    taints = [{**taint, "effect": effects[taint["effect"]]} for taint in group["taints"]]
    assert template["spec"]["taints"] == taints
    labels = {key: value for key, value in group["labels"].items() if key != "llm-platform/on-demand-floor"}
    assert template["metadata"]["labels"] == labels


def test_bottlerocket_machines_keep_a_second_device_plugin_off():
    labels = spec(node_class=node_class(ami_family="bottlerocket"))["template"]["metadata"]["labels"]
    assert labels["nvidia.com/gpu.deploy.device-plugin"] == "false"


def test_spot_is_bought_as_spot_and_everything_else_on_demand():
    for pool, capacity in {"spot": "spot", "inference": "on-demand", "training": "on-demand"}.items():
        requirements = spec(pool)["template"]["spec"]["requirements"]
        assert {"key": "karpenter.sh/capacity-type", "operator": "In", "values": [capacity]} in requirements


def test_the_smaller_the_machine_the_sooner_it_is_tried():
    """Else one-GPU pods are put together on the largest machine, at several times the price."""
    weights = [spec(gpus_per_node=gpus, max_gpus=16)["weight"] for gpus in (1, 2, 4, 8, 16)]
    assert all(smaller > larger for smaller, larger in pairwise(weights))
    assert spec(gpus_per_node=128, max_gpus=128)["weight"] == 1


def test_the_limit_counts_the_accelerators():
    assert spec(max_gpus=8)["limits"] == {"nvidia.com/gpu": "8"}
    assert spec(accelerator_resource="aws.amazon.com/neuron", max_gpus=4)["limits"] == {"aws.amazon.com/neuron": "4"}


def test_training_jobs_run_to_their_end():
    assert {"nodes": "0", "reasons": ["Drifted", "Underutilized"]} in spec("training")["disruption"]["budgets"]
    assert spec("inference")["disruption"]["budgets"] == [{"nodes": "10%"}]


def test_a_spot_pool_of_two_types_is_refused():
    with pytest.raises(ValueError, match="needs at least three instance types"):
        build("spot", instance_types=["g6.xlarge", "g5.xlarge"])


def test_a_limit_below_one_machine_is_refused():
    with pytest.raises(ValueError, match="max_gpus 2: one machine has 4"):
        build(gpus_per_node=4, max_gpus=2)
