"""What alerts on logs are about is counted, with the labels that the rules read; other lines are not.

That a rule makes an alert of a count is in tests/observability/alerts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
import yaml

from observability.catalogue import load_metrics
from tests.observability.alert_rules import RULES
from tests.observability.logs.engine_lines import ORDINARY, ORDINARY_JSON
from tests.observability.logs.local_collector import Collector, running

COUNTED: Mapping[str, tuple[str, ...]] = {
    "log_gpu_faults_total": (
        "RuntimeError: CUDA error: an illegal memory access was encountered",
        "chat-0:1:42 [0] NCCL WARN Timeout waiting for connection",
        "torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:3690, ncclRemoteError",
        "NVRM: Xid (PCI:0000:3b:00): 79, pid=1, GPU has fallen off the bus.",
        json.dumps({"level": "ERROR", "message": "CUDA_ERROR_LAUNCH_FAILED", "spans": []}),
    ),
    "log_memory_exhausted_total": (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
        "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization`",
        json.dumps({"level": "ERROR", "message": "CUDA out of memory"}),
        "terminate called after throwing an instance of 'std::bad_alloc'",
    ),
    "log_refused_callers_total": (
        json.dumps({**ORDINARY_JSON[3], "response_code": 401}),
        json.dumps({**ORDINARY_JSON[3], "response_code": 403}),
    ),
}
NOT_COUNTED = (
    *(line for line in ORDINARY if "OutOfMemory" not in line),
    *map(json.dumps, ORDINARY_JSON),
    json.dumps({"event": "answered", "response_code": 401}),  # of a program that is not the gateway
    json.dumps({**ORDINARY_JSON[3], "response_code": 500}),
)


def counts(collector: Collector, pod: str) -> dict[str, int]:
    """The counts of a pod's lines."""
    found = re.findall(r"^(\w+)\{([^}]*)\} (\d+)$", collector.metrics("counts"), re.MULTILINE)
    return {name: int(value) for name, labels, value in found if f'k8s_pod_name="{pod}"' in labels}


@pytest.mark.parametrize("metric", COUNTED)
def test_each_kind_is_counted(collector: Collector, metric: str) -> None:
    pod, lines = metric.replace("_", "-"), COUNTED[metric]
    collector.write(pod, lines)
    collector.wait(lambda: counts(collector, pod).get(metric) == len(lines), f"{len(lines)} {metric}")
    collector.write(pod, lines[:1])
    collector.wait(lambda: counts(collector, pod).get(metric) == len(lines) + 1, f"one more {metric}")


def test_other_lines_are_not_counted(collector: Collector) -> None:
    collector.write("ordinary", NOT_COUNTED)
    collector.lines_of("ordinary", len(NOT_COUNTED))
    collector.write("last", COUNTED["log_gpu_faults_total"][:1])
    collector.wait(lambda: counts(collector, "last"), "a count that comes after")
    assert counts(collector, "ordinary") == {}


def test_a_redaction_that_fails_is_seen(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With the patterns taken out of it, as somebody may by mistake."""
    without = {"allow_all_keys": True, "summary": "silent"}
    with running(tmp_path_factory.mktemp("without"), changes={"redaction/personal": without}) as collector:
        collector.write("leaky", ["from someone@example.com", "with Bearer eyJhbGciOi", "ordinary"])
        collector.wait(
            lambda: counts(collector, "leaky") == {"log_left_unredacted_total": 2}, "two lines that got through"
        )


def test_labels_are_those_of_the_catalogue_and_no_pod_brings_others(collector: Collector) -> None:
    collector.write("labels", COUNTED["log_gpu_faults_total"])
    collector.wait(lambda: counts(collector, "labels"), "a count")
    (labels,) = re.findall(
        r'^log_gpu_faults_total\{(.*k8s_pod_name="labels".*)\}', collector.metrics("counts"), re.MULTILINE
    )
    names = set(re.findall(r'(\w+)="', labels))
    metric = load_metrics()["log_gpu_faults_total"]
    assert names <= set(metric.labels)
    assert set(metric.labels) - names <= {"team"}  # of pods that have one


def test_the_collectors_own_metrics_that_rules_read_are_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The number of lines that were lost comes with the first one: Loki refuses it."""
    rules = yaml.safe_load((RULES / "alerts-logs.yaml").read_text())["groups"][0]["rules"]
    read = {name for rule in rules for name in re.findall(r"otelcol_\w+", rule["expr"])}
    assert len(read) == 3
    with running(tmp_path_factory.mktemp("refused")) as collector:
        collector.received.answers = 400
        collector.write("refused", ["hello"])
        lost = re.compile(r"^otelcol_exporter_send_failed_log_records\{[^}]*\} 1$", re.MULTILINE)
        collector.wait(lambda: lost.search(collector.metrics("own-metrics")), "a line that was lost")
        told = set(re.findall(r"^(otelcol_\w+)\{", collector.metrics("own-metrics"), re.MULTILINE))
    assert read <= told


def test_a_full_queue_holds_what_loki_does_not_take_and_sends_it_later(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running(tmp_path_factory.mktemp("later")) as collector:
        collector.received.answers = 503
        collector.write("later", ["first", "second"])
        collector.wait(lambda: collector.received.refused, "a try")
        assert collector.received.body("later") == []
        collector.received.answers = 200
        assert collector.lines_of("later", 2) == ["first", "second"]
