"""The key `thresholds` of the section `observability`: when alerts fire, where it is not as everywhere."""

from __future__ import annotations

from typing import Annotated

from stacks.sections.objectives import Between
from stacks.sections.section import Section

Share = Annotated[float, Between(0.01, 1, "a share")]
Dollars = Annotated[float, Between(0.01, 100000, "dollars an hour")]

QUALITY_HOURS = 26.0
"""What QualityCheckStale goes by where `quality_hours` is left out."""


class ThresholdsSettings(Section):
    """Thresholds of alerts; one that is left out is the number in charts/monitoring/rules."""

    backup_hours: Annotated[float, Between(1, 744, "a number of hours")] | None = None
    """BackupTooOld: how old the last good backup may be"""

    certificate_days: Annotated[float, Between(0.1, 60, "a number of days")] | None = None
    """CertificateExpiring: how long one that is not renewed has to hold"""

    cost_spike_dollars_per_hour: Dollars | None = None
    """CostSpike: how much more than yesterday a team may spend on GPUs"""

    drifted_features_ratio: Share | None = None
    """DataDrift: which part of a model's features may drift"""

    gateway_error_ratio: Share | None = None
    """GatewayErrors: which part of all requests may fail"""

    gpu_celsius: Annotated[float, Between(40, 110, "degrees Celsius")] | None = None
    """GpuHot: how warm a GPU may be"""

    gpu_throttled_ratio: Share | None = None
    """GpuThrottled: which part of the time heat may slow a GPU down"""

    group_accuracy_gap: Share | None = None
    """ModelGroupGap: how far a model's accuracy may differ between groups"""

    idle_gpu_dollars_per_hour: Dollars | None = None
    """IdleGpusCostMoney: what GPUs that a team holds and does not use may cost"""

    kv_cache_ratio: Share | None = None
    """ModelKvCacheFull: how much of its KV cache a replica may use"""

    model_error_ratio: Share | None = None
    """ModelErrors: which part of the requests to a model without an objective may fail"""

    node_pool_limit_ratio: Share | None = None
    """NodePoolNearLimit: how much of its limit a NodePool may use"""

    pool_full_ratio: Share | None = None
    """PoolFull: which part of a pool's GPUs may be taken"""

    quality_hours: Annotated[float, Between(1, 744, "a number of hours")] | None = None
    """QualityCheckStale: how old the last measurement of a model's quality may be"""

    # Kueue's last bucket ends at 40,960 seconds: a quantile is never more than that, 11.4 hours.
    queue_wait_hours: Annotated[float, Between(0.1, 11, "a number of hours")] | None = None
    """QueueWaitLong: how long jobs may wait for admission"""

    rate_limited_ratio: Share | None = None
    """RouteRateLimited: which part of a route's requests the gateway may turn away"""

    requests_waiting: Annotated[float, Between(1, 100000, "a number of requests")] | None = None
    """ModelQueueLong: how many requests may wait, however many run"""

    restore_drill_days: Annotated[float, Between(1, 366, "a number of days")] | None = None
    """RestoreDrillTooOld: how long ago the last good restore drill may be"""

    unallocated_gpu_dollars_per_hour: Dollars | None = None
    """UnallocatedGpusCostMoney: what a pool's GPUs that nobody holds may cost"""

    vector_error_ratio: Share | None = None
    """VectorStoreErrors: which part of a vector store's searches may fail"""

    vector_search_seconds: Annotated[float, Between(0.01, 60, "a number of seconds")] | None = None
    """VectorStoreSlow: how long searches may take (95th percentile)"""

    @property
    def given(self) -> dict[str, float]:
        """What is set, by name."""
        return self.model_dump(exclude_none=True)
