"""What the workloads of an environment stand on, and which releases they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from catalogue.charts import Chart, load_charts
from components.cluster import Cluster
from components.interruption import Interruption
from components.node_role import NodeRole
from components.observability import Observability
from components.storage import Storage
from components.vector_database import VectorDatabase
from stacks.foundation import Foundation

SECRETS_RELEASE = "external-secrets"
"""The release that fills the other releases' Secrets."""

POD_MONITORS_RELEASE = "prometheus-operator-crds"
"""The release without which the cluster knows no PodMonitor."""

MACHINES_RELEASE = "karpenter"
"""The release that buys the machines of `node_pools`."""


@dataclass(frozen=True, kw_only=True)
class WorkloadGround:
    """What the workloads stand on: the cluster, and what of AWS they use."""

    foundation: Foundation
    cluster: Cluster
    storage: Storage
    interruption: Interruption
    karpenter_nodes: NodeRole
    """Role of the machines that Karpenter buys: without its access entry they neither join nor drain."""
    vector_database: VectorDatabase | None
    observability: Observability | None
    ready: Sequence[pulumi.Resource]
    """What a pod needs to run at all: nodes of the system pool, DNS, the drivers of volumes."""

    @property
    def charts(self) -> list[Chart]:
        """Charts of the releases that are on, each after those that it needs: machines first, then secrets."""
        lock = load_charts()
        on = set(self.foundation.settings.charts.releases)
        ordered = [lock.charts[release] for release in lock.install_order() if release in on]
        machines, secrets = _with_needs(MACHINES_RELEASE, ordered), _with_needs(SECRETS_RELEASE, ordered)
        return sorted(ordered, key=lambda chart: (chart.release not in machines, chart.release not in secrets))

    @property
    def charts_before_machines(self) -> list[Chart]:
        """Karpenter's chart with those that it needs; empty where it is off."""
        charts = self.charts
        first = _with_needs(MACHINES_RELEASE, charts)
        return [chart for chart in charts if chart.release in first]


def _with_needs(release: str, ordered: Sequence[Chart]) -> set[str]:
    """The release and all that it needs, of charts that are each after those that they need."""
    found = {release}
    for chart in reversed(ordered):
        if chart.release in found:
            found |= set(chart.needs)
    return found
