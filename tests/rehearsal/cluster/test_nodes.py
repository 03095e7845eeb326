"""Nodes as EKS's register. Does not prove that the API server takes them: test_simulation.py does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalogue.instance_types import load_instance_types
from rehearsal.cluster.node_groups import Machines
from rehearsal.cluster.nodes import UnknownInstanceTypeError, machine_labels, node_manifests, region_of

SPOT = Machines(
    name="spot",
    instance_types=("g6.xlarge", "g5.xlarge"),
    zones=("us-east-1a", "us-east-1b"),
    labels={"llm-platform/pool": "spot"},
    taints=({"key": "nvidia.com/gpu", "value": "spot", "effect": "NoSchedule"},),
    spot=True,
    disk_gib=100,
    desired=3,
)


def test_a_spot_group_goes_round_its_types_and_zones() -> None:
    found = node_manifests(SPOT)
    labels = [node["metadata"]["labels"] for node in found]
    assert [each["node.kubernetes.io/instance-type"] for each in labels] == ["g6.xlarge", "g5.xlarge", "g6.xlarge"]
    assert [each["topology.kubernetes.io/zone"] for each in labels] == ["us-east-1a", "us-east-1b", "us-east-1a"]
    assert len({node["metadata"]["name"] for node in found}) == 3


def test_an_on_demand_group_takes_its_first_type() -> None:
    found = node_manifests(replace(SPOT, spot=False))
    assert {node["metadata"]["labels"]["node.kubernetes.io/instance-type"] for node in found} == {"g6.xlarge"}


def test_a_node_carries_the_groups_labels_and_taints_and_is_played_by_kwok() -> None:
    node = node_manifests(SPOT)[0]
    assert node["metadata"]["labels"]["llm-platform/pool"] == "spot"
    assert node["metadata"]["labels"]["topology.kubernetes.io/region"] == "us-east-1"
    assert node["metadata"]["labels"]["kubernetes.io/hostname"] == node["metadata"]["name"]
    assert node["metadata"]["annotations"] == {"kwok.x-k8s.io/node": "fake"}
    assert node["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "spot", "effect": "NoSchedule"}]
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "1"


def test_a_group_of_none_has_no_nodes() -> None:
    assert node_manifests(replace(SPOT, desired=0)) == []


def test_a_type_that_the_catalogue_lacks_is_named_with_the_remedy() -> None:
    with pytest.raises(
        UnknownInstanceTypeError, match=r"node group spot: instance type g99\.large: .*--add g99\.large"
    ):
        node_manifests(replace(SPOT, instance_types=("g99.large",)))


def test_only_nvidia_machines_carry_nvidias_labels() -> None:
    types = load_instance_types()
    assert machine_labels(types["g6.12xlarge"])["nvidia.com/gpu.count"] == "4"
    for name in ("m7i.large", next(name for name in types if name.startswith("inf2"))):
        assert not [key for key in machine_labels(types[name]) if key.startswith("nvidia.com")]


def test_a_region_is_its_zone_without_the_letter() -> None:
    assert region_of("us-east-1a") == "us-east-1"
