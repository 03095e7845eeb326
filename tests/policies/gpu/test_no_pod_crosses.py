"""No training pod can tolerate an inference pool's taints, nor the reverse: each small case, by the scheduler's rule.

The oracle is written from Kubernetes' documentation, on the raw documents, and shares nothing with the policy.
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/

Does not prove what happens with more than two taints on a node or two tolerations on a pod.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import pytest

from policies.gpu.training_and_inference_taints_differ import POLICY
from policies.resources import Resource, Stack
from policies.taints import Taint, Toleration, tolerates
from tests.policies.sample import properties

GPU, OTHER = "nvidia.com/gpu", "example.com/reserved"
EFFECTS = ("NoSchedule", "NoExecute", "PreferNoSchedule")
EKS = {"NoSchedule": "NO_SCHEDULE", "NoExecute": "NO_EXECUTE", "PreferNoSchedule": "PREFER_NO_SCHEDULE"}
Document = Mapping[str, Any]

TAINTS: Sequence[Document] = [
    {"key": GPU, "value": "theirs", "effect": "NoSchedule"},
    {"key": GPU, "value": "theirs", "effect": "NoExecute"},
    {"key": GPU, "value": "theirs", "effect": "PreferNoSchedule"},
    {"key": GPU, "effect": "NoSchedule"},
    {"key": OTHER, "value": "theirs", "effect": "NoSchedule"},
    {"key": "llm-platform/interruptible", "value": "true", "effect": "NoSchedule"},
]


def documents(choices: Mapping[str, Sequence[str | None]]) -> list[Document]:
    """Return every document with one choice for each key, None leaving it out."""
    rows = product(*choices.values())
    return [{key: value for key, value in zip(choices, row, strict=True) if value is not None} for row in rows]


TOLERATIONS = documents(
    {
        "key": (None, "", GPU, OTHER),
        "operator": (None, "Equal", "Exists"),
        "value": (None, "theirs", "ours"),
        "effect": (None, *EFFECTS),
    }
)
PAIRED = documents(
    {"key": (GPU, OTHER, "llm-platform/interruptible"), "operator": (None, "Exists"), "value": ("theirs", "true")}
)


def taint_lists() -> list[Sequence[Document]]:
    """Return all lists of at most two taints."""
    return [list(taints) for length in range(3) for taints in combinations(TAINTS, length)]


def toleration_lists() -> list[Sequence[Document]]:
    """Return no toleration, each alone, and pairs of some."""
    return [[], *([one] for one in TOLERATIONS), *(list(pair) for pair in combinations(PAIRED, 2))]


def matches(toleration: Document, taint: Document) -> bool:
    """Say what the documentation says of a toleration and a taint."""
    operator = toleration.get("operator") or "Equal"
    key, effect = toleration.get("key") or "", toleration.get("effect") or ""
    same_effect = effect in ("", taint["effect"])
    if key == "":
        return operator == "Exists" and same_effect
    same_value = (toleration.get("value") or "") == (taint.get("value") or "")
    return key == taint["key"] and same_effect and (operator == "Exists" or same_value)


def lands(tolerations: Sequence[Document], taints: Sequence[Document]) -> bool:
    """Say whether the scheduler lets a pod on a node."""
    remaining = [taint for taint in taints if not any(matches(each, taint) for each in tolerations)]
    return not any(taint["effect"] in ("NoSchedule", "NoExecute") for taint in remaining)


def hard(taints: Sequence[Document]) -> list[Document]:
    """Return the taints that keep pods off."""
    return [taint for taint in taints if taint["effect"] != "PreferNoSchedule"]


def made(type_: str, name: str, values: Document) -> Resource:
    """Return a resource of a stack."""
    return Resource(type_, name, f"urn:pulumi:prod::llm-platform::{type_}::{name}", properties(values))


def node_group(name: str, pool: str, taints: Sequence[Document]) -> Resource:
    """Return an EKS node group."""
    spelled = [{**taint, "effect": EKS[taint["effect"]]} for taint in taints]
    labels = {"llm-platform/pool": pool}
    return made("aws:eks/nodeGroup:NodeGroup", name, {"labels": labels, "taints": spelled})


def node_pool(name: str, pool: str, taints: Sequence[Document]) -> Resource:
    """Return a Karpenter NodePool, whose startup taints keep nobody off for long."""
    template = {
        "metadata": {"labels": {"llm-platform/pool": pool}},
        "spec": {"taints": taints, "startupTaints": [{"key": "starting", "effect": "NoSchedule"}], "requirements": []},
    }
    return made("kubernetes:karpenter.sh/v1:NodePool", name, {"spec": {"template": template}})


def job(name: str, side: str, tolerations: Sequence[Document]) -> Resource:
    """Return a Job whose pods say what they are there for."""
    pod = {"containers": [{"name": "main"}], "tolerations": tolerations}
    template = {"metadata": {"labels": {"llm-platform/workload": side}}, "spec": pod}
    return made("kubernetes:batch/v1:Job", name, {"spec": {"template": template}})


def release(name: str, side: str, tolerations: Sequence[Document]) -> Resource:
    """Return a Helm release in a side's namespace, with tolerations deep in its values."""
    values = {"components": [{"worker": {"tolerations": tolerations}}]}
    return made("kubernetes:helm.sh/v3:Release", name, {"namespace": side, "chart": "any", "values": values})


