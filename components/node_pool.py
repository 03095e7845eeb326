"""One Karpenter NodePool with its EC2NodeClass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.approval import Approval, approval_annotations
from components.naming import KUBERNETES_EFFECTS, Taint, check_label
from components.node_class import API_VERSION as CLASS_API_VERSION
from components.node_class import KIND as CLASS_KIND
from components.node_class import NodeClassArgs, node_class_spec

Architecture = Literal["amd64", "arm64"]
MAX_WEIGHT = 100


@dataclass(frozen=True)
class Quiet:
    """Hours in which no machine is replaced for being out of date or badly used."""

    schedule: str
    """Five cron fields, UTC."""
    hours: int


@dataclass(frozen=True, kw_only=True)
class Disruption:
    """When Karpenter may take a machine away by itself."""

    policy: Literal["when-empty", "when-underutilized"] = "when-empty"
    after_minutes: int = 10
    expire_after_days: int | None = None
    """Age at which a machine goes, whatever runs on it and whatever the budgets say; None is never."""
    quiet: Quiet | None = None
    jobs_run_to_their_end: bool = False
    """Take machines away only when they are empty, out of date or not."""


@dataclass(frozen=True, kw_only=True)
class NodePoolArgs:
    """What one pool of Karpenter's needs."""

    node_class: NodeClassArgs
    instance_types: Sequence[str]
    zones: Sequence[str]
    architecture: Architecture
    capacity: Literal["on-demand", "spot"]
    labels: Mapping[str, str]
    limits: Mapping[str, int]
    """The most of each resource that all its machines have together; Karpenter buys no machine beyond."""
    disruption: Disruption
    taints: Sequence[Taint] = ()
    weight: int = field(default=MAX_WEIGHT)
    """1 to 100; of the pools that a pod tolerates the heaviest is tried first."""
    approval: Approval | None = None

    def __post_init__(self) -> None:
        """Refuse what Karpenter's CRD would refuse, or leave out without a word."""
        if not 1 <= self.weight <= MAX_WEIGHT:
            raise ValueError(f"weight {self.weight}: Karpenter takes 1 to {MAX_WEIGHT}")
        if not self.instance_types or not self.zones or not self.limits:
            raise ValueError("a node pool needs instance types, zones and limits")
        for key, value in self.labels.items():
            check_label(key, value)


class NodePool(pulumi.ComponentResource):
    """NodePool and EC2NodeClass of the same name, which is the component's."""

    resource: CustomResource

    def __init__(self, name: str, args: NodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:node_pool:NodePool", name, None, opts)
        node_class = CustomResource(
            f"{name}-class",
            api_version=CLASS_API_VERSION,
            kind=CLASS_KIND,
            metadata=ObjectMetaArgs(name=name),
            spec=node_class_spec(args.node_class),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.node_class.nodes.after)),
        )
        self.resource = CustomResource(
            f"{name}-machines",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata=ObjectMetaArgs(name=name, annotations=approval_annotations(args.approval) or None),
            spec=_spec(name, args),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[node_class],
                # A pool that goes drains its machines first, and they wait for their pods.
                custom_timeouts=pulumi.CustomTimeouts(delete="30m"),
            ),
        )
        self.register_outputs({})


def _spec(name: str, args: NodePoolArgs) -> dict[str, Any]:
    """Spec of the NodePool. https://karpenter.sh/docs/concepts/nodepools/"""
    requirements = {
        "karpenter.sh/capacity-type": [args.capacity],
        "kubernetes.io/arch": [args.architecture],
        "kubernetes.io/os": ["linux"],
        "node.kubernetes.io/instance-type": list(args.instance_types),
        "topology.kubernetes.io/zone": list(args.zones),
    }
    days = args.disruption.expire_after_days
    node: dict[str, Any] = {
        "nodeClassRef": {"group": CLASS_API_VERSION.partition("/")[0], "kind": CLASS_KIND, "name": name},
        "requirements": [{"key": key, "operator": "In", "values": values} for key, values in requirements.items()],
        "expireAfter": "Never" if days is None else f"{days * 24}h",
    }
    if args.taints:
        node["taints"] = [
            {"key": taint.key, "value": taint.value, "effect": KUBERNETES_EFFECTS[taint.effect]}
            for taint in args.taints
        ]
    return {
        "template": {"metadata": {"labels": dict(args.labels)}, "spec": node},
        "limits": {resource: str(amount) for resource, amount in args.limits.items()},
        "weight": args.weight,
        "disruption": _disruption(args.disruption),
    }


def _disruption(wanted: Disruption) -> dict[str, Any]:
    """When machines go. Of the budgets that name a reason the smallest holds; expiry asks none of them."""
    busy = ["Drifted", "Underutilized"]
    budgets: list[dict[str, Any]] = [{"nodes": "10%"}]  # rounded up: one machine at least
    if wanted.jobs_run_to_their_end:
        budgets = [{"nodes": "100%", "reasons": ["Empty"]}, {"nodes": "0", "reasons": busy}]
    elif wanted.quiet is not None:
        quiet = {"nodes": "0", "reasons": busy, "schedule": wanted.quiet.schedule, "duration": f"{wanted.quiet.hours}h"}
        budgets.append(quiet)
    return {
        "consolidationPolicy": "WhenEmpty" if wanted.policy == "when-empty" else "WhenEmptyOrUnderutilized",
        "consolidateAfter": f"{wanted.after_minutes}m",
        "budgets": budgets,
    }
