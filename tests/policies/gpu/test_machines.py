"""Groups of machines, as policies see those of node groups, NodePools, hosts and instances."""

from __future__ import annotations

from typing import Any

import pytest

from policies.pools import Machines, machines_in, machines_of
from policies.resources import Stack
from policies.taints import Taint, Toleration, passes, tolerates
from tests.policies.sample import UNKNOWN, Sample, stack_of
from tests.policies.samples.gpu import SAMPLES

NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"


@pytest.fixture(scope="module")
def stack() -> Stack:
    return stack_of(SAMPLES)


def machines(type_: str, inputs: dict[str, Any]) -> Machines:
    found = machines_of(Sample(type_, "machines", inputs).resource())
    assert found is not None
    return found


def node_pool(*requirements: tuple[str, str, list[str]], **spec: Any) -> Machines:
    given = [{"key": key, "operator": operator, "values": values} for key, operator, values in requirements]
    return machines(NODE_POOL, {"spec": {"template": {"spec": {"requirements": given}}, **spec}})


def test_gpus_are_the_biggest_types_times_the_most_machines(stack: Stack) -> None:
    most = {each.resource.name: each.max_gpus for each in machines_in(stack)}

    assert {name: most[name] for name in ("group-training", "group-inference", "group-spot", "group-system")} == {
        "group-training": 8,
        "group-inference": 16,
        "group-spot": 16,
        "group-system": 0,
    }
    assert {name: most[name] for name in ("nodes-inference", "nodes-system", "host-of-notebooks")} == {
        "nodes-inference": 16,
        "nodes-system": 0,
        "host-of-notebooks": 8,
    }


def test_gpus_that_nothing_limits_have_no_most() -> None:
    assert node_pool(("node.kubernetes.io/instance-type", "In", ["g6.xlarge"]), limits={"cpu": "4"}).max_gpus is None
    assert machines("aws:eks/nodeGroup:NodeGroup", {"instanceTypes": ["g6.xlarge"]}).max_gpus is None


def test_instance_on_a_dedicated_host_is_counted_with_the_host() -> None:
    type_ = "aws:ec2/instance:Instance"

    assert machines(type_, {"instanceType": "g6.12xlarge"}).max_gpus == 4
    assert machines(type_, {"instanceType": "g6.12xlarge", "hostId": "h-1"}).max_gpus == 0
    assert machines(type_, {"instanceType": "g6.12xlarge", "tenancy": "host"}).max_gpus == 0
    assert machines("aws:ec2/dedicatedHost:DedicatedHost", {"instanceFamily": "g6"}).max_gpus == 8
    assert machines("aws:ec2/dedicatedHost:DedicatedHost", {"instanceType": "g6.xlarge"}).max_gpus == 8
    assert machines("aws:ec2/dedicatedHost:DedicatedHost", {"instanceFamily": "x99"}).types == ["x99.*"]


def test_spot_instance_is_spot() -> None:
    assert machines("aws:ec2/instance:Instance", {"instanceMarketOptions": {"marketType": "spot"}}).spot
    assert not machines("aws:ec2/instance:Instance", {}).spot


def test_group_without_types_has_that_of_its_launch_template() -> None:
    template = Sample(
        "aws:ec2/launchTemplate:LaunchTemplate", "template", {"instanceType": "p4d.24xlarge"}, {"id": "lt-1"}
    )
    by_id = Sample("aws:eks/nodeGroup:NodeGroup", "by-id", {"launchTemplate": {"id": "lt-1"}})
    by_reference = Sample(
        "aws:eks/nodeGroup:NodeGroup",
        "new",
        {"launchTemplate": {"id": UNKNOWN}},
        refers={"launchTemplate": ["template"]},
    )
    other = Sample("aws:eks/nodeGroup:NodeGroup", "other", {"launchTemplate": {"id": "lt-2"}})

    found = {each.resource.name: each.types for each in machines_in(stack_of([template, by_id, by_reference, other]))}

    assert found == {"by-id": ["p4d.24xlarge"], "new": ["p4d.24xlarge"], "other": []}


@pytest.mark.parametrize(
    ("values", "spot"),
    [(["spot"], True), (["on-demand"], False), (["on-demand", "reserved"], False), (["spot", "x"], True)],
)
def test_node_pool_is_spot_where_its_requirements_leave_it_open(values: list[str], spot: bool) -> None:
    assert node_pool(("karpenter.sh/capacity-type", "In", values)).spot is spot
    assert node_pool(("karpenter.sh/capacity-type", "NotIn", values)).spot is not spot


def test_node_pool_without_capacity_type_may_be_spot() -> None:
    assert node_pool().spot


def test_requirements_narrow_the_types_together() -> None:
    family = "karpenter.k8s.aws/instance-family"
    size = "karpenter.k8s.aws/instance-size"

    assert node_pool((family, "In", ["g6"]), (size, "In", ["xlarge", "2xlarge"])).types == ["g6.2xlarge", "g6.xlarge"]
    assert node_pool((family, "In", ["g6"]), (family, "NotIn", ["g6"])).types == []
    assert node_pool((family, "In", ["g6", "z9"]), (size, "In", ["xlarge"])).types == ["g6.xlarge", "z9.*"]


@pytest.mark.parametrize(
    ("operator", "value", "most", "least"),
    [("Gt", "4", 16, 8), ("Gte", "4", 16, 4), ("Lt", "4", 2, 1), ("Lte", "4", 4, 1), ("Exists", "", 16, 1)],
)
def test_requirements_compare_numbers_of_gpus(operator: str, value: str, most: int, least: int) -> None:
    from policies.instance_facts import all_facts  # noqa: PLC0415 - the figures of the moment

    key = "karpenter.k8s.aws/instance-gpu-count"
    counts = {all_facts()[type_].gpus for type_ in node_pool((key, operator, [value] if value else [])).types}

    assert min(counts) == least
    assert max(counts) == min(most, max(counts))
    assert (max(counts) == most) or most == 16


@pytest.mark.parametrize(
    ("operator", "value", "taint", "expected"),
    [
        ("Gt", "5", "6", True),
        ("Gt", "5", "5", False),
        ("Lt", "5", "4", True),
        ("Lt", "5", "6", False),
        ("Gt", "5", "x", False),
    ],
)
def test_numbers_in_tolerations_are_compared(operator: str, value: str, taint: str, expected: bool) -> None:
    assert tolerates(Toleration("slo", operator, value), Taint("slo", taint)) is expected


def test_pod_passes_when_each_hard_taint_is_tolerated() -> None:
    taints = [Taint("a"), Taint("b", "x", "NoExecute"), Taint("c", "", "PreferNoSchedule")]

    assert passes([Toleration("a", "Exists"), Toleration("b", "Equal", "x")], taints)
    assert not passes([Toleration("a", "Exists")], taints)
    assert not passes([Toleration("", "Equal")], taints)
    assert passes([], taints[2:])
