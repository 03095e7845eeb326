"""Quantities and what pods reserve, against the examples of Kubernetes' own documentation.

Not proven: pod-level resources and in-place resizing, which nothing here uses.
"""

from __future__ import annotations

import pytest

from rehearsal.cluster.amounts import added, amount, pod_requests


@pytest.mark.parametrize(
    ("resource", "quantity", "expected"),
    [
        ("cpu", "500m", 500),
        ("cpu", 2, 2000),
        ("cpu", "0.1", 100),
        ("cpu", "1e3m", 1000),
        ("memory", "128974848", 128974848),
        ("memory", "129e6", 129000000),
        ("memory", "129M", 129000000),
        ("memory", "123Mi", 128974848),
        ("memory", "1.5Gi", 1610612736),
        ("memory", "128974848000m", 128974848),
        ("nvidia.com/gpu", "8", 8),
        ("pods", "110", 110),
    ],
)
def test_quantities(resource: str, quantity: str | int, expected: int) -> None:
    assert amount(resource, quantity) == expected


@pytest.mark.parametrize("quantity", ["", "lots", "5 Gi", "5GB", "1.2.3"])
def test_what_is_no_quantity_is_refused(quantity: str) -> None:
    with pytest.raises(ValueError, match="is no Kubernetes quantity"):
        amount("memory", quantity)


def test_amounts_are_added_by_resource() -> None:
    assert added([{"cpu": 1, "memory": 2}, {"cpu": 3}, {}]) == {"cpu": 4, "memory": 2}


def container(**requests: str) -> dict[str, object]:
    return {"resources": {"requests": requests}}


def test_a_pod_reserves_its_containers_or_a_greater_init_container() -> None:
    spec = {"containers": [container(cpu="1"), container(cpu="2")], "initContainers": [container(cpu="4")]}
    assert pod_requests(spec) == {"cpu": 4000, "pods": 1}


def test_a_sidecar_counts_with_the_containers() -> None:
    sidecar = {**container(cpu="500m"), "restartPolicy": "Always"}
    spec = {"containers": [container(cpu="1")], "initContainers": [sidecar]}
    assert pod_requests(spec) == {"cpu": 1500, "pods": 1}


def test_a_limit_without_a_request_is_one() -> None:
    spec = {"containers": [{"resources": {"limits": {"nvidia.com/gpu": "2"}, "requests": {"cpu": "1"}}}]}
    assert pod_requests(spec) == {"cpu": 1000, "nvidia.com/gpu": 2, "pods": 1}


def test_overhead_is_added() -> None:
    assert pod_requests({"containers": [container(cpu="1")], "overhead": {"cpu": "250m"}})["cpu"] == 1250
