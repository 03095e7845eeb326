"""How the cluster part of a rehearsal is done, and what has to be there for it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rehearsal.cluster.build_progress import BuildProgress
from rehearsal.cluster.cache_folder import cache_folder
from rehearsal.cluster.chart_download import Network
from rehearsal.cluster.charts import ChartSources
from rehearsal.cluster.settle import LIMIT_SECONDS
from rehearsal.cluster.toolchain import Toolchain, built_toolchain, ready_toolchain

DEFAULT_SPEED: Final = 60.0


@dataclass(frozen=True)
class ClusterOptions:
    """How the cluster part of a rehearsal is done."""

    tools: Toolchain | None
    """None with an existing cluster on a machine where the programs are not built."""
    helm: Path | None
    """None where there is no helm at all: then no release is rendered."""
    charts: ChartSources | None
    kubeconfig: Path | None = None
    """An existing cluster instead of one of our own."""
    speed: float = DEFAULT_SPEED
    """How many times faster than real time nodes and pods start."""
    settle_seconds: float = LIMIT_SECONDS


def cluster_options(
    program_folder: Path,
    *,
    kubeconfig: Path | None = None,
    charts_folder: Path | None = None,
    offline: bool = False,
    speed: float = DEFAULT_SPEED,
    progress: BuildProgress | None = None,
) -> ClusterOptions:
    """Return the options with the programs ready, built first where they are not.

    An existing cluster needs only helm, the built one or the machine's own; nothing is built for it. Raises
    `ToolchainError` and `CacheError`.

    `program_folder`: relative paths of charts in the program start from it.
    """
    tools = ready_toolchain(progress) if kubeconfig is None else built_toolchain()
    found = shutil.which("helm")
    helm = tools.helm if tools is not None else Path(found) if found else None
    charts = None
    if helm is not None:
        network = None if offline else Network(helm)
        charts = ChartSources(program_folder, cache_folder() / "charts", network, charts_folder)
    return ClusterOptions(tools, helm, charts, kubeconfig, speed)
