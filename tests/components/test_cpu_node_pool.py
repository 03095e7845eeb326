"""The CPU pool of Karpenter. Does not prove what Karpenter buys."""

from __future__ import annotations

import pytest

from components.cpu_node_pool import CpuNodePool, CpuNodePoolArgs
from components.node_pool import Disruption
from tests.components.node_pool_fixtures import node_class
from tests.components.recorder import Recording, record


def build(*, preview: bool = False) -> Recording:
    def program() -> None:
        CpuNodePool(
            "system-cpu",
            CpuNodePoolArgs(
                node_class=node_class(),
                instance_types=["m7i.large", "m7i.xlarge"],
                max_cpus=32,
                zones=["us-east-1a"],
                architecture="amd64",
                disruption=Disruption(),
            ),
        )

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        ("llm-platform:cpu_node_pool:CpuNodePool", "system-cpu"),
        ("llm-platform:node_pool:NodePool", "system-cpu"),
        ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "system-cpu-class"),
        ("kubernetes:karpenter.sh/v1:NodePool", "system-cpu-machines"),
    }


def test_system_machines_take_every_pod_up_to_the_limit():
    spec = build().one("system-cpu-machines").inputs["spec"]
    assert "taints" not in spec["template"]["spec"]
    assert spec["template"]["metadata"]["labels"] == {
        "llm-platform/capacity": "on-demand",
        "llm-platform/pool": "system",
    }
    assert spec["limits"] == {"cpu": "32"}