def reported(*resources: Resource) -> set[str]:
    """Return the names of what the policy reports."""
    judgement = POLICY.judge(Stack(resources), POLICY.configuration())
    assert not judgement.undecided
    return {violation.resource.name for violation in judgement.violations if violation.resource}


def cases() -> Iterator[tuple[Sequence[Document], Sequence[Document]]]:
    """Give every list of taints with every list of tolerations."""
    yield from product(taint_lists(), toleration_lists())


def test_toleration_matches_taint_as_documented() -> None:
    found = 0
    for given, taint in product(TOLERATIONS, TAINTS):
        fields = (given.get(name, "") for name in ("key", "operator", "value", "effect"))
        one = Taint(taint["key"], taint.get("value", ""), taint["effect"])

        assert tolerates(Toleration(*fields), one) == matches(given, taint), (given, taint)
        found += 1
    assert found == 144 * 6


@pytest.mark.parametrize(
    ("machines", "pods", "side", "other"),
    [(node_group, job, "training", "inference"), (node_pool, release, "inference", "training")],
)
def test_pods_that_pass_the_other_sides_taints_are_reported(machines: Any, pods: Any, side: str, other: str) -> None:
    groups = {repr(taints): machines("machines", other, taints) for taints in taint_lists()}
    workloads = {repr(given): pods("pods", side, given) for given in toleration_lists()}
    landing = 0
    found = 0
    for taints, tolerations in cases():
        group, workload = groups[repr(taints)], workloads[repr(tolerations)]
        expected = {"pods"} if hard(taints) and lands(tolerations, taints) else set[str]()
        if not [taint for taint in hard(taints) if taint["key"] != "llm-platform/interruptible"]:
            expected.add("machines")

        said = reported(group, workload)
        assert said == expected, (taints, tolerations)
        # What this is all about: what nobody reports, the scheduler keeps apart.
        assert said or not lands(tolerations, taints)
        landing += lands(tolerations, taints)
        found += 1
    assert (found, landing) == (4642, 1143)


def test_pods_of_one_sides_own_taints_cannot_land_on_the_other_unless_reported() -> None:
    found = 0
    for ours, theirs in product(taint_lists(), repeat=2):
        said = reported(node_group("training", "training", ours), node_pool("inference", "inference", theirs))

        # The loosest tolerations that a side needs for its own nodes: by key and value, with any effect.
        pods_of_ours = [{key: value for key, value in taint.items() if key != "effect"} for taint in hard(ours)]
        pods_of_theirs = [{key: value for key, value in taint.items() if key != "effect"} for taint in hard(theirs)]
        crossing = lands(pods_of_ours, theirs) or lands(pods_of_theirs, ours)
        assert said or not crossing, (ours, theirs)
        found += 1
    assert found == 22 * 22
