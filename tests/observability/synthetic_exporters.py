"""A fleet's exporters in one page of metrics, as large as is asked for, which a real Prometheus scrapes.

Every metric of the catalogue that a recording rule reads is here for each thing that has it, with as many series as its
exporter makes of it. Counters of work rise by one a scrape, those of faults stand still: nothing is broken but one GPU
of a hundred.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import yaml

from observability.burn_rates import RULES_FOLDER
from observability.catalogue import Metric, load_metrics
from observability.preview.local_server import LocalServer, serving
from observability.slo import Indicator, Objective, objective_group
from tests.observability.synthetic_values import BROKEN_GPUS, BUCKETS, GPUS_OF_A_NODE, STANDING, XID, gpu_labels

COUNT = "@"
"""Stands for a counter's value, which is put in at each scrape."""
POOLS = ("inference", "spot", "training")
PROMISED: tuple[tuple[Indicator, float, float | None], ...] = (
    ("availability", 0.999, None),
    ("ttft", 0.95, 1.0),
    ("tpot", 0.95, 0.05),
)


@dataclass(frozen=True)
class Fleet:
    """How large a fleet is."""

    gpus: int
    models: int
    queues: int = 20
    namespaces: int = 40
    units: Mapping[str, int] = field(init=False)
    """As the catalogue counts them."""

    def __post_init__(self) -> None:
        """Count what follows from the sizes."""
        servings = self.models + self.models // 2
        units = {
            "cluster": 1, "gpu": self.gpus, "node": -(-self.gpus // GPUS_OF_A_NODE), "pool": len(POOLS),
            "namespace": self.namespaces, "deployment": self.models, "model": self.models, "serving": servings,
            "replica": 2 * servings, "pod": max(2 * servings, self.gpus), "queue": self.queues, "store": 1,
        }  # fmt: skip
        object.__setattr__(self, "units", units)


def exposition(fleet: Fleet) -> str:
    """The page; `@` stands where a counter's value goes."""
    return "".join([*_serving(fleet), *_gpus(fleet), *_kubernetes(fleet), *_gateway(fleet), *_others(fleet)])


def _line(name: str, labels: Mapping[str, str], value: str = "1") -> str:
    inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {value}\n"


def _metric(metric: Metric, labels: Mapping[str, str]) -> Iterator[str]:
    """One exporter's series of a metric, without labels of its own but a histogram's."""
    if metric.type != "histogram":
        yield _line(metric.name, labels, STANDING.get(metric.name, COUNT if metric.type == "counter" else "1"))
        return
    for limit in (*BUCKETS[metric.name], "+Inf"):
        yield _line(f"{metric.name}_bucket", {**labels, "le": limit}, COUNT)
    yield _line(f"{metric.name}_sum", labels, COUNT)
    yield _line(f"{metric.name}_count", labels, COUNT)


def _model(number: int) -> dict[str, str]:
    return {"model": f"model-{number}", "team": f"team-{number % 40}", "namespace": f"team-{number % 40}"}


def _serving(fleet: Fleet) -> Iterator[str]:
    told = [metric for metric in load_metrics().values() if metric.exporter == "vllm"]
    for number in range(fleet.models):
        for pool in POOLS[: 1 + number % 2]:
            target = {**_model(number), "version": "a" * 40, "engine": "vllm", "pool": pool}
            for replica in range(2):
                pod = {**target, "pod": f"model-{number}-{pool}-{replica}", "job": "models"}
                yield _line("up", pod)
                named = {**pod, "model_name": f"model-{number}", "exported_engine": "0"}
                for metric in told:
                    if metric.name == "vllm:time_per_output_token_seconds":
                        continue  # Triton's alone
                    if metric.name == "vllm:request_success_total":
                        for reason in ("stop", "length", "abort", "error", "repetition"):
                            value = "0" if reason == "error" else COUNT
                            yield _line(metric.name, {**named, "finished_reason": reason}, value)
                    elif metric.name == "vllm:lora_requests_info":
                        yield from _metric(metric, {**pod, "max_lora": "4", "running_lora_adapters": "sql"})
                    else:
                        yield from _metric(metric, named)


def _gpus(fleet: Fleet) -> Iterator[str]:
    told = [metric for metric in load_metrics().values() if metric.exporter == "dcgm"]
    for number in range(fleet.gpus):
        for metric in told:
            if metric.name == "DCGM_FI_DEV_XID_ERRORS" and number % BROKEN_GPUS == 0:
                yield _line(metric.name, gpu_labels(number), XID)
            else:
                yield from _metric(metric, gpu_labels(number))


def _kubernetes(fleet: Fleet) -> Iterator[str]:
    for number in range(fleet.units["node"]):
        node = f"node-{number}"
        pool = POOLS[number % len(POOLS)]
        yield _line("kube_node_labels", {
            "node": node, "label_llm_platform_pool": pool, "label_node_kubernetes_io_instance_type": "p5.48xlarge",
            "label_llm_platform_capacity": "spot" if pool == "spot" else "on-demand",
        })  # fmt: skip
        yield _line("kube_node_status_condition", {"node": node, "condition": "Ready", "status": "true"})
    for number in range(fleet.namespaces):
        labels = {"namespace": f"team-{number}", "label_llm_platform_team": f"team-{number}"}
        yield _line("kube_namespace_labels", labels)
    for number in range(fleet.gpus):
        labels = {"namespace": f"team-{number % 40}", "pod": f"holder-{number}"}
        yield _line("kube_pod_labels", {**labels, "label_llm_platform_model": f"model-{number % fleet.models}"})
    for number in range(fleet.models):
        model = _model(number)
        labels = {"namespace": model["namespace"], "deployment": model["model"]}
        yield _line("kube_deployment_spec_replicas", labels, "2")
        team = {"label_llm_platform_model": model["model"], "label_llm_platform_team": model["team"]}
        yield _line("kube_deployment_labels", {**labels, **team})


def _gateway(fleet: Fleet) -> Iterator[str]:
    seconds = load_metrics()["gen_ai_server_request_duration_seconds"]
    for number in range(fleet.models):
        for team in ("one", "two"):
            labels = {"gen_ai_request_model": f"model-{number}", "gen_ai_operation_name": "chat", "team": team}
            yield from _metric(seconds, labels)
            failed = "".join(_metric(seconds, {**labels, "error_type": "_OTHER"}))
            yield failed.replace(COUNT, "0")
            for kind in ("input", "output"):
                yield _line("gen_ai_client_token_usage_sum", {**labels, "gen_ai_token_type": kind}, COUNT)
        route = {"envoy_cluster_name": f"httproute/models/model-{number}/rule/0"}
        yield _line("envoy_cluster_ratelimit_over_limit", route, "0")
        yield _line("envoy_cluster_ratelimit_ok", route, COUNT)


def _others(fleet: Fleet) -> Iterator[str]:
    for number in range(fleet.queues):
        queue = {"cluster_queue": f"queue-{number}", "replica_role": "leader"}
        for status in ("active", "inadmissible"):
            yield _line("kueue_pending_workloads", {**queue, "status": status})
        for name in ("kueue_cluster_queue_resource_usage", "kueue_cluster_queue_nominal_quota"):
            yield _line(name, {**queue, "flavor": "h100", "resource": "nvidia.com/gpu"})
        for limit in ("60", "600", "+Inf"):
            yield _line("kueue_admission_wait_time_seconds_bucket", {**queue, "le": limit}, COUNT)
    yield _line("karpenter_interruption_received_messages_total", {"message_type": "spot_interrupted"}, COUNT)
    for capacity, price in (("spot", "60"), ("on-demand", "98")):
        labels = {"instance_type": "p5.48xlarge", "capacity_type": capacity, "zone": "us-east-1a"}
        yield _line("karpenter_cloudprovider_instance_type_offering_price_estimate", labels, price)
    store = {"namespace": "vector-stores", "endpoint": "/collections/{collection_name}/points/query", "status": "200"}
    yield _line("rest_responses_total", store, COUNT)
    for limit in ("0.1", "+Inf"):
        yield _line("rest_responses_duration_seconds_bucket", {**store, "le": limit}, COUNT)
    claim = {"namespace": "vector-stores", "persistentvolumeclaim": "qdrant-storage-qdrant-0"}
    yield _line("kubelet_volume_stats_used_bytes", claim, "1e9")


def objectives(fleet: Fleet) -> list[Objective]:
    """Three promises of every model."""
    promised: list[Objective] = []
    for number in range(fleet.models):
        model = _model(number)
        whose = {"model": model["model"], "namespace": model["namespace"], "team": model["team"]}
        for indicator, ratio, seconds in PROMISED:
            promised.append(Objective(**whose, indicator=indicator, ratio=ratio, seconds=seconds))
    return promised


def write_rules(folder: Path, fleet: Fleet, interval: str, subqueries: str | None = None) -> list[Path]:
    """The deployed rule files, all groups evaluated as often as is said, with the fleet's objectives.

    `subqueries` is put in place of every `[<range>:<step>]`: a Prometheus of seconds has nothing at whole hours.
    """
    folder.mkdir(exist_ok=True)
    files: list[Path] = []
    for path in sorted(RULES_FOLDER.glob("*.yaml")):
        content = yaml.safe_load(path.read_text("utf-8"))
        for group in content["groups"]:
            group["interval"] = interval
            if subqueries is not None:
                for rule in group["rules"]:
                    rule["expr"] = re.sub(r"\[\w+:\w+\]", subqueries, rule["expr"])
        files.append(folder / path.name)
        files[-1].write_text(yaml.safe_dump(content), "utf-8")
    group = objective_group(objectives(fleet))
    assert group is not None
    files.append(folder / "environment.yaml")
    files[-1].write_text(yaml.safe_dump({"groups": [{**group, "interval": interval}]}), "utf-8")
    return files


@contextmanager
def exporting(fleet: Fleet) -> Generator[int]:
    """The page behind a port of this machine; the value of its counters rises with each scrape."""
    before, *rest = exposition(fleet).encode().split(COUNT.encode())
    scrapes = iter(range(1, 1 << 30))

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            value = str(next(scrapes)).encode()
            body = value.join([before, *rest])
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # a scrape that took too long, or a Prometheus that ended
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(LocalServer(0, Page)) as port:
        yield port


def configuration(port: int, rules: list[Path], seconds: int) -> str:
    """Of a Prometheus that scrapes the page and evaluates the rules."""
    return yaml.safe_dump(
        {
            "global": {
                "scrape_interval": f"{seconds}s",
                "scrape_timeout": f"{seconds}s",
                "evaluation_interval": f"{seconds}s",
            },
            "rule_files": [str(path) for path in rules],
            "scrape_configs": [
                {"job_name": "fleet", "honor_labels": True, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
            ],
        }
    )
