"""What Karpenter and Kueue tell: machines that are bought and taken back, jobs that wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rehearsal.observe.story.fleet import LEFT_BY_STORM, POOLS, TRAINING, nodes
from rehearsal.observe.story.incidents import STORM
from rehearsal.observe.story.moment import Moment, noise
from rehearsal.observe.story.sample import Sample, histogram, rising

WAITS: Final = (
    "1", "2.5", "5", "10", "20", "40", "80", "160", "320", "640", "1280", "2560", "5120", "10240",
    "20480", "40960",
)  # fmt: skip
"""Kueue's buckets of the time to admission; its other histograms end at 10,240."""
GPU: Final = "nvidia.com/gpu"
QUEUES: Final = (("research", 16, sum(TRAINING.values())), ("experiments", 8, 2))
"""With their quota and what of it is used."""
ESTIMATES: Final = {"p5.48xlarge": (22.0, 55.04), "g6e.12xlarge": (4.1, 10.49264)}
"""Dollars for the machine's hour, spot and on demand, as Karpenter estimates them."""


def capacity(now: Moment) -> Iterator[Sample]:
    """Both."""
    yield from _karpenter(now)
    for queue, quota, used in QUEUES:
        labels = {"cluster_queue": queue, "replica_role": "leader"}
        flavor = {**labels, "cohort": "gpus", "flavor": "h100", "resource": GPU}
        yield Sample("kueue_cluster_queue_nominal_quota", flavor, quota)
        yield Sample("kueue_cluster_queue_resource_usage", flavor, used)
        waiting = max(0, round(3 + noise(queue, now.hour / 3, 4)))
        yield Sample("kueue_pending_workloads", {**labels, "status": "active"}, min(1, waiting))
        yield Sample("kueue_pending_workloads", {**labels, "status": "inadmissible"}, max(0, waiting - 1))
        yield Sample("kueue_admitted_active_workloads", labels, max(1, used // 4))
        yield rising("kueue_evicted_workloads_total", {**labels, "reason": "Preempted"}, 0.5 / 3600)
        seconds = 900 * (1 + noise(queue + "/wait", now.hour / 2, 0.6))
        yield from histogram(
            "kueue_admission_wait_time_seconds", {**labels, "priority_class": "research"}, WAITS, 6 / 3600, seconds,
            lambda limit, seconds=seconds: min(1.0, limit / (2 * seconds)),
        )  # fmt: skip


def _karpenter(now: Moment) -> Iterator[Sample]:
    for machine, prices in ESTIMATES.items():
        for kind, price in zip(("spot", "on-demand"), prices, strict=True):
            labels = {"instance_type": machine, "capacity_type": kind, "zone": "us-east-1a"}
            yield Sample("karpenter_cloudprovider_instance_type_offering_price_estimate", labels, price)
    for pool in POOLS:
        labels = {"nodepool": pool.name, "resource_type": GPU}
        yield Sample("karpenter_nodepools_limit", labels, pool.gpu_limit)
        yield Sample("karpenter_nodepools_usage", labels, pool.gpus * len(nodes(pool, now)))
    yield Sample("karpenter_cluster_state_synced", {}, 1)
    spot = next(pool for pool in POOLS if pool.capacity == "spot")
    struck = STORM in now.incidents and now.hour >= STORM.begins
    taken = spot.nodes - LEFT_BY_STORM if struck else 0
    yield Sample("karpenter_interruption_received_messages_total", {"message_type": "spot_interrupted"}, taken)
    refused = {
        "controller": "nodeclaim.lifecycle", "method": "Create", "provider": "aws",
        "error": "InsufficientCapacityError",
    }  # fmt: skip
    yield rising("karpenter_cloudprovider_errors_total", refused, 1 / 40 if now.during(STORM) else 0)
