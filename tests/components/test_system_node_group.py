"""The system node group. Does not prove that EC2 has the capacity."""

from __future__ import annotations

from typing import Any

import pytest

from components.system_node_group import SystemNodeGroup, SystemNodeGroupArgs
from tests.components.node_group_fixtures import GROUP, NETWORK_ADDON, NODES, TEMPLATE, joining, sized
from tests.components.recorder import Recording, record


def build(*, preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        settings: dict[str, Any] = {
            **joining(),
            "subnet_ids": ["subnet-a", "subnet-b"],
            "instance_types": ["m7i.xlarge"],
            "size": sized(min_nodes=1, desired_nodes=2),
        }
        SystemNodeGroup("system", SystemNodeGroupArgs(**settings | changes))

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        NETWORK_ADDON,
        ("llm-platform:system_node_group:SystemNodeGroup", "system"),
        (GROUP, "system-group"),
        (TEMPLATE, "system-group-template"),
        (NODES, "system-group-nodes"),
    }


def test_nodes_are_on_demand_and_take_whatever_tolerates_nothing():
    nodes = build().one("system-group-nodes").inputs
    assert nodes["capacityType"] == "ON_DEMAND"
    assert nodes["amiType"] == "AL2023_x86_64_STANDARD"
    assert nodes["labels"] == {"llm-platform/capacity": "on-demand", "llm-platform/pool": "system"}
    assert nodes.get("taints", []) == []


def test_a_platform_without_a_system_node_is_refused():
    with pytest.raises(ValueError, match="min_nodes is 0; CoreDNS needs at least one node"):
        build(size=sized(min_nodes=0, desired_nodes=2))
