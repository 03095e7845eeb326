"""Training jobs and queues: who waits for GPUs, how long, and who has how much of the quota."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards.board import Choice, Section, board
from observability.dashboards.fields import Query
from observability.dashboards.panels import lines, number
from observability.dashboards.tables import Column, rows

QUEUE = 'queue=~"$queue"'
RAW = 'cluster_queue=~"$queue", replica_role!="follower"'
"""A replica of Kueue that does not lead repeats what the leader tells."""


def dashboard() -> Dashboard:
    """Kueue's queues and the GPUs of the training pool."""
    return board(
        "llm-training-queues",
        "Training jobs and queues",
        "Who waits for GPUs, how long, who has how much of the quota, and whether training uses what it holds.",
        [Choice("queue", "queue:gpus_quota"), Choice("team", 'gpu:allocated{pool="training"}')],
        [now(), waiting(), quota(), work()],
        hours=24,
    )


def now() -> Section:
    """Six numbers."""
    return Section(
        "Now",
        [
            number("Waiting", "Workloads that are not admitted.", f"sum(queue:pending_workloads{{{QUEUE}}})", "none"),
            number(
                "Running",
                "Workloads that are admitted and not finished.",
                f"sum(max by (cluster_queue) (kueue_admitted_active_workloads{{{RAW}}}))",
                "none",
            ),
            number(
                "Wait for admission, p95",
                "Of the workloads admitted in the last hour, one in twenty waited longer.",
                f"max(queue:admission_wait_seconds:p95_1h{{{QUEUE}}})",
                "s",
                first="green",
                steps=[("yellow", 1800), ("red", 7200)],
            ),
            number("GPUs in use", "GPUs of admitted workloads.", f"sum(queue:gpus_used{{{QUEUE}}})", "none"),
            number("Quota", "GPUs that the queues may use of their own.", f"sum(queue:gpus_quota{{{QUEUE}}})", "none"),
            number(
                "Evicted in the last hour",
                "Workloads that lost their GPUs: preempted, or their pods were not ready in time.",
                f"sum(increase(kueue_evicted_workloads_total{{{RAW}}}[1h]))",
                "none",
                first="green",
                steps=[("yellow", 1)],
                decimals=0,
            ),
        ],
    )


def waiting() -> Section:
    """The queues."""
    return Section(
        "Waiting",
        [
            lines(
                "Workloads that wait",
                "Workloads that are not admitted, by queue. Inadmissible ones wait for quota, active ones for a turn.",
                [Query(f"sum by (queue, status) (queue:pending_workloads{{{QUEUE}}})", "{{queue}} {{status}}")],
                "none",
                stacked=True,
            ),
            lines(
                "Wait for admission, 95th percentile",
                "Of the workloads admitted in the hour before, by queue. A gap: none was admitted.",
                [Query(f"max by (queue) (queue:admission_wait_seconds:p95_1h{{{QUEUE}}})", "{{queue}}")],
                "s",
            ),
        ],
    )


def quota() -> Section:
    """Who has how much."""
    return Section(
        "Quota",
        [
            lines(
                "Quota used",
                "GPUs in use by quota. Above 1 a queue borrows from its cohort.",
                [
                    Query(
                        f"sum by (queue) (queue:gpus_used{{{QUEUE}}})"
                        f" / (sum by (queue) (queue:gpus_quota{{{QUEUE}}}) > 0)",
                        "{{queue}}",
                    )
                ],
                "percentunit",
                limit=1,
            ),
            rows(
                "Queues",
                "Every queue with its quota, use and waiting workloads.",
                ["queue"],
                [
                    Column("Quota", f"sum by (queue) (queue:gpus_quota{{{QUEUE}}})", "none"),
                    Column("In use", f"sum by (queue) (queue:gpus_used{{{QUEUE}}})", "none"),
                    Column("Waiting", f"sum by (queue) (queue:pending_workloads{{{QUEUE}}})", "none"),
                ],
                span=12,
                descending="Waiting",
            ),
        ],
    )


def work() -> Section:
    """Whether the GPUs that training holds do something."""
    training = 'pool="training", team=~"$team"'
    return Section(
        "Work",
        [
            lines(
                "Utilization of training GPUs",
                "Mean over the GPUs that a pod holds, by team. A comb points to jobs that wait for their data.",
                [
                    Query(
                        f"avg by (team) (gpu:utilization:ratio{{{training}}} and gpu:allocated{{{training}}} == 1)",
                        "{{team}}",
                    )
                ],
                "percentunit",
                largest=1,
            ),
            lines(
                "Tensor cores active",
                "Share of cycles in which tensor cores worked, of the training GPUs that a pod holds.",
                [
                    Query(
                        f"avg by (team) (gpu:tensor_active:ratio{{{training}}} and gpu:allocated{{{training}}} == 1)",
                        "{{team}}",
                    )
                ],
                "percentunit",
                largest=1,
            ),
        ],
    )
