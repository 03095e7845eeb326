"""The platform's collector, run here: its own configuration and modules, between stand-ins for Loki and Tempo.

Changed of the configuration: addresses and folders; batches are sent at once; what leaves is JSON over HTTP, so that
the stand-ins need no protobuf; and what Kubernetes would tell of a pod comes from the pod's name.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import yaml

from catalogue.charts import load_charts, merged_values
from rehearsal.cluster.ports import free_ports
from tests.observability.logs.otlp_sink import ADDRESS, Received, attributes, stand_in
from tests.programs.go_program import OTELCOL

RELEASE: Final = "opentelemetry-collector"
PATIENCE_SECONDS: Final = 120.0
ATTEMPTS: Final = 3
"""Another process may take a port between its being found free and its use."""
CLASSES: Final = ("operational", "audit", "sensitive", "unheard-of")
"""Values of the label llm-platform/data-class that a pod's name can ask for, with any ending."""


def deployed(environment: str) -> dict[str, Any]:
    """The collector's configuration as the release of an environment has it."""
    return copy.deepcopy(merged_values(load_charts().charts[RELEASE], environment)["alternateConfig"])


@dataclass(frozen=True)
class Collector:
    """A collector that runs."""

    folder: Path
    received: Received
    ports: Mapping[str, int]
    process: subprocess.Popen[bytes]

    def write(self, pod: str, lines: Sequence[str], *, namespace: str = "serving", container: str = "engine") -> None:
        """Write lines as the container runtime does, cut at 16 KiB."""
        file = self.folder / "pods" / f"{namespace}_{pod}_{_uid(pod)}" / container / "0.log"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as log:
            for line in lines:
                log.writelines(runtime_lines(line))

    def tell(self, spans: Sequence[Mapping[str, Any]], resource: Mapping[str, str] | None = None) -> None:
        """Send spans over OTLP, as JSON."""
        document = {
            "resourceSpans": [
                {"resource": {"attributes": attributes(resource or {})}, "scopeSpans": [{"spans": list(spans)}]}
            ]
        }
        request = urllib.request.Request(
            f"http://{ADDRESS}:{self.ports['otlp-http']}/v1/traces",
            data=json.dumps(document).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=PATIENCE_SECONDS).close()  # noqa: S310 - see above

    def lines_of(self, pod: str, count: int) -> list[Any]:
        """The first lines of a pod that left, in order; waits for as many."""
        self.wait(lambda: len(self.received.body(pod)) >= count, f"{count} lines of {pod}")
        return self.received.body(pod)

    def spans(self, count: int) -> list[dict[str, Any]]:
        """The spans that left; waits for as many."""
        self.wait(lambda: len(self.received.spans) >= count, f"{count} spans")
        return self.received.spans

    def metrics(self, port: str) -> str:
        """What Prometheus would scrape."""
        with urllib.request.urlopen(f"http://{ADDRESS}:{self.ports[port]}/metrics", timeout=PATIENCE_SECONDS) as answer:
            return answer.read().decode()

    def kill(self) -> None:
        """End it as the kernel does when memory runs out: it has no time to put anything away."""
        self.process.kill()
        self.process.wait(120)

    def wait(self, done: Any, what: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not _holds(done):
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"waited in vain for {what}; the collector said:\n{self.words[-4000:]}")
            time.sleep(0.05)

    @property
    def words(self) -> str:
        return (self.folder / "collector.log").read_text(errors="replace")


def runtime_lines(line: str) -> Iterator[str]:
    """A line as containerd writes it to the file."""
    stamp, size = "2026-11-22T01:02:03.456789012Z", 16384
    pieces = [line[at : at + size] for at in range(0, len(line), size)] or [""]
    for piece in pieces[:-1]:
        yield f"{stamp} stdout P {piece}\n"
    yield f"{stamp} stdout F {pieces[-1]}\n"


@contextmanager
def running(folder: Path, environment: str = "prod", changes: Mapping[str, Any] | None = None) -> Generator[Collector]:
    """Run the collector of an environment; `changes` replace its processors. In a folder where one ran it goes on."""
    received = Received()
    for name in ("pods", "positions"):
        (folder / name).mkdir(exist_ok=True)
    with stand_in(received) as sink, ExitStack() as stack:
        for attempt in range(1, ATTEMPTS + 1):
            listeners: list[str] = ["otlp-grpc", "otlp-http", "own-metrics", "counts", "health"]
            ports = dict(zip(listeners, free_ports(len(listeners)), strict=True))
            configuration = at_home(deployed(environment), folder, sink, ports)
            configuration["processors"].update(changes or {})
            process = stack.enter_context(_started(folder, configuration))
            collector = Collector(folder, received, ports, process)
            try:
                collector.wait(partial(_answers, ports["health"]), "the collector to be ready")
            except AssertionError:
                if attempt == ATTEMPTS or process.poll() is None or "address already in use" not in collector.words:
                    raise
            else:
                yield collector
                return


