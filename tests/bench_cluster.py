"""Measures the simulated cluster and writes docs/benchmarks/cluster.md: `make bench`.

With CHARTS=folder (of packaged charts, as `make charts-mirror` fills it) upstream releases are rendered too.

The peer is the scheduler's own benchmark: its threshold is read from the very Kubernetes module that is built here.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from rich.console import Console

from catalogue.instance_types import load_instance_types
from rehearsal.cluster.api import Api
from rehearsal.cluster.control_plane import control_plane
from rehearsal.cluster.nodes import node_manifest
from rehearsal.cluster.toolchain import Toolchain, ready_toolchain

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "benchmarks" / "cluster.md"
RUNS = 3
NODES, PODS, PODS_PER_DEPLOYMENT = 1000, 10_000, 500
WITHIN_SECONDS = 600

TEXT = """# The simulated cluster's speed

Measured by `make bench` on {date}: {machine}; Kubernetes {kubernetes}.
Medians of {runs} runs, except at scale (one run).

| what | measured | goal |
|---|--:|--:|
| control plane ready, binaries built | {ready:.1f} s | 15 s |
| `rehearse up dev --cluster`, whole | {whole:.1f} s | 120 s |
| {nodes:,} nodes registered | {registered:.1f} s | |
| {pods:,} pods on {nodes:,} nodes, all bound | {bound:.1f} s ({rate:.0f} pods/s) | |
| the same, all running | {running:.1f} s | |
| memory of all processes then | {memory:.0f} MiB | 4096 MiB |

The scheduler's own benchmark, SchedulingBasic with 5,000 nodes and 10,000 pods, has to reach {threshold} pods/s on
Kubernetes' test machines ({source}); {share:.0%} of that was reached
here, with pods made by the Deployment controller and KWOK playing every kubelet on the same cores.

## Rendering with helm

{renders}

