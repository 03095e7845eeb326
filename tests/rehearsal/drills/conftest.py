"""The ground of a drill for tests: a control plane with KWOK's stages at a speed, nodes, models, Karpenter."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rehearsal.cluster.api import Api
from rehearsal.cluster.control_plane import control_plane
from rehearsal.cluster.karpenter import NODE_POOL, running_karpenter
from rehearsal.cluster.settle import settle
from rehearsal.cluster.stages import stage_file, with_delays
from rehearsal.cluster.startup import load_startup
from rehearsal.cluster.toolchain import Toolchain, ToolchainError, ready_toolchain
from rehearsal.drills.drill import Ground
from rehearsal.drills.timeline import Clock
from tests.rehearsal.drills.manifests import NAMESPACE_MANIFEST, ZONES

GROUP = "cluster"
FIXTURES = {"tools", "make_ground"}
SECONDS_TO_BUILD = 3600

Manifests = Sequence[Mapping[str, Any]]
MakeGround = Callable[[float, Manifests, Manifests], Ground]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests on a cluster to one worker, and the first one the time to build the programs."""
    for item in items:
        if FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(GROUP))
            item.add_marker(pytest.mark.timeout(SECONDS_TO_BUILD))


@pytest.fixture(scope="session")
def tools() -> Toolchain:
    """The programs, built by the first test that needs them."""
    try:
        return ready_toolchain()
    except ToolchainError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def make_ground(tools: Toolchain, tmp_path: Path) -> Generator[MakeGround]:
    """Make a cluster with NodePools and workloads on it, at rest, that is gone after the test."""
    with ExitStack() as stack:

        def make(speed: float, node_pools: Manifests, manifests: Manifests) -> Ground:
            stages = [stage_file(tmp_path, speed)]
            plane = stack.enter_context(control_plane(tools, name="drills", stages=stages))
            api = stack.enter_context(Api(plane.kubeconfig))
            delayed = [with_delays(each, speed, weights_gb=15) for each in (NAMESPACE_MANIFEST, *manifests)]
            assert api.apply_all(delayed) == []
            karpenter = stack.enter_context(running_karpenter(tools, plane, api, node_pools, ZONES, "us-east-1"))
            settle(api, karpenter=True, check=karpenter.check)
            return Ground(
                api=api,
                stack="test",
                node_pools=tuple(api.list(*NODE_POOL)),
                clock=Clock(speed, load_startup().node.ready_seconds),
                check=karpenter.check,
            )

        yield make
