"""Parameters of Aurora PostgreSQL for vectors: what all instances of a cluster share, and what their size decides."""

from __future__ import annotations

from typing import Final

from pulumi_aws import rds

KIB_PER_GIB: Final = 1024 * 1024
LEAST_WORK_MEMORY_KIB: Final = 64 * 1024
"""PostgreSQL's default of maintenance_work_mem."""


def cluster_parameters() -> list[rds.ClusterParameterGroupParameterArgsDict]:
    """Parameters of the whole cluster: TLS 1.2 or later and nothing else, statistics, and no forgotten transactions.

    A transaction that stays open keeps vacuum from removing the rows of replaced versions, which an HNSW index then
    walks through. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Reference.ParameterGroups.html
    """
    return [
        # Loaded at start only, or, from version 17 on, what Aurora has anyway: for such a value RDS keeps no other
        # method than this, and every update would set it again.
        # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rds_cluster_parameter_group
        *(
            {"name": name, "value": value, "apply_method": "pending-reboot"}
            for name, value in (
                ("shared_preload_libraries", "pg_stat_statements"),
                ("rds.force_ssl", "1"),
                ("ssl_min_protocol_version", "TLSv1.2"),
            )
        ),
        *(
            {"name": name, "value": value, "apply_method": "immediate"}
            for name, value in (
                ("idle_in_transaction_session_timeout", "600000"),  # ms
                ("log_min_duration_statement", "1000"),  # ms
                ("log_parameter_max_length", "0"),  # documents' texts, vectors and questions stay out of the log
                ("log_lock_waits", "1"),
                ("log_temp_files", "10240"),  # KiB: a sort that should have fitted into memory
            )
        ),
    ]


def instance_parameters(memory_gib: float, vcpus: int, build_bytes: int) -> list[rds.ParameterGroupParameterArgsDict]:
    """Parameters of an instance: as much memory and as many workers for building an index as it can do without.

    An HNSW graph is built several times faster while it fits into maintenance_work_mem: so much, but a quarter of the
    memory at most, of which shared buffers take three. Half of the CPUs, 2 to 8, build.
    https://github.com/pgvector/pgvector#index-build-time
    """
    most = int(memory_gib * KIB_PER_GIB / 4)
    work_memory = max(LEAST_WORK_MEMORY_KIB, min(most, -(-build_bytes // 1024)))
    workers = max(2, min(8, vcpus // 2))
    return [
        {"name": name, "value": str(value), "apply_method": "immediate"}
        for name, value in (
            ("maintenance_work_mem", work_memory),
            ("max_parallel_maintenance_workers", workers),
            ("max_parallel_workers", max(8, vcpus)),
        )
    ]
