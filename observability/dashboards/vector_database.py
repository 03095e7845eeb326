"""Vector database: how fast searches are, how many fail, how big the collections are."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards.board import Choice, Section, board
from observability.dashboards.fields import Query
from observability.dashboards.panels import lines, number

CHOSEN = 'store=~"$store", namespace=~"$namespace"'


def dashboard() -> Dashboard:
    """The stores that run in the cluster; RDS and Pinecone report to their own services."""
    return board(
        "llm-vector-database",
        "Vector database",
        "How fast searches are, how many fail and how much is stored, for the engines that run in the cluster.",
        [
            Choice("store", "vector_store:searches:rate5m"),
            Choice("namespace", 'vector_store:searches:rate5m{store=~"$store"}'),
        ],
        [now(), searches(), storage(), programs()],
    )


def now() -> Section:
    """Four numbers."""
    return Section(
        "Now",
        [
            number("Searches", "Searches a second.", f"sum(vector_store:searches:rate5m{{{CHOSEN}}})", "reqps", span=6),
            number(
                "Search, p95",
                "One search in twenty takes longer, in the slowest store.",
                f"max(vector_store:search_seconds:p95_5m{{{CHOSEN}}})",
                "s",
                first="green",
                steps=[("yellow", 0.2), ("red", 1)],
                span=6,
            ),
            number(
                "Failed",
                "Failed requests among all.",
                f"sum(vector_store:errors:rate5m{{{CHOSEN}}}) / sum(vector_store:searches:rate5m{{{CHOSEN}}})",
                "percentunit",
                first="green",
                steps=[("yellow", 0.001), ("red", 0.01)],
                span=6,
                decimals=2,
            ),
            number(
                "Stored", "Bytes that the stores hold.", f"sum(vector_store:size_bytes{{{CHOSEN}}})", "bytes", span=6
            ),
        ],
    )


def searches() -> Section:
    """What users notice."""
    return Section(
        "Searches",
        [
            lines(
                "Searches",
                "Searches a second, by store.",
                [
                    Query(
                        f"sum by (store, namespace) (vector_store:searches:rate5m{{{CHOSEN}}})",
                        "{{store}} in {{namespace}}",
                    )
                ],
                "reqps",
                span=8,
                stacked=True,
            ),
            lines(
                "Search, 95th percentile",
                "By store. It rises when an index no longer fits into memory.",
                [
                    Query(
                        f"max by (store, namespace) (vector_store:search_seconds:p95_5m{{{CHOSEN}}})",
                        "{{store}} in {{namespace}}",
                    )
                ],
                "s",
                span=8,
            ),
            lines(
                "Errors",
                "Failed requests a second, by store.",
                [
                    Query(
                        f"sum by (store, namespace) (vector_store:errors:rate5m{{{CHOSEN}}})",
                        "{{store}} in {{namespace}}",
                    )
                ],
                "reqps",
                span=8,
            ),
        ],
    )


def storage() -> Section:
    """What it needs."""
    return Section(
        "Storage",
        [
            lines(
                "Stored",
                "Bytes that each store holds.",
                [
                    Query(
                        f"sum by (store, namespace) (vector_store:size_bytes{{{CHOSEN}}})", "{{store}} in {{namespace}}"
                    )
                ],
                "bytes",
            ),
            lines(
                "Memory of the stores' pods",
                "Working set by namespace. An index in memory that reaches the limit ends the pod.",
                [
                    Query(
                        'sum by (namespace) (container_memory_working_set_bytes{namespace=~"$namespace", container!=""}'
                        ' and on (namespace) vector_store:searches:rate5m{store=~"$store"})',
                        "{{namespace}}",
                    )
                ],
                "bytes",
            ),
        ],
    )


def programs() -> Section:
    """What fills and asks it."""
    return Section(
        "Ingestion",
        [
            lines(
                "Age of the last complete ingestion",
                "By index. Documents that changed since then are not found yet.",
                [Query("time() - max by (index) (embedding_ingest_complete_timestamp_seconds)", "{{index}}")],
                "s",
                span=24,
            ),
        ],
    )
