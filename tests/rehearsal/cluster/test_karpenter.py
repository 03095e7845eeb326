"""Karpenter on a real control plane: the program's NodePools as its provider takes them, and its own life.

What it buys is the drills' matter (tests/rehearsal/drills). Not proven: what only the AWS provider does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.cluster.api import Api, ApiError
from rehearsal.cluster.control_plane import ControlPlane
from rehearsal.cluster.karpenter import (
    NODE_CLASS,
    NODE_POOL,
    KarpenterError,
    apply_node_pools,
    await_node_pools,
    definitions,
    for_the_provider,
    node_class,
    prepare_karpenter,
    running_karpenter,
)
from rehearsal.cluster.settle import condition
from rehearsal.cluster.toolchain import Toolchain
from tests.rehearsal.drills.manifests import ZONES, node_pool

Prepare = Callable[..., list[str]]


@dataclasses.dataclass(frozen=True)
class FailingTools:
    """The programs, of which Karpenter is one that fails."""

    karpenter: Path
    karpenter_crds: tuple[Path, ...]


@pytest.fixture
def api(tools: Toolchain, control_plane: ControlPlane) -> Generator[Api]:
    """A connection to a cluster that serves Karpenter's kinds."""
    with Api(control_plane.kubeconfig) as connection:
        assert connection.apply_all(definitions(tools.karpenter_crds)) == []
        yield connection
        for pool in connection.list(*NODE_POOL):
            connection.delete(*NODE_POOL, pool["metadata"]["name"])


@pytest.fixture
def prepare(tools: Toolchain, control_plane: ControlPlane, api: Api) -> Prepare:
    """Have Karpenter judge NodePools; return what it finds wrong."""
    return lambda *pools: prepare_karpenter(tools, control_plane, api, pools, ZONES, "us-east-1")


def test_a_node_pool_keeps_all_but_its_class_and_startup_taints() -> None:
    pool = node_pool("one", ["g6.xlarge"])
    pool["spec"]["template"]["spec"]["startupTaints"] = [{"key": "example.com/agent", "effect": "NoSchedule"}]
    pool["metadata"] |= {"labels": {"team": "a"}, "resourceVersion": "7", "uid": "u"}
    turned = for_the_provider(pool)
    assert turned["metadata"] == {"name": "one", "labels": {"team": "a"}}
    expected: dict[str, Any] = {**pool["spec"]["template"]["spec"]}
    del expected["startupTaints"]
    expected["nodeClassRef"] = {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "one"}
    assert turned["spec"]["template"]["spec"] == expected
    assert {**turned["spec"], "template": None} == {**pool["spec"], "template": None}
    assert pool["spec"]["template"]["spec"]["nodeClassRef"]["kind"] == "EC2NodeClass", "the given one was changed"


def test_a_node_class_delays_registration() -> None:
    assert node_class("gpu", 3)["spec"] == {"nodeRegistrationDelay": "3s"}


def test_node_pools_with_their_ec2_node_class_in_the_cluster_are_replaced(api: Api) -> None:
    pool = node_pool("declared", ["g6.xlarge"])
    api.apply(pool)
    apply_node_pools(api, [pool], 0)
    standing = api.get(*NODE_POOL, "declared")
    assert standing is not None
    assert standing["spec"]["template"]["spec"]["nodeClassRef"]["kind"] == NODE_CLASS[0]
    assert api.get(*NODE_CLASS, "declared") is not None


def test_a_node_pool_that_karpenter_refuses_is_said(api: Api) -> None:
    pool = node_pool("refused", ["g6.xlarge"])
    pool["spec"]["weight"] = 101
    with pytest.raises(ApiError, match=r"spec\.weight.*100"):
        apply_node_pools(api, [pool], 0)


def test_it_runs_until_the_context_ends(tools: Toolchain, control_plane: ControlPlane, prepare: Prepare) -> None:
    assert prepare() == []
    with running_karpenter(tools, control_plane) as karpenter:
        karpenter.check()
        assert karpenter.alive()
        assert karpenter.process.pid in {int(file.read_text()) for file in control_plane.folder.rglob("karpenter.pid")}
    assert not karpenter.alive()
    with pytest.raises(KarpenterError, match="karpenter ended with"):
        karpenter.check()


def test_one_that_does_not_come_up_is_said_with_its_log(
    tools: Toolchain, control_plane: ControlPlane, api: Api, tmp_path: Path
) -> None:
    program = tmp_path / "karpenter"
    program.write_text("#!/bin/sh\necho no such flag: --nonsense\nexit 3\n")
    program.chmod(0o755)
    failing = FailingTools(program, tools.karpenter_crds)
    with pytest.raises(KarpenterError, match=r"karpenter ended with 3:\nno such flag: --nonsense"):
        prepare_karpenter(failing, control_plane, api, [], ZONES, "us-east-1")


def test_every_node_pool_is_ready_before_karpenter_buys(api: Api, prepare: Prepare) -> None:
    """One that is not is passed over, and the pods land on dearer machines of the next."""
    pools = [node_pool(name, ["g6.xlarge"]) for name in ("first", "second", "third")]
    assert prepare(*pools) == []
    standing = {pool["metadata"]["name"]: condition(pool, "Ready").get("status") for pool in api.list(*NODE_POOL)}
    assert standing == {"first": "True", "second": "True", "third": "True"}


class StillWaitingError(Exception):
    """It was looked at twice."""


def test_a_node_pool_that_was_changed_has_to_be_judged_anew(api: Api, prepare: Prepare) -> None:
    looks = iter([None, StillWaitingError()])

    def check() -> None:
        if (error := next(looks)) is not None:
            raise error

    assert prepare(node_pool("one", ["g6.xlarge"])) == []
    assert await_node_pools(api, {"one"}, lambda: None) == []
    api.patch(*NODE_POOL, "one", None, {"spec": {"weight": 7}})
    with pytest.raises(StillWaitingError):
        await_node_pools(api, {"one"}, check)


def test_a_node_pool_that_karpenter_buys_nothing_from_is_said(prepare: Prepare) -> None:
    pool = node_pool("wrong", ["g6.xlarge"])
    taint = {"key": "example.com/reserved", "value": "yes", "effect": "NoSchedule"}
    pool["spec"]["template"]["spec"]["taints"] = [taint, {**taint, "value": "no"}]
    problems = prepare(pool, node_pool("right", ["g6.xlarge"]))
    assert len(problems) == 1
    assert problems[0].startswith("NodePool wrong: Karpenter buys nothing from it: ")
    assert "duplicate taint Key/Effect pair example.com/reserved=NoSchedule" in problems[0]
