"""The cluster part inside a rehearsal, also when the control plane dies. Placement is test_simulation.py's."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from rehearsal.aws.account import Account
from rehearsal.cluster import phase as module
from rehearsal.cluster.control_plane import ControlPlaneError
from rehearsal.cluster.options import ClusterOptions
from rehearsal.cluster.phase import ClusterPhase
from rehearsal.cluster.settle import UnsettledError
from rehearsal.cluster.simulation import Simulation
from rehearsal.cluster.toolchain import Toolchain
from rehearsal.phases import Rehearsal, Silence
from rehearsal.plan import Check
from tests.rehearsal.cluster import small_environment as small

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def account() -> Generator[Account]:
    with Account("111122223333", "us-east-1") as account:
        small.make_node_groups(account)
        yield account


@pytest.fixture
def rehearsal() -> Rehearsal:
    resources = [small.namespace(), small.workload("llama", small.gpu_pod())]
    return Rehearsal("dev", "111122223333", "us-east-1", resources=resources)


def test_two_phases_are_timed_and_the_report_is_noted(tools: Toolchain, account: Account, rehearsal: Rehearsal) -> None:
    with ExitStack() as standing:
        stood: list[Simulation] = []
        phase = ClusterPhase(ClusterOptions(tools, tools.helm, None, speed=600), standing, stood.append)
        assert phase(rehearsal, account, Silence()) == []
        assert [timing.phase for timing in rehearsal.timings] == ["deploy", "place"]
        assert rehearsal.cluster is not None
        assert [w.name for w in rehearsal.cluster.workloads] == ["llama"]
        assert stood[0].plane.alive(), "a cluster that is kept stays until the stack is left"
    assert not stood[0].plane.processes


def test_a_control_plane_that_dies_is_a_fault_and_leaves_nothing(
    tools: Toolchain, account: Account, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    planes: list[Simulation] = []

    def killed(simulation: Simulation, progress: object) -> None:  # noqa: ARG001 - as settle takes it
        planes.append(simulation)
        os.kill(simulation.plane.processes["kube-apiserver"], signal.SIGKILL)
        while True:
            simulation.check()

    monkeypatch.setattr(Simulation, "settle", killed)
    (fault,) = ClusterPhase(ClusterOptions(tools, tools.helm, None, speed=600))(rehearsal, account, Silence())
    assert fault.check is Check.CLUSTER
    assert fault.message.startswith("the control plane died: kube-apiserver ended; its log ends with")
    assert rehearsal.cluster is None
    assert rehearsal.cluster_absent
    assert not planes[0].plane.processes


def test_a_cluster_that_never_rests_is_a_fault_and_still_reported(
    tools: Toolchain, account: Account, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def restless(simulation: Simulation, progress: object) -> None:  # noqa: ARG001 - as settle takes it
        raise UnsettledError("the cluster is not at rest after 1 s: a pod is starting")

    monkeypatch.setattr(Simulation, "settle", restless)
    faults = ClusterPhase(ClusterOptions(tools, tools.helm, None, speed=600))(rehearsal, account, Silence())
    assert "the cluster is not at rest after 1 s: a pod is starting" in [fault.message for fault in faults]
    assert rehearsal.cluster is not None


def test_a_control_plane_that_does_not_start_is_a_fault(
    account: Account, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ControlPlaneError("no port is free")

    monkeypatch.setattr(module, "simulate", refuse)
    (fault,) = ClusterPhase(ClusterOptions(None, None, None))(rehearsal, account, Silence())
    assert fault.message == "no port is free"


def test_without_the_programs_only_an_existing_cluster_can_be_used(account: Account, rehearsal: Rehearsal) -> None:
    (fault,) = ClusterPhase(ClusterOptions(None, None, None))(rehearsal, account, Silence())
    assert "only an existing cluster (--kubeconfig) can be used" in fault.message
