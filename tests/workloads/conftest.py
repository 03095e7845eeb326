"""What must stand in the environment before a library of the workloads is imported."""

from __future__ import annotations

import os
from typing import Final

QUIET: Final = {
    "OMP_NUM_THREADS": "1",  # two OpenMP threads spin against each other when anything else runs on two cores
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}

os.environ.update(QUIET)