@contextmanager
def _started(folder: Path, configuration: Mapping[str, Any]) -> Generator[subprocess.Popen[bytes]]:
    file = folder / "relay.yaml"
    file.write_text(yaml.safe_dump(configuration, sort_keys=False, width=10_000))
    with (
        (folder / "collector.log").open("wb") as log,
        subprocess.Popen(  # noqa: S603 - our own program
            [OTELCOL.ready(), f"--config=file:{file}"], stdout=log, stderr=log, env=dict(os.environ)
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            process.wait(120)


def at_home(deployed: dict[str, Any], folder: Path, sink: int, ports: Mapping[str, int]) -> dict[str, Any]:
    """The configuration with addresses and folders of this machine."""
    made = deployed
    made["extensions"]["health_check"]["endpoint"] = f"{ADDRESS}:{ports['health']}"
    made["extensions"]["file_storage/positions"]["directory"] = str(folder / "positions")
    files = made["receivers"]["file_log/pods"]
    files["include"] = [path.replace("/var/log/pods", str(folder / "pods")) for path in files["include"]]
    files["exclude"] = [path.replace("/var/log/pods", str(folder / "pods")) for path in files["exclude"]]
    files["poll_interval"] = "50ms"
    made["receivers"]["otlp"]["protocols"] = {
        "grpc": {"endpoint": f"{ADDRESS}:{ports['otlp-grpc']}"},
        "http": {"endpoint": f"{ADDRESS}:{ports['otlp-http']}"},
    }
    made["processors"]["batch"]["timeout"] = "50ms"
    made["exporters"]["otlp_http/loki"]["sending_queue"]["batch"]["flush_timeout"] = "50ms"
    made["processors"]["k8s_attributes"] = _labels_by_name()
    made["processors"] = {
        ("transform/k8s" if name == "k8s_attributes" else name): value for name, value in made["processors"].items()
    }
    exporters = made["exporters"]
    spoken = {"encoding": "json", "compression": "none"}
    exporters["otlp_http/loki"] |= {"endpoint": f"http://{ADDRESS}:{sink}/otlp", **spoken}
    del exporters["otlp_grpc/tempo"]
    exporters["otlp_http/tempo"] = {"endpoint": f"http://{ADDRESS}:{sink}/tempo", **spoken}
    exporters["prometheus/counts"]["endpoint"] = f"{ADDRESS}:{ports['counts']}"
    own = made["service"]["telemetry"]["metrics"]["readers"][0]["pull"]["exporter"]["prometheus"]
    own |= {"host": ADDRESS, "port": ports["own-metrics"]}
    for pipeline in made["service"]["pipelines"].values():
        pipeline["exporters"] = [name.replace("otlp_grpc/tempo", "otlp_http/tempo") for name in pipeline["exporters"]]
        pipeline["processors"] = [name.replace("k8s_attributes", "transform/k8s") for name in pipeline["processors"]]
    return made


def _labels_by_name() -> dict[str, Any]:
    """What the API server would tell of a pod: its class is in its name, its model is always the same."""
    classes = [
        f'set(resource.attributes["data_class"], "{name}")'
        f' where IsMatch(resource.attributes["k8s.pod.name"], "^{name}")'
        for name in CLASSES
    ]
    known = 'resource.attributes["k8s.pod.name"] != nil'
    statements = [*classes, f'set(resource.attributes["model"], "tiny") where {known}']
    return {"error_mode": "propagate", "log_statements": [{"context": "resource", "statements": statements}]}


def _uid(pod: str) -> str:
    return f"{abs(hash(pod)) % 16**8:08x}-0000-4000-8000-000000000000"


def _holds(done: Any) -> bool:
    try:
        return bool(done())
    except OSError:  # a busy one answers late, and a busy machine not at all
        return False


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{ADDRESS}:{port}/", timeout=2) as answer:
            return answer.status == HTTPStatus.OK
    except OSError:
        return False
