"""What the workloads of an environment stand on, and which releases they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from catalogue.charts import Chart, load_charts
from components.cluster import Cluster
from components.interruption import Interruption
from components.storage import Storage
from stacks.foundation import Foundation

SECRETS_RELEASE = "external-secrets"
"""The release that fills the other releases' Secrets."""


@dataclass(frozen=True, kw_only=True)
class WorkloadGround:
    """What the workloads stand on: the cluster, and what of AWS they use."""

    foundation: Foundation
    cluster: Cluster
    storage: Storage
    interruption: Interruption
    ready: Sequence[pulumi.Resource]
    """What a pod needs to run at all: nodes of the system pool, DNS, the drivers of volumes."""

    @property
    def charts(self) -> list[Chart]:
        """Charts of the releases that are on, each after those that it needs and after the one that brings secrets."""
        lock = load_charts()
        on = set(self.foundation.settings.charts.releases)
        ordered = [lock.charts[release] for release in lock.install_order() if release in on]
        first = {SECRETS_RELEASE}
        for chart in reversed(ordered):
            if chart.release in first:
                first |= set(chart.needs)
        return sorted(ordered, key=lambda chart: chart.release not in first)
