"""Machines without GPU that Karpenter buys when the system node group is full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.approval import Approval
from components.naming import node_labels
from components.node_class import NodeClassArgs
from components.node_pool import Architecture, Disruption, NodePool, NodePoolArgs


@dataclass(frozen=True, kw_only=True)
class CpuNodePoolArgs:
    """What a pool of machines without GPU needs."""

    node_class: NodeClassArgs
    instance_types: Sequence[str]
    max_cpus: int
    """CPUs of all its machines together."""
    zones: Sequence[str]
    architecture: Architecture
    disruption: Disruption
    approval: Approval | None = None


class CpuNodePool(pulumi.ComponentResource):
    """NodePool of the system pool: no taint, as the managed system group; bought on demand."""

    def __init__(self, name: str, args: CpuNodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:cpu_node_pool:CpuNodePool", name, None, opts)
        NodePool(
            name,
            NodePoolArgs(
                node_class=args.node_class,
                instance_types=args.instance_types,
                zones=args.zones,
                architecture=args.architecture,
                capacity="on-demand",
                labels=node_labels("system", "on-demand"),
                limits={"cpu": args.max_cpus},
                disruption=args.disruption,
                approval=args.approval,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
