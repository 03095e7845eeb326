"""What KWOK plays for nodes and pods: the stages that they go through, and after which delay.

Delays stand in annotations of the pods, so that each workload has its own; `speed` compresses all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from rehearsal.cluster.apply_order import Manifest
from rehearsal.cluster.pod_templates import pod_template, with_template
from rehearsal.cluster.startup import Startup, load_startup

STAGES_FILE: Final = Path(__file__).with_name("stages.yaml")
STARTS_IN: Final = "rehearsal.llm-platform/starts-in"
"""Annotation of a pod: how long it takes from its binding to its readiness, in the compressed time."""
STOPS_IN: Final = "rehearsal.llm-platform/stops-in"
"""Annotation of a pod: how long it takes from its deletion until it is gone, in the compressed time."""


def stages(speed: float, startup: Startup | None = None) -> list[dict[str, Any]]:
    """Return all stages; a node that Karpenter buys takes the time of startup.yaml, one that stands none."""
    found: list[dict[str, Any]] = list(yaml.safe_load_all(STAGES_FILE.read_text(encoding="utf-8")))
    by_name = {stage["metadata"]["name"]: stage["spec"] for stage in found}
    seconds = (startup or load_startup()).node.ready_seconds
    by_name["node-bought"]["delay"] = {"durationMilliseconds": round(seconds * 1000 / speed)}
    by_name["node-bought"]["next"] = dict(by_name["node-initialize"]["next"])
    return found


def stage_file(folder: Path, speed: float, startup: Startup | None = None) -> Path:
    """Write the stages as a configuration file of KWOK; return its path."""
    file = folder / "stages.yaml"
    file.write_text(yaml.safe_dump_all(stages(speed, startup), sort_keys=False), encoding="utf-8")
    return file


def with_delays(manifest: Manifest, speed: float, *, weights_gb: float = 0) -> Manifest:
    """Return a workload whose pods carry the delays that startup.yaml has for them; others come back as they are."""
    template = pod_template(manifest)
    if template is None:
        return manifest
    seconds = load_startup().pod_seconds(template.get("spec") or {}, weights_gb)
    metadata: Mapping[str, Any] = template.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), STARTS_IN: duration(seconds / speed)}
    return with_template(manifest, {**template, "metadata": {**metadata, "annotations": annotations}})


def duration(seconds: float) -> str:
    """Return a time as Go writes it."""
    return f"{round(seconds * 1000)}ms"
