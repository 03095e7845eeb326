"""The delays of nodes and pods. That KWOK plays them is test_simulation.py's; figures are only as good as sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from rehearsal.cluster.pod_templates import accelerators, pod_template
from rehearsal.cluster.stages import STARTS_IN, stage_file, stages, with_delays
from rehearsal.cluster.startup import load_startup

GPU_POD = {"containers": [{"name": "engine", "resources": {"limits": {"nvidia.com/gpu": 2}}}]}
PLAIN_POD = {"containers": [{"name": "web"}]}


def workload(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": spec}
    job = {"jobTemplate": {"spec": {"template": template}}}
    return {"kind": kind, "spec": job if kind == "CronJob" else {"template": template, "replicas": 3}}


def test_a_bought_node_takes_its_time_and_a_standing_one_none() -> None:
    by_name = {stage["metadata"]["name"]: stage["spec"] for stage in stages(60)}
    milliseconds = round(load_startup().node.ready_seconds * 1000 / 60)
    assert by_name["node-bought"]["delay"] == {"durationMilliseconds": milliseconds}
    assert "delay" not in by_name["node-initialize"]
    assert by_name["node-bought"]["next"] == by_name["node-initialize"]["next"]


def test_the_file_has_all_stages(tmp_path: Path) -> None:
    written = list(yaml.safe_load_all(stage_file(tmp_path, 1).read_text()))
    assert {stage["metadata"]["name"] for stage in written} == {
        "node-initialize",
        "node-bought",
        "pod-ready",
        "pod-complete",
        "pod-delete",
    }
    assert written == stages(1)


def test_a_pod_with_gpus_waits_for_image_weights_and_engine() -> None:
    figures = load_startup()
    plain, gpu = figures.pod_seconds(PLAIN_POD), figures.pod_seconds(GPU_POD)
    assert gpu > figures.engine.ready_seconds + plain
    assert figures.pod_seconds(GPU_POD, 140) == gpu + 140 / figures.weights.read_gb_per_second


def test_every_kind_of_workload_gets_its_delay_and_keeps_all_else() -> None:
    for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"):
        before = workload(kind, PLAIN_POD)
        after = with_delays(before, 10)
        template = pod_template(after) or {}
        expected = f"{round(load_startup().pod_seconds(PLAIN_POD) * 100)}ms"
        assert template["metadata"] == {"labels": {"a": "b"}, "annotations": {STARTS_IN: expected}}
        assert template["spec"] == PLAIN_POD
        assert "annotations" not in (pod_template(before) or {})["metadata"], "the manifest itself must stay as it is"


def test_what_has_no_pods_comes_back_as_it_is() -> None:
    service = {"kind": "Service", "spec": {}}
    assert with_delays(service, 10) is service


def test_a_sidecar_counts_and_a_container_that_ends_does_not() -> None:
    asks = {"resources": {"requests": {"nvidia.com/gpu": "1"}}}
    assert accelerators(GPU_POD) == 2
    assert accelerators(GPU_POD | {"initContainers": [{**asks, "restartPolicy": "Always"}]}) == 3
    assert accelerators(GPU_POD | {"initContainers": [asks]}) == 2


def test_every_figure_has_a_source() -> None:
    figures = load_startup()
    sources = [figures.node.source, figures.image.source, figures.image.size_source, figures.weights.source]
    assert all(source.startswith("https://") for source in [*sources, figures.engine.source])
