"""NodePools as machines. That Karpenter buys those is proven where Karpenter runs."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.cluster.landing import can_land, node_kinds
from rehearsal.cluster.node_pools import node_pool_machines


def node_pool(**requirements: list[str]) -> dict[str, Any]:
    keys = {"types": "node.kubernetes.io/instance-type", "capacity": "karpenter.sh/capacity-type"}
    keys["zones"] = "topology.kubernetes.io/zone"
    asked = [{"key": keys[name], "operator": "In", "values": values} for name, values in requirements.items()]
    taints = [{"key": "nvidia.com/gpu", "value": "spot", "effect": "NoSchedule"}]
    template = {
        "metadata": {"labels": {"llm-platform/pool": "spot"}},
        "spec": {"requirements": asked, "taints": taints},
    }
    return {"kind": "NodePool", "metadata": {"name": "spot-1gpu"}, "spec": {"template": template}}


def test_a_node_pool_is_the_types_zones_labels_and_taints_that_it_names() -> None:
    found = node_pool_machines(node_pool(types=["g6.xlarge"], capacity=["spot"], zones=["us-east-1a"]), ["us-east-1b"])
    assert found.instance_types == ("g6.xlarge",)
    assert found.zones == ("us-east-1a",)
    assert found.pool == "spot"
    assert found.spot
    assert found.by_karpenter
    assert found.taints == ({"key": "nvidia.com/gpu", "value": "spot", "effect": "NoSchedule"},)
    assert found.labels["karpenter.sh/nodepool"] == "spot-1gpu"


def test_a_requirement_with_one_value_is_a_label_of_every_node() -> None:
    one = node_pool_machines(node_pool(types=["a"], capacity=["spot"]), ["z"])
    two = node_pool_machines(node_pool(types=["a", "b"], capacity=["spot"]), ["z"])
    assert one.labels["karpenter.sh/capacity-type"] == "spot"
    assert "node.kubernetes.io/instance-type" not in two.labels


@pytest.mark.parametrize("selected", ["spot", "on-demand"])
def test_a_pod_that_selects_one_of_two_capacity_types_may_land(selected: str) -> None:
    machines = node_pool_machines(node_pool(types=["g6.xlarge"], capacity=["spot", "on-demand"]), ["us-east-1a"])
    pod = {"tolerations": [{"operator": "Exists"}], "nodeSelector": {"karpenter.sh/capacity-type": selected}}
    assert all(can_land(pod, kind) for kind in node_kinds([machines]))


def test_a_pod_may_select_what_karpenter_says_of_a_type() -> None:
    (kind,) = node_kinds([node_pool_machines(node_pool(types=["g6.xlarge"]), ["us-east-1a"])])
    pod = {"tolerations": [{"operator": "Exists"}]}
    assert can_land({**pod, "nodeSelector": {"karpenter.k8s.aws/instance-family": "g6"}}, kind)
    assert not can_land({**pod, "nodeSelector": {"karpenter.k8s.aws/instance-family": "p5"}}, kind)


def test_without_zones_of_its_own_it_has_the_clusters() -> None:
    assert node_pool_machines(node_pool(types=["a"]), ["us-east-1a", "us-east-1b"]).zones == (
        "us-east-1a",
        "us-east-1b",
    )
