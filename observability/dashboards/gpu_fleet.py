"""GPU fleet: how busy, how hot and how healthy every GPU is."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards.board import Choice, Section, board
from observability.dashboards.fields import Query
from observability.dashboards.panels import lines, number, states
from observability.dashboards.tables import Column, rows

CHOSEN = 'pool=~"$pool", gpu_model=~"$gpu_model", node=~"$node"'


def dashboard() -> Dashboard:
    """GPUs in the cloud and on premises alike: both report through NVIDIA's DCGM exporter."""
    return board(
        "llm-gpu-fleet",
        "GPU fleet",
        "How busy, how hot and how healthy the GPUs are, in the cloud and on DGX machines.",
        [
            Choice("pool", "gpu:utilization:ratio"),
            Choice("gpu_model", 'gpu:utilization:ratio{pool=~"$pool"}'),
            Choice("node", 'gpu:utilization:ratio{pool=~"$pool", gpu_model=~"$gpu_model"}'),
        ],
        [now(), use(), conditions(), health()],
    )


def now() -> Section:
    """Six numbers."""
    return Section(
        "Now",
        [
            number("GPUs", "GPUs that report.", f"count(group by (node, gpu) (gpu:allocated{{{CHOSEN}}}))", "none"),
            number(
                "Held",
                "GPUs that a pod holds.",
                f"sum(max by (node, gpu) (gpu:allocated{{{CHOSEN}}}))"
                f" / count(group by (node, gpu) (gpu:allocated{{{CHOSEN}}}))",
                "percentunit",
                decimals=0,
            ),
            number(
                "Utilization of held GPUs",
                "Mean share of time in which a kernel ran, of the GPUs that a pod holds.",
                f"avg(gpu:utilization:ratio{{{CHOSEN}}} and gpu:allocated{{{CHOSEN}}} == 1)",
                "percentunit",
                decimals=0,
            ),
            number(
                "Held but idle",
                "GPUs that a pod holds and that did next to nothing for half an hour, in all their MIG instances.",
                f"sum(min by (node, gpu) (gpu:idle{{{CHOSEN}}}))",
                "none",
                first="green",
                steps=[("yellow", 1)],
            ),
            number(
                "Hottest",
                "Highest temperature of a GPU.",
                f"max(gpu:temperature_celsius{{{CHOSEN}}})",
                "celsius",
                first="green",
                steps=[("yellow", 83), ("red", 90)],
            ),
            number(
                "Power",
                "What all of them draw.",
                f"sum(max by (node, gpu) (gpu:power_watts{{{CHOSEN}}}))",
                "watt",
                decimals=1,
            ),
        ],
    )


def use() -> Section:
    """Work that is done."""
    return Section(
        "Use",
        [
            lines(
                "Utilization",
                "Mean share of time in which a kernel ran, by pool. High with few tensor operations: look at batching.",
                [Query(f"avg by (pool) (gpu:utilization:ratio{{{CHOSEN}}})", "{{pool}}")],
                "percentunit",
                span=8,
                largest=1,
            ),
            lines(
                "Tensor cores active",
                "Mean share of cycles in which tensor cores worked, by pool: the honest measure of a GPU's use.",
                [Query(f"avg by (pool) (gpu:tensor_active:ratio{{{CHOSEN}}})", "{{pool}}")],
                "percentunit",
                span=8,
                largest=1,
            ),
            lines(
                "Memory used",
                "Mean share of GPU memory, by pool. Model servers take nearly all of it at start, for the KV cache.",
                [Query(f"avg by (pool) (gpu:memory_used:ratio{{{CHOSEN}}})", "{{pool}}")],
                "percentunit",
                span=8,
                largest=1,
            ),
        ],
    )


def conditions() -> Section:
    """Power and heat."""
    return Section(
        "Power and heat",
        [
            lines(
                "Power",
                "What the GPUs draw, by model of GPU.",
                [
                    Query(
                        f"sum by (gpu_model) (max by (node, gpu, gpu_model) (gpu:power_watts{{{CHOSEN}}}))",
                        "{{gpu_model}}",
                    )
                ],
                "watt",
                span=8,
                stacked=True,
            ),
            lines(
                "Temperature",
                "The hottest GPU and the median; a hot one alone points to its cooling.",
                [
                    Query(f"max(gpu:temperature_celsius{{{CHOSEN}}})", "hottest"),
                    Query(f"quantile(0.5, gpu:temperature_celsius{{{CHOSEN}}})", "median"),
                ],
                "celsius",
                span=8,
                smallest=None,
                limit=90,
            ),
            lines(
                "Throttled",
                "Largest share of time in which a GPU ran slower because of heat or power, by pool.",
                [Query(f"max by (pool) (gpu:throttled:ratio5m{{{CHOSEN}}})", "{{pool}}")],
                "percentunit",
                span=8,
                largest=1,
            ),
        ],
    )


def health() -> Section:
    """What is broken, or about to be."""
    return Section(
        "Health",
        [
            states(
                "GPUs with an XID error",
                "The number of the driver's last error, for each GPU that had one. 79: it fell off the bus.",
                Query(
                    f"max by (node, gpu) (gpu:xid:last{{{CHOSEN}}} > 0)",
                    "{{node}} GPU {{gpu}}",
                ),
                {},
                other="red",
                span=12,
            ),
            lines(
                "Memory and NVLink errors",
                "Uncorrectable memory errors and NVLink errors of the last hour.",
                [
                    Query(f"sum(gpu:ecc_uncorrected:increase1h{{{CHOSEN}}})", "uncorrectable memory errors"),
                    Query(f"sum(gpu:nvlink_errors:increase1h{{{CHOSEN}}})", "NVLink errors"),
                    Query(f"sum(gpu:rows_remapped_failed{{{CHOSEN}}})", "rows that could not be remapped"),
                ],
                "none",
            ),
            rows(
                "GPUs to look at",
                "GPUs with an XID error, uncorrectable memory errors in an hour, or a row that could not be remapped.",
                ["node", "gpu", "gpu_model", "pool"],
                [
                    Column("Last XID", f"max by (node, gpu, gpu_model, pool) (gpu:xid:last{{{CHOSEN}}} > 0)", "none"),
                    Column(
                        "Memory errors/h",
                        f"max by (node, gpu, gpu_model, pool) (gpu:ecc_uncorrected:increase1h{{{CHOSEN}}} > 0)",
                        "none",
                        0,
                    ),
                    Column(
                        "Remap failed",
                        f"max by (node, gpu, gpu_model, pool) (gpu:rows_remapped_failed{{{CHOSEN}}} > 0)",
                        "none",
                    ),
                ],
                span=12,
            ),
            rows(
                "GPUs held but idle",
                "Who holds a GPU that did next to nothing for half an hour.",
                ["team", "namespace", "pod", "node", "gpu", "mig"],
                [
                    Column(
                        "Memory used",
                        f"max by (team, namespace, pod, node, gpu, mig) "
                        f"(gpu:memory_used:ratio{{{CHOSEN}}} and gpu:idle{{{CHOSEN}}} == 1)",
                        "percentunit",
                        0,
                    )
                ],
                span=12,
            ),
        ],
    )
