"""GPU machines that Karpenter buys when pods wait for them: of the training, inference or spot pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pulumi

from components.approval import Approval
from components.naming import accelerator_taint, interruptible_taint, node_labels
from components.node_class import NodeClassArgs
from components.node_pool import MAX_WEIGHT, Architecture, Disruption, NodePool, NodePoolArgs
from components.spot_node_group import MIN_INSTANCE_TYPES


@dataclass(frozen=True, kw_only=True)
class GpuNodePoolArgs:
    """What a GPU pool of Karpenter's needs."""

    pool: Literal["training", "inference", "spot"]
    node_class: NodeClassArgs
    instance_types: Sequence[str]
    """All with `gpus_per_node` GPUs; Karpenter takes the cheapest that fits."""
    gpus_per_node: int
    max_gpus: int
    """GPUs of all its machines together."""
    gpu_model: str | None
    """None where the types have different models: GPU Feature Discovery then labels each node by itself."""
    accelerator_resource: str
    """Extended resource of the accelerator and key of the taint: `nvidia.com/gpu` or `aws.amazon.com/neuron`."""
    zones: Sequence[str]
    architecture: Architecture
    disruption: Disruption
    approval: Approval | None = None

    def __post_init__(self) -> None:
        """Refuse a pool that could never buy anything."""
        if not 1 <= self.gpus_per_node <= self.max_gpus:
            raise ValueError(f"max_gpus {self.max_gpus}: one machine has {self.gpus_per_node}")


class GpuNodePool(pulumi.ComponentResource):
    """NodePool with the labels and taints of the managed groups of the same pool.

    Karpenter fills as few machines as it can: given a choice it puts eight one-GPU pods on one eight-GPU machine, which
    costs several times as much as eight small ones. So one NodePool holds one size of machine, and the smaller the
    machine, the heavier its NodePool: a pod goes to the smallest size that holds it.
    """

    def __init__(self, name: str, args: GpuNodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:gpu_node_pool:GpuNodePool", name, None, opts)
        spot = args.pool == "spot"
        if spot and len(set(args.instance_types)) < MIN_INSTANCE_TYPES:
            raise ValueError(f"spot node pool {name}: {list(args.instance_types)}: needs at least three instance types")
        capacity: Literal["on-demand", "spot"] = "spot" if spot else "on-demand"
        NodePool(
            name,
            NodePoolArgs(
                node_class=args.node_class,
                instance_types=args.instance_types,
                zones=args.zones,
                architecture=args.architecture,
                capacity=capacity,
                labels=node_labels(
                    args.pool,
                    capacity,
                    args.accelerator_resource,
                    args.gpu_model,
                    bottlerocket=args.node_class.ami_family == "bottlerocket",
                ),
                taints=[
                    accelerator_taint(args.accelerator_resource, args.pool),
                    *([interruptible_taint()] if spot else []),
                ],
                limits={args.accelerator_resource: args.max_gpus},
                disruption=replace(args.disruption, jobs_run_to_their_end=args.pool == "training"),
                weight=max(1, MAX_WEIGHT - args.gpus_per_node),
                approval=args.approval,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
