"""What nodes cost and how full they are. Prices are the catalogue's, and the share for spot an assumption of it."""

from __future__ import annotations

from rehearsal.cluster.karpenter_types import usd_per_hour
from rehearsal.cluster.packing import node_uses, pool_uses
from tests.rehearsal.cluster.recorded_api import node, pod

GPU = node("gpu-1", pool="inference", type_="g6.xlarge")
SPOT = node("gpu-2", pool="spot", type_="g6.xlarge", labels={"llm-platform/capacity": "spot"})
OF_KARPENTER = {"karpenter.sh/capacity-type": "spot", "karpenter.sh/nodepool": "s"}
BOUGHT = node("gpu-3", pool="spot", type_="g6.xlarge", labels=OF_KARPENTER)


def test_gpus_are_used_by_the_pods_that_hold_them() -> None:
    ended = pod("c", on="gpu-1", gpus=1) | {"status": {"phase": "Succeeded"}}
    (use,) = node_uses([GPU], [pod("a", on="gpu-1", gpus=1), pod("b", on="elsewhere", gpus=1), ended, pod("d")])
    assert (use.accelerators, use.accelerators_used, use.pods) == (1, 1, 1)


def test_shares_are_of_the_allocatable() -> None:
    (use,) = node_uses([GPU], [pod("a", on="gpu-1"), pod("b", on="gpu-1")])
    assert use.cpu_share == 1.0
    assert use.memory_share == 0.0


def test_spot_nodes_cost_less_whoever_bought_them() -> None:
    uses = {use.name: use for use in node_uses([GPU, SPOT, BOUGHT], [])}
    on_demand, spot = usd_per_hour("g6.xlarge", "on-demand"), usd_per_hour("g6.xlarge", "spot")
    assert on_demand is not None
    assert spot is not None
    assert spot < on_demand
    assert [uses[f"gpu-{n}"].usd_per_hour for n in (1, 2, 3)] == [on_demand, spot, spot]
    assert [uses[f"gpu-{n}"].bought_by for n in (1, 2, 3)] == ["", "", "s"]


def test_an_own_machine_costs_nothing_an_hour_and_is_no_unknown_one() -> None:
    own = node("dgx-01", pool="inference", type_="dgx-h100", labels={"llm-platform/capacity": "on-premises"})
    (pool,) = pool_uses(node_uses([own], []))
    assert (pool.own, pool.unpriced, pool.usd_per_hour) == (1, 0, 0)


def test_a_pool_is_its_nodes_added_up_and_one_without_a_price_is_said() -> None:
    unknown = node("odd", pool="spot", type_="g99.large")
    by_pool = {use.pool: use for use in pool_uses(node_uses([GPU, SPOT, unknown], [pod("a", on="gpu-2", gpus=1)]))}
    assert list(by_pool) == ["inference", "spot"]
    assert (by_pool["spot"].nodes, by_pool["spot"].accelerators, by_pool["spot"].accelerators_used) == (2, 2, 1)
    assert by_pool["spot"].unpriced == 1
    assert by_pool["spot"].usd_per_hour == round(usd_per_hour("g6.xlarge", "spot") or 0, 4)
