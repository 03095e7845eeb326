"""The ground of a drill: the environment's emulated account with its workloads on a simulated cluster, at rest."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from rehearsal.aws.account import Account
from rehearsal.cluster.karpenter import NODE_POOL, ROOT_DISK_GIB
from rehearsal.cluster.options import ClusterOptions
from rehearsal.cluster.settle import UnsettledError
from rehearsal.cluster.simulation import simulate
from rehearsal.cluster.startup import load_startup
from rehearsal.drills.drill import Ground, Progress
from rehearsal.drills.input_error import DrillInputError
from rehearsal.drills.timeline import Clock
from rehearsal.phases import Rehearsal
from stacks.gpu_host_document import OUTPUT as GPU_HOSTS


@contextmanager
def environment_ground(
    rehearsal: Rehearsal,
    account: Account,
    options: ClusterOptions,
    ceilings: Mapping[str, int],
    progress: Progress,
) -> Generator[Ground]:
    """Put a rehearsed environment on a cluster and give it to a drill.

    Raises `DrillInputError` when the environment has no NodePool: a drill is about what Karpenter does. Raises what
    `simulate` raises as well.
    """
    begun = time.monotonic()
    progress.doing("cluster: control plane, nodes, workloads, Karpenter")
    document = rehearsal.outputs.get(GPU_HOSTS)
    with simulate(rehearsal.resources, account, options, host_document=document) as simulation:
        if simulation.karpenter is None:
            raise DrillInputError(
                f"stack {rehearsal.stack}: a drill needs Karpenter, and the stack registers no NodePool; "
                "allowed: a stack with llm-platform:node_pools"
            )
        try:
            simulation.settle(lambda count: progress.doing(f"cluster: {count} pods, not yet at rest"))
        except UnsettledError as error:
            progress.said(f"[yellow]{error}[/]; the drill begins all the same")
        nodes, pods = simulation.api.list("Node", "v1"), simulation.api.list("Pod", "v1")
        seconds = time.monotonic() - begun
        progress.said(f"{'cluster':<10} {len(nodes)} nodes, {len(pods)} pods  [dim]{seconds:.1f} s[/dim]")
        # What the cluster can't place before the drill is a matter of `rehearse up --cluster`, and said here once.
        for fault in simulation.faults(simulation.placement()):
            progress.said(f"[yellow]before the drill:[/] {fault.message}")
        yield Ground(
            api=simulation.api,
            stack=rehearsal.stack,
            node_pools=tuple(simulation.api.list(*NODE_POOL)),
            clock=Clock(options.speed, load_startup().node.ready_seconds),
            disk_gib=ROOT_DISK_GIB,
            ceilings=ceilings,
            check=simulation.check,
            progress=progress,
        )