{unrendered}
"""


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def start_and_stop(tools: Toolchain) -> float:
    """Return how long a control plane takes until it is ready."""
    begun = time.perf_counter()
    with control_plane(tools, name="bench"):
        return time.perf_counter() - begun


def resident_mib(processes: Iterable[int]) -> float:
    """Return the resident memory of the processes."""
    total = 0
    for process in processes:
        status = Path(f"/proc/{process}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        total += int(found[1]) if found else 0
    return total / 1024


def at_scale(tools: Toolchain, console: Console) -> dict[str, float]:
    """Schedule many pods on many nodes."""
    instance_type = load_instance_types()["m7i.4xlarge"]
    zones = ("us-east-1a", "us-east-1b", "us-east-1c")
    nodes = [
        node_manifest(f"bench-{i}", instance_type, zone=zones[i % 3], labels={}, taints=[], disk_gib=50)
        for i in range(NODES)
    ]
    with control_plane(tools, name="bench", disable_qps_limits=True) as plane:
        api = Api(plane.kubeconfig)
        refused: list[Any] = []
        registered = seconds_of(lambda: refused.extend(api.apply_all(nodes)))
        deployments = [_deployment(i) for i in range(PODS // PODS_PER_DEPLOYMENT)]
        begun = time.perf_counter()
        refused += api.apply_all(deployments)
        if refused:
            raise SystemExit(f"the API server refused {len(refused)} objects, the first: {refused[0]}")
        bound = running = float("nan")
        while time.perf_counter() - begun < WITHIN_SECONDS:
            # Looking must not cost what is measured: the workloads' own counts, and only pods without a node.
            made, ready = _counts(api)
            elapsed = time.perf_counter() - begun
            console.print(f"  {elapsed:6.1f} s: {made} of {PODS} made, {ready} ready")
            if isnan(bound) and made == PODS and not _unbound(api):
                bound = elapsed
            if ready == PODS:
                running = elapsed
                break
            time.sleep(2)
        if isnan(running):
            raise SystemExit(f"not all of {PODS} pods run after {WITHIN_SECONDS} s")
        return {
            "registered": registered,
            "bound": bound,
            "running": running,
            "memory": resident_mib(plane.processes.values()),
        }


def _counts(api: Api) -> tuple[int, int]:
    """Return how many pods the Deployments have made, and how many are ready."""
    seen = [deployment.get("status") or {} for deployment in api.list("Deployment", "apps/v1", "default")]
    return sum(each.get("replicas", 0) for each in seen), sum(each.get("readyReplicas", 0) for each in seen)


def _unbound(api: Api) -> int:
    """Return how many pods have no node yet."""
    path = api.path("Pod", "v1", namespace="default")
    return len(api.request("GET", path, query={"fieldSelector": "spec.nodeName="}).get("items") or [])


def _deployment(index: int) -> dict[str, Any]:
    labels = {"app": f"bench-{index}"}
    resources = {"requests": {"cpu": "100m", "memory": "128Mi"}}
    pod = {"containers": [{"name": "pause", "image": "registry.k8s.io/pause:3.10", "resources": resources}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"bench-{index}", "namespace": "default"},
        "spec": {
            "replicas": PODS_PER_DEPLOYMENT,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def published_threshold() -> tuple[int, str]:
    """Return the pods per second that Kubernetes asks of its scheduler, and the module's file that says so."""
    folder = ROOT / "rehearsal" / "cluster" / "go_modules" / "kubernetes"
    go = ["go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes"]
    module = subprocess.run(go, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - go, on our own module
    source = "test/integration/scheduler_perf/misc/performance-config.yaml"
    cases: list[dict[str, Any]] = yaml.safe_load((Path(module) / source).read_text())
    basic = next(case for case in cases if case["name"] == "SchedulingBasic")
    workload = next(load for load in basic["workloads"] if load["name"] == "5000Nodes_10000Pods")
    return int(workload["threshold"]), source


def whole(charts: Path | None) -> tuple[float, list[dict[str, Any]]]:
    """Return how long `rehearse up dev --cluster` takes in a fresh process, and what it says of each release."""
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "rehearsal", "up", "dev", "--cluster", "--json", str(report)]
        command += ["--charts", str(charts)] if charts else []
        for _ in range(RUNS):
            begun = time.perf_counter()
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
            seconds.append(time.perf_counter() - begun)
        return median(seconds), json.loads(report.read_text())["cluster"]["releases"]


def main() -> None:
    """Measure and write the report."""
    console = Console()
    tools = ready_toolchain()
    charts = Path(os.environ["CHARTS"]).resolve() if os.environ.get("CHARTS") else None
    with console.status("control plane"):
        ready = median(start_and_stop(tools) for _ in range(RUNS))
    console.print(f"control plane ready in {ready:.1f} s")
    console.print(f"{PODS} pods on {NODES} nodes")
    scale = at_scale(tools, console)
    with console.status("rehearse up dev --cluster"):
        everything, releases = whole(charts)
    rows = ["| release | helm template, s | objects |", "|---|--:|--:|"]
    rows += [f"| {r['name']} | {r['seconds']:.2f} | {r['objects']} |" for r in releases if r["rendered"]]
    missing = sorted(release["name"] for release in releases if not release["rendered"])
    threshold, source = published_threshold()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    rate = PODS / scale["bound"]
    REPORT.write_text(
        TEXT.format(
            date=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=machine,
            kubernetes=tools.kubernetes_version,
            runs=RUNS,
            ready=ready,
            whole=everything,
            nodes=NODES,
            pods=PODS,
            rate=rate,
            threshold=threshold,
            source=source,
            share=rate / threshold,
            renders="\n".join(rows),
            unrendered=f"Not rendered, for their charts were not at hand: {', '.join(missing)}." if missing else "",
            **scale,
        ).rstrip()
        + "\n"
    )
    console.print(f"written to {REPORT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
