"""Spot and capacity: what the pools have, what spot takes away, what waits for a node."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards.board import Choice, Section, board
from observability.dashboards.fields import Query
from observability.dashboards.panels import bars, lines, number
from observability.dashboards.tables import Column, rows

POOL = 'pool=~"$pool"'


def dashboard() -> Dashboard:
    """Pools of nodes, bought in whatever way."""
    return board(
        "llm-spot-capacity",
        "Spot and capacity",
        "What the pools have, what spot interruptions take away, what waits for a node, and what a GPU costs where.",
        [Choice("pool", "pool:nodes:count")],
        [now(), pools(), interruptions(), provisioning()],
        hours=24,
    )


def now() -> Section:
    """Six numbers."""
    return Section(
        "Now",
        [
            number("Nodes", "Nodes of all pools.", f"sum(pool:nodes:count{{{POOL}}})", "none"),
            number("GPUs", "GPUs of all pools.", f"sum(pool:gpus:count{{{POOL}}})", "none"),
            number(
                "GPUs free",
                "GPUs that no pod holds.",
                f"sum(pool:gpus:count{{{POOL}}}) - sum(pool:gpus_allocated:count{{{POOL}}})",
                "none",
            ),
            number(
                "Interruptions in an hour",
                "Spot nodes that AWS took back, or said it would.",
                f"sum(pool:spot_interruptions:increase1h{{{POOL}}})",
                "none",
                first="green",
                steps=[("yellow", 1), ("red", 5)],
                decimals=0,
            ),
            number(
                "Nodes not ready",
                "Nodes that don't report that they are well.",
                f"sum(pool:nodes_not_ready:count{{{POOL}}})",
                "none",
                first="green",
                steps=[("yellow", 1), ("red", 3)],
            ),
            number(
                "Pods without a node",
                "Pods that no node has room for.",
                "sum(kube_pod_status_unschedulable) or vector(0)",
                "none",
                first="green",
                steps=[("yellow", 1), ("red", 10)],
            ),
        ],
    )


def pools() -> Section:
    """What there is, and what of it is held."""
    return Section(
        "Pools",
        [
            lines(
                "GPUs",
                "GPUs that there are, by pool.",
                [Query(f"sum by (pool) (pool:gpus:count{{{POOL}}})", "{{pool}}")],
                "none",
                span=8,
                stacked=True,
            ),
            lines(
                "GPUs held",
                "Share of each pool's GPUs that a pod holds.",
                [
                    Query(
                        f"sum by (pool) (pool:gpus_allocated:count{{{POOL}}})"
                        f" / sum by (pool) (pool:gpus:count{{{POOL}}})",
                        "{{pool}}",
                    )
                ],
                "percentunit",
                span=8,
                largest=1,
            ),
            rows(
                "Pools",
                "Every pool now.",
                ["pool"],
                [
                    Column("Nodes", f"sum by (pool) (pool:nodes:count{{{POOL}}})", "none"),
                    Column("Not ready", f"sum by (pool) (pool:nodes_not_ready:count{{{POOL}}})", "none"),
                    Column("GPUs", f"sum by (pool) (pool:gpus:count{{{POOL}}})", "none"),
                    Column("Held", f"sum by (pool) (pool:gpus_allocated:count{{{POOL}}})", "none"),
                    Column("Idle", f"sum by (pool) (pool:gpus_idle:count{{{POOL}}})", "none"),
                ],
                span=8,
                descending="GPUs",
            ),
        ],
    )


def interruptions() -> Section:
    """What spot takes away."""
    return Section(
        "Interruptions",
        [
            lines(
                "Spot interruptions",
                "Nodes that AWS took back in the hour before, by pool.",
                [Query(f"sum by (pool) (pool:spot_interruptions:increase1h{{{POOL}}})", "{{pool}}")],
                "none",
            ),
            lines(
                "Nodes not ready",
                "By pool. A short peak beside interruptions is nodes that leave.",
                [Query(f"sum by (pool) (pool:nodes_not_ready:count{{{POOL}}})", "{{pool}}")],
                "none",
            ),
        ],
    )


def provisioning() -> Section:
    """What Karpenter may still make, and at which price."""
    return Section(
        "Provisioning",
        [
            lines(
                "Limits used",
                "GPUs of each of Karpenter's node pools, by its limit. At 1 it makes no more nodes.",
                [
                    Query(
                        'max by (nodepool) (karpenter_nodepools_usage{resource_type="nvidia.com/gpu"}'
                        ' / karpenter_nodepools_limit{resource_type="nvidia.com/gpu"})',
                        "{{nodepool}}",
                    )
                ],
                "percentunit",
                span=8,
                limit=1,
            ),
            lines(
                "Errors of the cloud",
                "Calls to AWS that failed, a second. InsufficientCapacityError: there is no such machine to be had.",
                [Query("sum by (error) (rate(karpenter_cloudprovider_errors_total[$__rate_interval]))", "{{error}}")],
                "reqps",
                span=8,
            ),
            bars(
                "Price of a GPU hour",
                "From the catalogue, for each kind of machine and way of buying that there is a node of.",
                Query(
                    "sort(max by (instance_type, capacity_type) (node:gpu_price:dollars_per_hour))",
                    "{{instance_type}} {{capacity_type}}",
                ),
                "currencyUSD",
            ),
        ],
    )
