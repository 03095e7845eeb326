"""GPUs of hosts that joined: the ScrapeConfig finds their Nodes, and their series are like those of the cluster.

A real Prometheus scrapes and relabels as the chart's object says, from a page such as dcgm-exporter's. Debian's has no
service discovery of Kubernetes: the Nodes that the selector takes are given to it as targets, with the labels that it
would put on them. That the operator hands Prometheus the same configuration is its own work.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.naming import GPU_RESOURCE, host_selector, node_labels, own_machine_labels
from observability.preview.local_server import LocalServer, serving
from observability.preview.prometheus_api import PrometheusApi
from rehearsal.cluster import toolchain
from tests.charts.rendering import ROOT
from tests.charts.test_monitoring_chart import rendered
from tests.observability.dashboards.local_prometheus import complete, running

pytestmark = [pytest.mark.xdist_group("host-exporters"), pytest.mark.timeout(600)]

DGX, DEDICATED, MANAGED = "dgx-01", "ip-10-40-1-7.ec2.internal", "ip-10-40-1-9.ec2.internal"
NODES: dict[str, tuple[str, Mapping[str, str]]] = {
    DGX: ("127.0.0.2", own_machine_labels("training", "dgx-h100", "H100")),
    DEDICATED: ("127.0.0.3", node_labels("inference", "dedicated-host", GPU_RESOURCE, "A10G")),
    MANAGED: ("127.0.0.4", node_labels("training", "on-demand", GPU_RESOURCE, "H100")),
}
"""Each has an address of this machine; the third is a node group's, whose exporter is a pod."""
HOLDER = 'namespace="serving",pod="llama-0",container="server"'
HELD = f'gpu="0",UUID="GPU-1",modelName="NVIDIA H100",Hostname="gpu-box",{HOLDER}'
FREE = 'gpu="1",UUID="GPU-2",modelName="NVIDIA H100",hostname="localhost"'
"""As a release that says Hostname tells it, and one that says hostname; the host has another name than its Node."""
PAGE = "".join(
    f"{metric}{{{labels}}} {value}\n"
    for metric, values in (("DCGM_FI_DEV_POWER_USAGE", (300, 80)), ("DCGM_FI_DEV_GPU_TEMP", (61, 40)))
    for labels, value in zip((HELD, FREE), values, strict=True)
)
KUBE_STATE = "".join(
    f'kube_node_labels{{node="{name}",label_llm_platform_pool="{labels["llm-platform/pool"]}",'
    f'label_llm_platform_capacity="{labels["llm-platform/capacity"]}"}} 1\n'
    for name, (_, labels) in NODES.items()
)


@dataclass
class Stub:
    """Exporters of all nodes on one port, and which of them were asked."""

    port: int = 0
    scraped: set[str] = field(default_factory=set[str])


def chosen(selector: str) -> list[str]:
    """Names of the Nodes that a selector of one requirement takes."""
    found = re.fullmatch(r"(\S+) in \(([^)]*)\)", selector)
    assert found, f"not understood: {selector}"
    return [name for name, (_, labels) in NODES.items() if labels.get(found[1]) in found[2].split(",")]


def discovered(selector: str) -> list[dict[str, Any]]:
    """The Nodes as role `node` of Kubernetes' service discovery tells them.

    https://prometheus.io/docs/prometheus/latest/configuration/configuration/#node
    """
    return [
        {"targets": [f"{NODES[name][0]}:10250"], "labels": {"__meta_kubernetes_node_name": name}}
        for name in chosen(selector)
    ]


@contextmanager
def answering() -> Generator[Stub]:
    stub = Stub()

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                stub.scraped.add(self.connection.getsockname()[0])
            body = (PAGE if self.path == "/metrics" else KUBE_STATE).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    # Each node is another address of this machine.
    with serving(LocalServer(0, Api, "0.0.0.0")) as stub.port:  # noqa: S104 - see above
        yield stub


