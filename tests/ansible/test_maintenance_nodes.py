"""What is read off a node: notes, what it lacks of being whole, and what keeps pods on it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ansible.cluster_objects import GPU, Manifest, node, pod
from tests.ansible.role_filters import role_filters
from tests.ansible.roles import ANSIBLE, read

NODES = role_filters("node_maintenance", "nodes")
note, lacks, labelled = NODES["maintenance_note"], NODES["return_obstacles"], NODES["pods_with_any_label"]
other = NODES["other_operation"]
obstacles = role_filters("node_maintenance", "fleet")["eviction_obstacles"]
MARK = "llm-platform/maintenance"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{"phase": "drain"}', {"phase": "drain"}),
        ("Anna looks at the fans", {"reason": "Anna looks at the fans"}),
        ("[1]", {"reason": "[1]"}),
        ("{}", {"reason": "{}"}),
        ("", {"reason": ""}),
    ],
)
def test_whatever_stands_in_the_annotation_something_is_under_way(text: str, read: dict[str, str]) -> None:
    assert note(node("a", metadata={"annotations": {MARK: text}}), MARK) == read


def test_without_the_annotation_nothing_is_under_way() -> None:
    assert note(node("a"), MARK) is None
    assert note({}, MARK) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, ""),
        ('{"operation": "mig-layout", "phase": "failed"}', ""),
        (
            '{"operation": "upgrade-driver", "phase": "failed", "since": "2026-11-21", "reason": "GPU 3 is lost"}',
            "upgrade-driver is under way on it (phase failed, since 2026-11-21: GPU 3 is lost)",
        ),
        ('{"operation": "decommission", "phase": "drain"}', "decommission is under way on it (phase drain)"),
        ('{"operation": "repair"}', "repair is under way on it"),
        ("Anna looks at the fans", "something is under way on it (Anna looks at the fans)"),
    ],
)
def test_what_another_operation_began_is_not_ours(text: str | None, told: str) -> None:
    assert other(text, "mig-layout") == told


@pytest.mark.parametrize("playbook", ["upgrade_driver.yml", "mig_layout.yml"])
def test_a_roll_has_one_name_in_its_plan_and_in_its_change(playbook: str) -> None:
    plan, change = read(ANSIBLE / playbook)
    told = [play["tasks"][-1]["vars"].get("node_maintenance_operation") for play in (plan, change)]
    assert told == [playbook.removesuffix(".yml").replace("_", "-")] * 2


def booted(boot: str, **more: Any) -> Manifest:
    found = node("a", **more)
    found["status"]["nodeInfo"] = {"bootID": boot}
    return found


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (booted("1"), []),
        (booted(""), []),  # a simulated node has none
        (booted("0"), ["kubelet has not reported since the host was booted"]),
        (booted("1", ready=False), ["it is not Ready (no kubelet has reported)"]),
        (booted("1", gpus=7), ["it advertises 7 of 8 nvidia.com/gpu"]),
        (booted("1", gpus=0), ["it advertises 0 of 8 nvidia.com/gpu"]),
        (booted("1", allocatable={"nvidia.com/mig-1g.10gb": "7"}), ["it still advertises 7 nvidia.com/mig-1g.10gb"]),
        ({}, ["the API server does not show it"]),
    ],
)
def test_a_node_is_whole_when_it_reports_this_boot_and_all_gpus(seen: Manifest, told: list[str]) -> None:
    assert lacks(seen, {GPU: 8}, "1") == told


def test_without_expected_devices_any_number_is_right() -> None:
    assert lacks(booted("1", gpus=3), {}, "1") == []


def test_pods_are_found_by_any_of_some_labels() -> None:
    pods = [pod("a", "n", labels={"app": "plugin"}), pod("b", "n", labels={"k8s/name": "plugin"}), pod("c", "n")]
    found = labelled(pods, ["app=plugin", "k8s/name=plugin"])
    assert [each["name"] for each in found] == ["a", "b"]


def budget(name: str, allowed: int, selector: Manifest | None = None, namespace: str = "serving") -> Manifest:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": {"app": "chat"}} if selector is None else selector},
        "status": {"disruptionsAllowed": allowed, "currentHealthy": 2, "desiredHealthy": 2},
    }


KEPT = "serving/p is kept by the disruption budget serving/chat: 2 healthy, 2 needed"


@pytest.mark.parametrize(
    ("budgets", "told"),
    [
        ([budget("chat", 0)], KEPT),
        ([budget("chat", 0, {"matchExpressions": [{"key": "app", "operator": "In", "values": ["chat"]}]})], KEPT),
        ([budget("chat", 0, {})], KEPT),  # an empty selector chooses all pods of the namespace
        ([budget("chat", 1)], "serving/p is still there"),
        ([budget("chat", 0, {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]})], "is still there"),
        ([budget("chat", 0, namespace="other")], "serving/p is still there"),
        (
            [budget("one", 1), budget("two", 1)],
            "serving/p is in several disruption budgets, which Kubernetes refuses to evict: serving/one, serving/two",
        ),
    ],
)
def test_the_disruption_budget_in_the_way_is_named(budgets: list[Manifest], told: str) -> None:
    said = obstacles([pod("p", "a", app="chat")], budgets)
    assert len(said) == 1
    assert told in said[0]


def test_a_pod_that_is_ending_is_told_and_what_no_drain_takes_is_not() -> None:
    pods = [
        pod("slow", "a", metadata={"deletionTimestamp": "2026-11-21T00:00:00Z"}),
        pod("agent", "a", metadata={"ownerReferences": [{"kind": "DaemonSet", "name": "agent"}]}),
        pod("static", "a", metadata={"annotations": {"kubernetes.io/config.mirror": "x"}}),
        pod("done", "a", phase="Succeeded"),
    ]
    assert obstacles(pods, []) == ["serving/slow was told to go and is still ending"]
