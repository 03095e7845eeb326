"""Parameters of Aurora PostgreSQL. Does not prove that RDS takes each: the rehearsal asks its list of names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.postgres_parameters import cluster_parameters, instance_parameters

GIB = 1024**3


def values(parameters: Any) -> dict[str, str]:
    return {parameter["name"]: parameter["value"] for parameter in parameters}


def test_only_tls_gets_in() -> None:
    assert values(cluster_parameters()) | {"rds.force_ssl": "1", "ssl_min_protocol_version": "TLSv1.2"} == values(
        cluster_parameters()
    )


def test_slow_statements_are_logged_without_the_texts_they_carry() -> None:
    found = values(cluster_parameters())
    assert int(found["log_min_duration_statement"]) > 0
    assert found["log_parameter_max_length"] == "0"


def test_what_is_loaded_at_start_waits_for_one_and_so_does_what_aurora_has_anyway() -> None:
    """RDS keeps `pending-reboot` for a value that is its own: with `immediate` no update would be the last."""
    methods: dict[Any, Any] = {parameter["name"]: parameter.get("apply_method") for parameter in cluster_parameters()}
    for name in ("shared_preload_libraries", "rds.force_ssl", "ssl_min_protocol_version"):
        assert methods.pop(name) == "pending-reboot"
    assert set(methods.values()) == {"immediate"}


@pytest.mark.parametrize(
    ("memory_gib", "build_gib", "work_memory_kib"),
    # What the build needs; a quarter of the memory where that is less; never less than PostgreSQL's own default.
    [(64, 3, 3 * 1024**2), (8, 30, 2 * 1024**2), (0.1, 30, 64 * 1024)],
)
def test_an_index_is_built_in_memory_where_there_is_room(
    memory_gib: float, build_gib: int, work_memory_kib: int
) -> None:
    assert values(instance_parameters(memory_gib, 8, build_gib * GIB))["maintenance_work_mem"] == str(work_memory_kib)


@given(memory_gib=st.integers(1, 1536), vcpus=st.integers(0, 192), build=st.integers(0, 10**13))
def test_a_build_leaves_the_rest_of_an_instance_its_share(memory_gib: int, vcpus: int, build: int) -> None:
    found = {name: int(value) for name, value in values(instance_parameters(memory_gib, vcpus, build)).items()}
    assert found["maintenance_work_mem"] * 1024 <= memory_gib * GIB // 4
    assert 2 <= found["max_parallel_maintenance_workers"] <= found["max_parallel_workers"]
