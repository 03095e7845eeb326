"""The known trap, on purpose: one NodePool with every size of a family.

Karpenter packs the waiting pods onto as few machines as it can, and takes the cheapest type that holds each batch. With
every size to choose from, ten one-GPU pods become an eight-GPU and a four-GPU machine: 3.5 times what ten small ones
cost. The program's NodePools have one number of GPUs each, so that it can't happen with them.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.cluster.karpenter import NODE_POOL, KarpenterError, await_node_pools
from rehearsal.cluster.karpenter_types import aws_labels, offers
from rehearsal.cluster.nodes import INSTANCE_TYPE_LABEL
from rehearsal.drills.admission import purchases, requirements
from rehearsal.drills.drill import Ground
from rehearsal.drills.input_error import DrillInputError
from rehearsal.drills.workloads import Workload

FREE_CHOICE: Final = "free-choice"
HEAVIEST: Final = 100
"""Greatest weight that the API takes; NodePools are tried from the heaviest down."""


def offer_all_sizes(ground: Ground, workload: Workload) -> list[Mapping[str, Any]]:
    """Put one NodePool with all sizes before those that buy for the workload; return all NodePools.

    Raises `DrillInputError` when none of the program's NodePools buys machines for it, `KarpenterError` when Karpenter
    finds fault with one.
    """
    bought = [each for each in purchases(ground.node_pools, offers()) if each.takes(workload.pod)]
    if not bought:
        raise DrillInputError(f"--free-choice: no NodePool buys machines for the pods of model {workload.model}")
    families = {each.offer.type.name.split(".")[0] for each in bought}
    types = sorted({offer.type.name for offer in offers() if offer.type.name.split(".")[0] in families})
    first = next(pool for pool in ground.node_pools if pool["metadata"]["name"] == bought[0].node_pool)
    pool = copy.deepcopy(dict(first))
    sized = {INSTANCE_TYPE_LABEL, *aws_labels(offers()[0].type)}
    kept = [each for each in requirements(pool) if each["key"] not in sized]
    of_types = {"key": INSTANCE_TYPE_LABEL, "operator": "In", "values": types}
    pool["spec"]["template"]["spec"]["requirements"] = [of_types, *kept]
    pool["spec"].pop("limits", None)
    pool["spec"]["weight"] = HEAVIEST
    pool["metadata"] = {"name": FREE_CHOICE}
    for each in ground.node_pools:
        ground.api.patch(*NODE_POOL, each["metadata"]["name"], None, {"spec": {"weight": 1}})
    ground.api.apply(pool)
    offered = [pool, *ground.node_pools]
    # Until Karpenter has found it ready, it would buy from the next one.
    problems = await_node_pools(ground.api, {each["metadata"]["name"] for each in offered}, ground.check)
    if problems:
        raise KarpenterError("; ".join(problems))
    return offered
