"""The ground of a drill for tests: a control plane with KWOK's stages at a speed, nodes, models, Karpenter."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rehearsal.cluster.api import Api
from rehearsal.cluster.control_plane import control_plane
from rehearsal.cluster.karpenter import NODE_POOL, prepare_karpenter, running_karpenter
from rehearsal.cluster.settle import settle
from rehearsal.cluster.stages import stage_file, with_delays
from rehearsal.cluster.startup import load_startup
from rehearsal.cluster.toolchain import Toolchain
from rehearsal.drills.drill import Ground
from rehearsal.drills.timeline import Clock
from tests.rehearsal.drills.manifests import NAMESPACE_MANIFEST, ZONES

Manifests = Sequence[Mapping[str, Any]]
MakeGround = Callable[[float, Manifests, Manifests], Ground]


@pytest.fixture
def make_ground(tools: Toolchain, tmp_path: Path) -> Generator[MakeGround]:
    """Make a cluster with NodePools and workloads on it, at rest, that is gone after the test."""
    with ExitStack() as stack:

        def make(speed: float, node_pools: Manifests, manifests: Manifests) -> Ground:
            stages = [stage_file(tmp_path, speed)]
            plane = stack.enter_context(control_plane(tools, name="drills", stages=stages))
            api = stack.enter_context(Api(plane.kubeconfig))
            assert prepare_karpenter(tools, plane, api, node_pools, ZONES, "us-east-1") == []
            delayed = [with_delays(each, speed, weights_gb=15) for each in (NAMESPACE_MANIFEST, *manifests)]
            assert api.apply_all(delayed) == []
            settle(api)  # so that Karpenter sees all that wait at once, as in simulation.py
            karpenter = stack.enter_context(running_karpenter(tools, plane))
            settle(api, karpenter=True, check=karpenter.check)
            return Ground(
                api=api,
                stack="test",
                node_pools=tuple(api.list(*NODE_POOL)),
                clock=Clock(speed, load_startup().node.ready_seconds),
                check=karpenter.check,
            )

        yield make
