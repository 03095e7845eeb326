"""What a node keeps for itself, computed by hand from EKS's rules. A real node may differ in memory."""

from __future__ import annotations

import pytest

from catalogue.instance_types import load_instance_types
from rehearsal.cluster.amounts import amount, amounts
from rehearsal.cluster.node_capacity import EFA_RESOURCE, kept_millicores, load_node_reserves, node_capacity


@pytest.mark.parametrize(("cores", "kept"), [(1, 60), (2, 70), (4, 80), (8, 90), (16, 110), (96, 310)])
def test_the_kubelet_keeps_less_of_each_further_core(cores: int, kept: int) -> None:
    assert kept_millicores(cores) == kept


def test_memory_is_kept_by_the_number_of_pods() -> None:
    found = node_capacity(load_instance_types()["m7i.large"], 50)
    # 8 GiB less 7.5 % for the machine; of that 255 MiB, 11 MiB for each of 110 pods, and 100 MiB that stay free.
    assert found.capacity["memory"] == "7577Mi"
    assert found.allocatable["memory"] == f"{7577 - 255 - 11 * 110 - 100}Mi"
    assert found.allocatable["cpu"] == "1930m"
    assert found.allocatable["pods"] == "110"


def test_of_the_disk_a_tenth_stays_free() -> None:
    found = node_capacity(load_instance_types()["m7i.large"], 100)
    assert amount("ephemeral-storage", found.allocatable["ephemeral-storage"]) == int((100 * 0.9 - 1) * 2**30)


def test_accelerators_are_there_whole_and_efa_only_where_it_is_attached() -> None:
    found = node_capacity(load_instance_types()["g6.12xlarge"], 100, efa_interfaces=1)
    assert found.allocatable["nvidia.com/gpu"] == "4"
    assert found.allocatable[EFA_RESOURCE] == "1"
    assert EFA_RESOURCE not in node_capacity(load_instance_types()["g6.12xlarge"], 100).allocatable


@pytest.mark.parametrize("name", sorted(load_instance_types()))
def test_every_type_leaves_something_for_pods(name: str) -> None:
    found = node_capacity(load_instance_types()[name], 100)
    have, whole = amounts(found.allocatable), amounts(found.capacity)
    assert all(0 < have[resource] <= whole[resource] for resource in have)


def test_every_figure_has_a_source() -> None:
    reserves = load_node_reserves()
    sources = [reserves.kube_reserved.source, reserves.eviction.source, reserves.machine.source]
    assert all(source.startswith("https://") for source in sources)
