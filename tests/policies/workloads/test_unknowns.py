"""What is not known before the update is neither a violation nor a cover for one."""

from __future__ import annotations

import pytest

from policies.quantities import quantity
from policies.reading import WrongType
from policies.workloads import (
    containers_have_requests_and_limits,
    gpu_requests_equal_limits,
    namespaces_have_network_policies,
    no_privileged_pods,
    pods_meet_the_restricted_standard,
    served_models_have_disruption_budgets,
)
from tests.policies.sample import UNKNOWN, Sample, properties, stack_of
from tests.policies.workloads.pod_changes import named

NETWORK = namespaces_have_network_policies.POLICY
BUDGETS = served_models_have_disruption_budgets.POLICY
PER_RESOURCE = {
    pods_meet_the_restricted_standard.POLICY: "securityContext",
    no_privileged_pods.POLICY: "securityContext",
    containers_have_requests_and_limits.POLICY: "resources",
    gpu_requests_equal_limits.POLICY: "resources",
}
BAD = {
    "name": "bad",
    "resources": {"requests": {"nvidia.com/gpu": 1}},
    "securityContext": {"privileged": True, "allowPrivilegeEscalation": True},
}


@pytest.mark.parametrize("policy", PER_RESOURCE, ids=lambda policy: policy.name)
def test_an_unknown_container_does_not_hide_a_bad_one(policy: object) -> None:
    rule = next(each for each in PER_RESOURCE if each is policy)
    containers = [UNKNOWN, {"name": "half", PER_RESOURCE[rule]: UNKNOWN}, BAD]
    document = {"metadata": {"namespace": "serving"}, "spec": {"containers": containers}}
    judgement = rule.judge(Sample("kubernetes:core/v1:Pod", "one", document).resource(), rule.configuration())

    assert judgement.violations
    assert all(each.path.startswith("spec.containers.2") for each in judgement.violations)
    assert judgement.undecided


def test_a_policy_of_an_unknown_namespace_belongs_to_the_one_it_refers_to() -> None:
    namespace, closed = named("namespace-serving"), named("networkpolicy-serving-closed")
    unknown = closed.changed(inputs={**closed.inputs, "metadata": {"name": "closed", "namespace": UNKNOWN}})
    other = named("namespace-monitoring")
    judgement = NETWORK.judge(stack_of([namespace, other, unknown]), NETWORK.configuration())

    assert [each.resource.name for each in judgement.violations if each.resource] == ["namespace-monitoring"]
    assert not judgement.undecided


def test_a_policy_whose_namespace_cannot_be_told_leaves_the_namespaces_undecided() -> None:
    closed = named("networkpolicy-serving-closed")
    unknown = closed.changed(inputs={**closed.inputs, "metadata": UNKNOWN}, refers={})
    judgement = NETWORK.judge(stack_of([named("namespace-serving"), unknown]), NETWORK.configuration())

    assert not judgement.violations
    assert judgement.undecided


def test_a_budget_with_unknown_labels_leaves_the_model_undecided() -> None:
    budget = named("poddisruptionbudget-llama-8b")
    unknown = budget.changed(inputs={**budget.inputs, "spec": {"selector": UNKNOWN}})
    judgement = BUDGETS.judge(stack_of([named("deployment-llama-8b"), unknown]), BUDGETS.configuration())

    assert not judgement.violations
    assert judgement.undecided


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500m", "0.5"),
        ("2", "2"),
        (2.0, "2"),
        (1, "1"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("1Ki", "1024"),
        ("1k", "1000"),
        ("2Mi", "2097152"),
        ("1e3", "1000"),
        ("1E3", "1000"),
        ("1E", "1000000000000000000"),
        ("-1", "-1"),
        ("100n", "1E-7"),
    ],
)
def test_quantities_are_read_as_kubernetes_reads_them(text: object, amount: str) -> None:
    found = quantity(properties({"nvidia.com/gpu": text}), "nvidia.com/gpu")

    assert found is not None
    assert found == type(found)(amount)


@pytest.mark.parametrize("wrong", ["much", "", "1 Gi", "1Zi", True, ["1"], {"a": 1}])
def test_what_is_no_quantity_is_of_a_wrong_type(wrong: object) -> None:
    with pytest.raises(WrongType, match="not a quantity"):
        quantity(properties({"memory": wrong}), "memory")
