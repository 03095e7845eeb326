"""The metric catalogue against the rules: what they read stands in it, and what they record.

That an exporter really tells a metric is not proven here: each file says where its names were read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from catalogue.charts import VALUES_FOLDER
from catalogue.data_file import CatalogueError
from observability import catalogue
from observability.burn_rates import RULES_FOLDER
from observability.catalogue import fleet, load_metrics, metrics_by_series_name, recorded_metrics, series_budget

NOT_METRICS = {
    "abs", "and", "avg_over_time", "bool", "by", "clamp_max", "clamp_min", "count", "count_over_time", "group",
    "group_left", "histogram_quantile", "ignoring", "increase", "label_replace", "max", "max_over_time", "min",
    "offset", "on", "or", "rate", "round", "sum", "sum_over_time", "time", "topk", "unless", "vector", "without",
    "changes", "min_over_time", "delta", "absent", "quantile", "avg", "scalar", "sort_desc", "last_over_time",
    "deriv", "predict_linear", "resets", "stddev_over_time", "absent_over_time", "day_of_week", "hour", "bottomk",
    "count_values", "floor", "ceil", "group_right", "inf", "nan",
}  # fmt: skip
"""Words of PromQL that look like names."""
RECORDING = sorted(RULES_FOLDER.glob("recording-*.yaml"))
SERIES_LIMIT = 1_000_000
"""What one Prometheus with 8 GiB holds: 3 kB or so of memory for a series, and as much again for queries."""


def rules() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(RULES_FOLDER.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from ((path.name, rule) for rule in group["rules"])


def names_read(expression: str) -> set[str]:
    """Metric names of an expression: what is left when strings, braces, ranges and label lists are taken out."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', "", expression)
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", text)
    text = re.sub(r"#.*", "", text)
    text = re.sub(r"\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)", " ", text)
    words = re.findall(r"(?<![\w.])[a-zA-Z_:][a-zA-Z0-9_:]*", text)
    return {word for word in words if word not in NOT_METRICS}


def test_every_metric_that_a_rule_reads_stands_in_the_catalogue() -> None:
    known = metrics_by_series_name()
    unknown = {(file, name) for file, rule in rules() for name in names_read(rule["expr"]) if name not in known}
    assert not unknown


def test_every_recorded_series_stands_in_the_catalogue_and_nothing_else() -> None:
    recorded = {rule["record"] for _, rule in rules() if "record" in rule}
    # Objectives come from the stack file, by the release's values.
    assert recorded | {"slo:objective", "slo:latency_bucket:info"} == set(recorded_metrics())


def test_every_raw_metric_of_the_catalogue_is_read_by_somebody_or_told_by_us() -> None:
    read = {name for _, rule in rules() for name in names_read(rule["expr"])}
    read |= set(re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*", dashboards()))
    idle = {
        metric.name
        for metric in load_metrics().values()
        if metric.exporter not in ("recorded", "quality", "embedding", "embedding-ingest", "thresholds")
        and not read & {*metric.series_names, metric.name}
    }
    assert idle <= {
        # Shown nowhere yet, and what somebody looks at first when a GPU is slow or a pod is away.
        "DCGM_FI_DEV_SM_CLOCK", "DCGM_FI_DEV_MEMORY_TEMP", "DCGM_FI_DEV_POWER_VIOLATION", "DCGM_FI_PROF_DRAM_ACTIVE",
        "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", "kube_pod_status_phase", "kube_pod_container_status_restarts_total",
        "kube_pod_container_resource_requests", "kube_node_status_allocatable", "kubelet_volume_stats_capacity_bytes",
        "container_memory_working_set_bytes",
    }  # fmt: skip


def dashboards() -> str:
    return "".join(path.read_text("utf-8") for path in (RULES_FOLDER.parent / "dashboards").glob("*.json"))


def test_histograms_have_three_names() -> None:
    ttft = load_metrics()["vllm:time_to_first_token_seconds"]
    assert ttft.series_names == tuple(f"vllm:time_to_first_token_seconds_{part}" for part in ("bucket", "sum", "count"))
    assert load_metrics()["up"].series_names == ("up",)


def test_exporters_of_gpus_tell_what_the_catalogue_has() -> None:
    lists = [
        yaml.safe_load((VALUES_FOLDER / "dcgm-exporter" / "values.yaml").read_text("utf-8"))["customMetrics"],
        yaml.safe_load((VALUES_FOLDER / "gpu-operator" / "values.yaml").read_text("utf-8"))["dcgmExporter"]["config"][
            "data"
        ],
    ]
    assert lists[0] == lists[1], "both exporters tell the same"
    told = {tuple(part.strip() for part in line.split(",", 2)[:2]) for line in lists[0].splitlines() if line}
    known = {(metric.name, metric.type) for metric in load_metrics().values() if metric.exporter == "dcgm"}
    assert told == known | {("DCGM_FI_DRIVER_VERSION", "label")}


def test_labels_that_the_rules_need_are_allowed_at_kube_state_metrics() -> None:
    values = yaml.safe_load((VALUES_FOLDER / "kube-prometheus-stack" / "values.yaml").read_text("utf-8"))
    allowed = " ".join(values["kube-state-metrics"]["metricLabelsAllowlist"])
    allowed_labels = {
        "label_" + re.sub(r"[^a-zA-Z0-9]", "_", name) for name in re.findall(r"[\w./-]+/[\w./-]+", allowed)
    }
    read = {name for _, rule in rules() for name in re.findall(r"\blabel_(?!replace)\w+", rule["expr"])}
    assert read <= allowed_labels


def test_custom_resources_are_told_as_the_catalogue_says() -> None:
    values = yaml.safe_load((VALUES_FOLDER / "kube-prometheus-stack" / "values.yaml").read_text("utf-8"))
    state = values["kube-state-metrics"]
    told = {
        f"{resource['metricNamePrefix']}_{metric['name']}": set(resource["labelsFromPath"])
        for resource in state["customResourceState"]["config"]["spec"]["resources"]
        for metric in resource["metrics"]
    }
    by_kind = {f"customresource_{part}" for part in ("group", "kind", "version")}
    known = {
        metric.name: set(metric.labels) - by_kind for metric in load_metrics().values() if by_kind & {*metric.labels}
    }
    assert told == known
    watched = {
        resource["groupVersionKind"]["group"]
        for resource in state["customResourceState"]["config"]["spec"]["resources"]
    }
    allowed = {
        group
        for rule in state["rbac"]["extraRules"]
        for group in rule["apiGroups"]
        if {"list", "watch"} <= {*rule["verbs"]}
    }
    assert watched == allowed, "what may not be listed and watched is not told"


def test_the_stated_fleet_fits_one_prometheus() -> None:
    assert fleet()["gpu"] == 1000
    assert fleet()["model"] == 200
    assert series_budget() < SERIES_LIMIT


def test_a_name_stands_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("fleet.yaml", "tgi.yaml"):
        (tmp_path / name).write_text((catalogue.FOLDER / name).read_text("utf-8"), "utf-8")
    (tmp_path / "zweite.yaml").write_text((catalogue.FOLDER / "tgi.yaml").read_text("utf-8"), "utf-8")
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    with pytest.raises(CatalogueError, match="stands in tgi too"):
        load_metrics.__wrapped__()
