"""Whether pods may go on spot nodes: what tolerates or selects them, what keeps off them."""

from __future__ import annotations

from typing import Any, Final

from policies.placements import Placement
from policies.reading import Properties
from policies.taints import Taint, tolerates

SPOT_LABELS: Final = {
    "llm-platform/capacity": "spot",
    "llm-platform/pool": "spot",
    "llm-platform/interruptible": "true",
}
"""Labels that every spot node of the platform has."""

BUYING_LABELS: Final = {"karpenter.sh/capacity-type": "spot", "eks.amazonaws.com/capacityType": "SPOT"}
"""Labels that the one who buys a node gives it; those of Karpenter have no node group's."""

VECTOR_DATABASES: Final = ["qdrant", "weaviate", "milvus", "chroma", "chromadb"]
"""Names of charts, releases and objects."""

CONFIGURATION: Final[dict[str, dict[str, Any]]] = {
    "spot_taint": {
        "type": "string",
        "description": "Key of the taint of nodes that may be taken away; its value is `true`.",
        "default": "llm-platform/interruptible",
    },
    "spot_labels": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Labels that every spot node has.",
        "default": SPOT_LABELS,
    },
}
"""Properties of the configuration of each policy that asks."""


def welcome(placement: Placement, configuration: Properties) -> str | None:
    """Return in words how pods may go on spot nodes; None where they may not."""
    taint = Taint(configuration.text("spot_taint") or "", "true")
    if placement.keeps_off(spot_labels(configuration)):
        return None
    for toleration in placement.tolerations():
        if tolerates(toleration, taint):
            return f"tolerates {taint} with {toleration}"
    path = placement.selects({**spot_labels(configuration), **BUYING_LABELS})
    return f"selects spot nodes in {path}" if path else None


def spot_labels(configuration: Properties) -> dict[str, str]:
    """Return the labels of spot nodes as configured."""
    labels = configuration.inner("spot_labels")
    return {key: labels.entry(key) or "" for key in labels.keys()}  # noqa: SIM118 - not a mapping