def snake(name: str) -> str:
    """A key of the object as Prometheus' configuration spells it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def settings(value: Any) -> Any:
    """A part of a ScrapeConfig as Prometheus' configuration has it: other keys, and a role in small letters."""
    if isinstance(value, list):
        return [settings(item) for item in value]  # pyright: ignore[reportUnknownVariableType] - of YAML
    if not isinstance(value, dict):
        return value
    renamed = {"relabelings": "relabel_configs", "metricRelabelings": "metric_relabel_configs"}
    made = {renamed.get(key, snake(key)): settings(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - of YAML
    return made | {"role": made["role"].lower()} if "role" in made else made  # pyright: ignore[reportUnknownVariableType] - of YAML


@pytest.fixture(scope="module")
def helm() -> Path:
    return toolchain.ready_toolchain().helm


@pytest.fixture(scope="module")
def scrape_config(helm: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    values = {"hostExporters": {"enabled": True, "nodes": host_selector()}}
    return rendered(helm, tmp_path_factory.mktemp("chart"), values).one("ScrapeConfig", "monitoring-host-gpus")


@dataclass(frozen=True)
class Scraped:
    """A Prometheus with its exporters, and when it had all of them."""

    api: PrometheusApi
    stub: Stub
    when: float

    def labels_of(self, query: str) -> list[dict[str, str]]:
        return [dict(series.labels) for series in self.api.instant(query, self.when)]


@pytest.fixture(scope="module")
def fleet(scrape_config: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    """A Prometheus that has scraped the hosts, and evaluated the rules on GPUs and pools."""
    folder = tmp_path_factory.mktemp("hosts")
    with ExitStack() as standing:
        stub = standing.enter_context(answering())
        job = settings(scrape_config["spec"])
        job["scrape_interval"] = "1s"
        job["scrape_timeout"] = "1s"
        (discovery,) = job.pop("kubernetes_sd_configs")
        ((asked,),) = (discovery.pop("selectors"),)
        assert discovery == {"role": "node"}
        assert asked.pop("role") == "node"
        job["static_configs"] = discovered(asked["label"])
        (address,) = [each for each in job["relabel_configs"] if each["target_label"] == "__address__"]
        assert address["replacement"] == "${1}:9400"
        address["replacement"] = f"${{1}}:{stub.port}"
        state = {
            "job_name": "kube-state-metrics",
            "metrics_path": "/state",
            "honor_labels": True,
            "static_configs": [{"targets": [f"127.0.0.1:{stub.port}"]}],
        }
        groups = [
            group | {"interval": "1s"}
            for name in ("gpu", "pools")
            for group in yaml.safe_load((ROOT / f"charts/monitoring/rules/recording-{name}.yaml").read_text())["groups"]
        ]
        rules = folder / "rules.yml"
        rules.write_text(yaml.safe_dump({"groups": groups}))
        configuration = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "scrape_configs": [job, state],
        }
        api = standing.enter_context(running(folder, yaml.safe_dump(configuration)))
        wanted = {
            'gpu:temperature_celsius{pool!=""} and on (pool) pool:gpus:count': 4,
            'up{job="dcgm-exporter"} == 1': 2,
        }
        when = complete(
            lambda when: [query for query, count in wanted.items() if len(api.instant(query, when)) < count]
        )
        yield Scraped(api, stub, when)


def test_the_object_keeps_to_the_definition_of_the_operator(scrape_config: Mapping[str, Any]) -> None:
    assert scrape_config["apiVersion"] == "monitoring.coreos.com/v1alpha1"
    assert set(scrape_config["spec"]) == {
        "jobName", "kubernetesSDConfigs", "metricRelabelings", "relabelings", "scrapeInterval",
    }  # fmt: skip


def test_only_nodes_that_ansible_configures_are_scraped(fleet: Scraped) -> None:
    assert {labels["node"] for labels in fleet.labels_of('up{job="dcgm-exporter"} == 1')} == {DGX, DEDICATED}
    assert fleet.stub.scraped == {"127.0.0.2", "127.0.0.3"}


def test_their_series_carry_what_those_of_the_cluster_carry(fleet: Scraped) -> None:
    told = fleet.labels_of(f'DCGM_FI_DEV_GPU_TEMP{{node="{DGX}"}}')
    assert {labels["hostname"] for labels in told} == {DGX}
    assert {labels["job"] for labels in told} == {"dcgm-exporter"}
    held, free = sorted(told, key=lambda labels: labels["gpu"])
    assert (held["namespace"], held["pod"], held["container"]) == ("serving", "llama-0", "server")
    assert not {"namespace", "pod", "container", "exported_namespace", "exported_pod"} & set(free)


def test_rules_put_their_gpus_into_pools(fleet: Scraped) -> None:
    told = {
        (labels["node"], labels["gpu"], labels["pool"]): labels["gpu_model"]
        for labels in fleet.labels_of("gpu:temperature_celsius")
    }
    assert told == {
        (DGX, "0", "training"): "NVIDIA H100",
        (DGX, "1", "training"): "NVIDIA H100",
        (DEDICATED, "0", "inference"): "NVIDIA H100",
        (DEDICATED, "1", "inference"): "NVIDIA H100",
    }
    counted = {labels["pool"] for labels in fleet.labels_of("pool:gpus:count == 2")}
    assert counted == {"training", "inference"}


def test_the_clusters_exporter_keeps_off_the_same_nodes() -> None:
    values = yaml.safe_load((ROOT / "helm-values/dcgm-exporter/values.yaml").read_text())
    affinity = values["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    ((term,),) = (each["matchExpressions"] for each in affinity["nodeSelectorTerms"])
    assert term["operator"] == "NotIn"
    assert f"{term['key']} in ({','.join(term['values'])})" == host_selector()
    assert yaml.safe_load((ROOT / "charts/monitoring/values.yaml").read_text())["hostExporters"] == {
        "enabled": False,
        "port": 9400,
        "nodes": host_selector(),
    }
