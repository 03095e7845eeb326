"""What goes wrong in the day, in hours of it, and which alerts have to fire; no other alert may.

A test plays the day through the rules and holds both together; the page shows this table.
"""

from __future__ import annotations

import math
from typing import Final

from rehearsal.observe.story.incident import STILL, Expected, Incident

IDLE_TEAM: Final = Incident(
    "A team that does nothing",
    "Nobody asks vision-12b any more; its eight GPUs stay held.",
    6.0,
    math.inf,
    (Expected("IdleGpusCostMoney", (8.4, 9.0), STILL, {"team": "vision", "pool": "inference"}),),
)
BROKEN_GPU: Final = Incident(
    "A GPU with memory errors",
    "GPU 5 of inference-2 reports uncorrected errors and Xid 48; the node is closed until somebody resets it.",
    9.5,
    13.8,
    (
        Expected("GpuEccUncorrected", (9.5, 9.6), (10.4, 10.7), {"node": "inference-2", "gpu": "5"}),
        Expected("GpuXidReported", (9.5, 9.6), (9.95, 10.1), {"node": "inference-2", "gpu": "5"}),
        Expected("GpuXidFatal", (9.5, 9.6), (13.8, 13.9), {"node": "inference-2", "gpu": "5"}),
        Expected("NodeCordoned", (13.5, 13.6), (13.8, 13.9), {"node": "inference-2"}),
    ),
)
STORM: Final = Incident(
    "A spot storm",
    "AWS takes three of the four spot machines back and has no others for an hour and a half.",
    14.0,
    15.5,
    (
        Expected("SpotInterruptionStorm", (14.0, 14.1), (14.9, 15.2), {"pool": "spot"}),
        Expected("PodsWaitForCapacity", (14.25, 14.4), (15.5, 15.6), {"namespace": "models-search"}),
        Expected("KarpenterCannotLaunch", (14.25, 14.5), (15.5, 15.8)),
        Expected("PoolFull", (14.5, 14.7), (15.5, 15.6), {"pool": "spot"}),
        Expected("ModelReplicasMissing", (14.5, 14.7), (15.5, 15.7), {"model": "summaries-8b"}),
        Expected("ModelReplicasMissing", (14.5, 14.7), (15.5, 15.7), {"model": "rerank"}),
        Expected("ModelQueueLong", (14.15, 14.4), (15.5, 15.6), {"model": "summaries-8b"}),
    ),
)
SLOW_MODEL: Final = Incident(
    "A slow model",
    "Long prompts fill the KV cache of code-34b; requests wait, first tokens take ten times as long.",
    16.0,
    17.1,
    (
        Expected("ModelQueueLong", (16.15, 16.3), (17.1, 17.2), {"model": "code-34b"}),
        Expected("ModelKvCacheFull", (16.25, 16.4), (17.1, 17.2), {"model": "code-34b"}),
        Expected("ModelSlowerThanYesterday", (16.5, 16.7), (17.1, 17.3), {"model": "code-34b"}),
        Expected("SloBurnRateCritical", (16.6, 17.1), (17.1, 17.3), {"model": "code-34b", "slo": "ttft"}),
    ),
)
DRIFT: Final = Incident(
    "Drift sets in",
    "What intent-classifier is asked changes: first its inputs, then its answers, then how good they are.",
    10.0,
    math.inf,
    (
        Expected("DataDrift", (11.0, 11.2), STILL, {"model": "intent-classifier"}),
        Expected("PredictionDrift", (14.0, 14.2), STILL, {"model": "intent-classifier"}),
        Expected("EmbeddingDrift", (17.0, 17.2), STILL, {"model": "intent-classifier"}),
        Expected("ModelQualityDropped", (20.0, 21.5), STILL, {"model": "intent-classifier"}),
    ),
)
APPLICATION_FAULT: Final = Incident(
    "A fault of a job",
    "A training job reads memory that is not its own: GPU 3 of training-2 reports Xid 31, and goes on.",
    21.0,
    math.inf,
    (Expected("GpuXidReported", (21.0, 21.1), (21.45, 21.6), {"node": "training-2", "gpu": "3"}),),
)
NO_YESTERDAY: Final = ("CostSpike",)
"""Alerts that may fire on the day before: it compares with its own yesterday, of which nothing is told."""
INCIDENTS: Final = (IDLE_TEAM, BROKEN_GPU, DRIFT, STORM, SLOW_MODEL, APPLICATION_FAULT)
