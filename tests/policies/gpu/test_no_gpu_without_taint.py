"""No group of machines with accelerators is without a taint that keeps pods off: every small case, against an oracle.

What has accelerators is written down case by case here, and is not asked of the pack's facts.

Does not prove it for instance types that AWS will name unlike today's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

from policies.gpu.gpu_groups_are_tainted import POLICY
from policies.resources import Resource
from tests.policies.sample import properties

ABSENT = object()
Document = Mapping[str, Any]

KEYS = ("nvidia.com/gpu", "aws.amazon.com/neuron", "llm-platform/pool")
TYPES: Mapping[str, tuple[Any, bool]] = {
    "a GPU type": (["g6.xlarge"], True),
    "a GPU type among others": (["m7i.large", "p5.48xlarge"], True),
    "a Neuron type": (["inf2.xlarge"], True),
    "a GPU type that is not known": (["p99.48xlarge"], True),
    "a CPU type": (["m7i.large"], False),
    "a CPU type that is not known": (["c6a.large", "m99g.large"], False),
    "no type": (ABSENT, False),
}
LABELS: Mapping[str, tuple[Any, bool]] = {
    "no label": (ABSENT, False),
    "a GPU label": ({"nvidia.com/gpu.present": "true"}, True),
    "a GPU's model": ({"llm-platform/pool": "any", "nvidia.com/gpu.product": "H100"}, True),
    "a GPU label that says no": ({"nvidia.com/gpu.present": "false"}, False),
}
IMAGES: Mapping[str, tuple[Any, bool]] = {
    "no image": (ABSENT, False),
    "an image with GPU drivers": ("BOTTLEROCKET_x86_64_NVIDIA", True),
    "an image without": ("AL2023_ARM_64_STANDARD", False),
}


def _in(key: str, operator: str, *values: str) -> Document:
    return {
        "key": f"{'node.kubernetes.io' if key == 'instance-type' else 'karpenter.k8s.aws'}/{key}",
        "operator": operator,
        "values": [*values],
    }


REQUIREMENTS: Mapping[str, tuple[Sequence[Document], bool]] = {
    "nothing": ([], True),
    "a GPU type": ([_in("instance-type", "In", "m7i.large", "g6.xlarge")], True),
    "CPU types": ([_in("instance-type", "In", "m7i.large", "c99.large")], False),
    "a GPU type that is not known": ([_in("instance-type", "In", "g99.xlarge")], True),
    "all but a GPU type": ([_in("instance-type", "NotIn", "g6.xlarge")], True),
    "a GPU family": ([_in("instance-family", "In", "g6", "m7i")], True),
    "a GPU family that is not known": ([_in("instance-family", "In", "p99")], True),
    "CPU families": ([_in("instance-family", "In", "m7i", "c6a")], False),
    "CPU categories": ([_in("instance-category", "In", "c", "m", "r")], False),
    "no GPU categories": ([_in("instance-category", "NotIn", "g", "gr", "p", "inf", "trn")], False),
    "a category that is not known": ([_in("instance-category", "In", "dl")], True),
    "no GPUs, but other accelerators": ([_in("instance-gpu-count", "DoesNotExist")], True),
    "no accelerators": (
        [_in("instance-gpu-count", "DoesNotExist"), _in("instance-accelerator-count", "DoesNotExist")],
        False,
    ),
    "GPUs": ([_in("instance-gpu-count", "Gt", "0")], True),
    "more GPUs than there are": (
        [_in("instance-gpu-count", "Gt", "64"), _in("instance-category", "In", "g", "p")],
        False,
    ),
    "old CPU generations": ([_in("instance-generation", "Lt", "8"), _in("instance-category", "In", "m")], False),
    "a GPU family, and CPU types": (
        [_in("instance-family", "In", "g6"), _in("instance-type", "In", "m7i.large")],
        False,
    ),
}


def taint_lists(effects: Sequence[str]) -> list[Any]:
    """Return no list, none at all, the empty list, and lists of one or two taints, some without effect."""
    one = [
        {"key": key, "value": "any", **({"effect": effect} if effect else {})} for key, effect in product(KEYS, effects)
    ]
    return [ABSENT, None, [], *([each] for each in one), *(list(pair) for pair in combinations(one, 2))]


def is_guarded(taints: Any) -> bool:
    """Say whether an accelerator's taint keeps pods off."""
    if taints is ABSENT or not taints:
        return False
    guarding = {"NO_SCHEDULE", "NO_EXECUTE", "NoSchedule", "NoExecute"}
    return any(taint["key"] in KEYS[:2] and taint.get("effect") in guarding for taint in taints)


def given(**values: Any) -> dict[str, Any]:
    """Return the values that are not absent."""
    return {key: value for key, value in values.items() if value is not ABSENT}


def is_reported(type_: str, values: Document) -> bool:
    """Say whether the policy reports a resource."""
    resource = Resource(type_, "machines", f"urn:pulumi:prod::llm-platform::{type_}::machines", properties(values))
    judgement = POLICY.judge(resource, POLICY.configuration())
    assert not judgement.undecided
    return bool(judgement.violations)


def test_node_groups_with_accelerators_are_tainted_or_reported() -> None:
    taints = taint_lists(["", "NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"])
    found = reported = 0
    for (types, by_type), (labels, by_label), (image, by_image), listed in product(
        TYPES.values(), LABELS.values(), IMAGES.values(), taints
    ):
        values = given(instanceTypes=types, labels=labels, amiType=image, taints=listed)
        expected = (by_type or by_label or by_image) and not is_guarded(listed)

        assert is_reported("aws:eks/nodeGroup:NodeGroup", values) == expected, values
        found += 1
        reported += expected
    # All but 3 types x 2 labels x 2 images have accelerators; 39 of 81 lists guard nothing.
    assert (found, reported) == (7 * 4 * 3 * 81, (84 - 12) * 39)


def test_node_pools_that_may_start_accelerators_are_tainted_or_reported() -> None:
    taints = taint_lists(["", "NoSchedule", "NoExecute", "PreferNoSchedule"])
    startup = (ABSENT, [{"key": "nvidia.com/gpu", "value": "any", "effect": "NoSchedule"}])
    found = reported = 0
    for (wanted, by_type), (labels, by_label), listed, starting in product(
        REQUIREMENTS.values(), LABELS.values(), taints, startup
    ):
        spec = given(requirements=wanted, taints=listed, startupTaints=starting)
        values = {"spec": {"template": {"metadata": given(labels=labels), "spec": spec}}}
        expected = (by_type or by_label) and not is_guarded(listed)

        assert is_reported("kubernetes:karpenter.sh/v1:NodePool", values) == expected, values
        found += 1
        reported += expected
    # All but 8 requirements x 2 labels leave accelerators open; 39 of 81 lists guard nothing, startup taints or not.
    assert (found, reported) == (17 * 4 * 81 * 2, (68 - 16) * 39 * 2)
