"""What a person and a program read of the cluster part. Does not prove that it is right: test_simulation.py does."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from rehearsal.cluster.cluster_report import ClusterReport, CustomKindReport
from rehearsal.cluster.packing import node_uses, pool_uses
from rehearsal.cluster.releases import ReleaseReport
from rehearsal.phases import Rehearsal
from rehearsal.plan import Check, Fault, Outcome, Registration, Resource
from rehearsal.report.console import render
from rehearsal.report.document import document
from tests.rehearsal.cluster.recorded_api import node, pod
from tests.rehearsal.cluster.test_placement_faults import FINE

REASON = "0/2 nodes are available: 2 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: none."
WAITING = replace(FINE, name="mixtral", ready=0, waiting=1, reasons=(REASON,), pools={}, node_types={}, accelerators=0)
PLATFORM = replace(FINE, name="grafana", namespace="monitoring", workload="platform", engine="", accelerators_wanted=0)
STAND_IN = replace(FINE, name="ray-head", stand_in="RayService")


@pytest.fixture
def report() -> ClusterReport:
    gpu = node("gpu-1", pool="inference", type_="g6.xlarge")
    nodes = node_uses([gpu, node("system-1")], [pod("a", on="gpu-1", gpus=1)])
    rendered = ReleaseReport("urn:r", "keda", "keda", "keda", "1.0.0", rendered=True, left_out=("Webhook a", "Pod b"))
    missing = ReleaseReport("urn:m", "loki", "monitoring", "loki", "2.0.0", reason="no answer within 4 s")
    return ClusterReport(
        kubernetes_version="v1.36.3",
        existing=False,
        karpenter=True,
        speed=60,
        nodes=tuple(nodes),
        pools=tuple(pool_uses(nodes)),
        workloads=(FINE, WAITING, PLATFORM, STAND_IN),
        releases=(rendered, missing),
        custom_kinds=(
            CustomKindReport("RayService", "ray.io/v1", ""),
            CustomKindReport("ScaledObject", "keda.sh/v1alpha1", "github.com/kedacore/keda/v2"),
        ),
        missing_pods={"ClusterPolicy": "daemon sets on GPU nodes"},
        skipped=("urn:x",),
        objects=9,
        notes=("Karpenter did not run",),
    )


@pytest.fixture
def rehearsal(report: ClusterReport) -> Rehearsal:
    return Rehearsal("dev", "111122223333", "us-east-1", cluster=report)


def text(rehearsal: Rehearsal, *, full: bool = False) -> str:
    console = Console(width=200, record=True, file=StringIO())
    console.print(render(rehearsal, full=full))
    return console.export_text()


def test_a_placed_and_a_waiting_model_have_a_row_each(rehearsal: Rehearsal) -> None:
    rows = {line.split()[0]: line.split() for line in text(rehearsal).splitlines() if line.startswith("serving/")}
    assert rows["serving/llama"] == ["serving/llama", "Deployment", "vllm", "1/1", "inference", "g6.xlarge", "1/1"]
    assert rows["serving/mixtral"][3:5] == ["0/1", "0/1"]
    assert "2 Insufficient nvidia.com/gpu" in text(rehearsal)
    assert "preemption" not in text(rehearsal)


def test_platform_workloads_are_counted_and_full_lists_them(rehearsal: Rehearsal) -> None:
    assert "and 1 platform workloads, 1 pods, all ready" in text(rehearsal)
    assert "monitoring/grafana" not in text(rehearsal)
    assert "monitoring/grafana" in text(rehearsal, full=True)


def test_packing_and_price_are_summed(rehearsal: Rehearsal) -> None:
    assert "GPUs used 1 of 1 paid (100 %), 0.91 USD per hour for all nodes" in text(rehearsal)


@pytest.mark.parametrize(
    "line",
    [
        "loki 2.0.0: no answer within 4 s",
        "left out: 2 webhooks, API services and hooks that nothing answers here, of keda (--full lists them)",
        "1 workloads stand in for pods that an operator makes",
        "ScaledObject: checked by github.com/kedacore/keda/v2",
        "unchecked: RayService: no definition is at hand",
        "daemon sets on GPU nodes (ClusterPolicy)",
        "1 Kubernetes resources were not applied",
        "Karpenter did not run",
    ],
)
def test_what_is_missing_is_said(rehearsal: Rehearsal, line: str) -> None:
    assert line in text(rehearsal)


def test_full_lists_what_was_left_out(rehearsal: Rehearsal) -> None:
    assert "  keda: Webhook a\n  keda: Pod b\n" in text(rehearsal, full=True)


def test_kubernetes_objects_are_not_called_recorded_where_they_were_applied(rehearsal: Rehearsal) -> None:
    registration = Registration(
        "urn:a::b::kubernetes:core/v1:Secret::s", "kubernetes:core/v1:Secret", "s", "", custom=True, inputs={}
    )
    rehearsal.resources = [Resource(registration, Outcome.RECORDED, reason="applied with --cluster")]
    assert "applied with --cluster" not in text(rehearsal)
    rehearsal.cluster = None
    assert "applied with --cluster" in text(rehearsal)


def test_a_fault_of_the_cluster_as_a_whole_is_not_the_programs(rehearsal: Rehearsal) -> None:
    rehearsal.faults = [Fault("", Check.CLUSTER, "", "died")]
    assert "  cluster\n    cluster: died" in text(rehearsal)


def test_the_document_has_all_of_it_and_is_json(rehearsal: Rehearsal, report: ClusterReport) -> None:
    cluster = json.loads(json.dumps(document(rehearsal)))["cluster"]
    assert cluster["workloads"][1]["reasons"] == [REASON]
    assert "pod_spec" not in cluster["workloads"][0]
    assert cluster["packing"] == {
        "accelerators": 1,
        "accelerators_used": 1,
        "usd_per_hour": report.usd_per_hour,
    }
    assert [release["rendered"] for release in cluster["releases"]] == [True, False]
    assert set(cluster) == {
        "absent_because",
        "kubernetes_version",
        "existing",
        "karpenter",
        "speed",
        "objects",
        "workloads",
        "nodes",
        "pools",
        "packing",
        "releases",
        "custom_kinds",
        "missing_pods",
        "skipped",
        "notes",
    }


def test_without_a_cluster_there_is_no_key_and_an_absent_one_says_why(rehearsal: Rehearsal) -> None:
    rehearsal.cluster = None
    assert "cluster" not in document(rehearsal)
    assert "simulated cluster" not in text(rehearsal)
    rehearsal.cluster_absent = "it broke off"
    assert document(rehearsal)["cluster"] == {"absent_because": "it broke off"}
    assert "simulated cluster: none: it broke off" in text(rehearsal)
