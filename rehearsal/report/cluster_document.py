"""The cluster part of the rehearsal's JSON document; docs/reference/rehearse-json.md describes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rehearsal.cluster.cluster_report import ClusterReport
from rehearsal.cluster.placement import Workload
from rehearsal.cluster.releases import ReleaseReport
from rehearsal.phases import Rehearsal


def cluster_document(rehearsal: Rehearsal) -> dict[str, Any] | None:
    """Return the key `cluster`; None where no cluster was asked for."""
    if rehearsal.cluster is not None:
        return {"absent_because": "", **_report(rehearsal.cluster)}
    return {"absent_because": rehearsal.cluster_absent} if rehearsal.cluster_absent else None


def _report(report: ClusterReport) -> dict[str, Any]:
    return {
        "kubernetes_version": report.kubernetes_version,
        "existing": report.existing,
        "karpenter": report.karpenter,
        "speed": report.speed,
        "objects": report.objects,
        "workloads": [_workload(workload) for workload in report.workloads],
        "nodes": [asdict(node) for node in report.nodes],
        "pools": [asdict(pool) for pool in report.pools],
        "packing": {
            "accelerators": report.accelerators,
            "accelerators_used": report.accelerators_used,
            "usd_per_hour": report.usd_per_hour,
        },
        "releases": [_release(release) for release in report.releases],
        "custom_kinds": [asdict(kind) for kind in report.custom_kinds],
        "missing_pods": dict(report.missing_pods),
        "skipped": list(report.skipped),
        "notes": list(report.notes),
    }


def _workload(workload: Workload) -> dict[str, Any]:
    left_out = {"pod_spec", "annotations"}
    shown = {key: value for key, value in vars(workload).items() if key not in left_out}
    return shown | {
        "pools": dict(workload.pools),
        "node_types": dict(workload.node_types),
        "reasons": list(workload.reasons),
    }


def _release(release: ReleaseReport) -> dict[str, Any]:
    return asdict(release) | {
        "seconds": round(release.seconds, 3),
        "warnings": list(release.warnings),
        "left_out": list(release.left_out),
    }
