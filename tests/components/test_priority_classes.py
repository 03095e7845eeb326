"""Priority classes. Does not prove what the scheduler does with them: the simulated cluster shows that."""

from __future__ import annotations

from components.priority_classes import PRIORITIES, PriorityClasses
from tests.components.recorder import Recording, record

TYPE = "kubernetes:scheduling.k8s.io/v1:PriorityClass"
KUBERNETES_OWN = 2_000_000_000
"""Values above belong to Kubernetes:
https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass"""


def build(*, preview: bool = False) -> Recording:
    def program() -> None:
        PriorityClasses("priorities")

    return record(program, preview=preview)


def test_children():
    expected = {
        ("llm-platform:priority_classes:PriorityClasses", "priorities"),
        *((TYPE, f"priorities-{name}") for name in ("platform", "inference", "training", "interruptible")),
    }
    assert build().children() == build(preview=True).children() == expected


def test_models_go_before_training_and_training_before_what_may_be_stopped():
    values = [PRIORITIES[name].value for name in ("platform", "inference", "training", "interruptible")]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)
    assert 0 < min(values) <= max(values) < KUBERNETES_OWN


def test_a_training_job_waits_and_ends_nobody():
    recording = build()
    assert recording.one("priorities-training").inputs["preemptionPolicy"] == "Never"
    assert recording.one("priorities-inference").inputs["preemptionPolicy"] == "PreemptLowerPriority"


def test_a_class_is_named_by_whoever_wants_it():
    for resource in build().of_type(TYPE):
        assert resource.inputs["globalDefault"] is False
        assert resource.inputs["metadata"] == {"name": resource.name.removeprefix("priorities-")}
        assert resource.inputs["value"] == PRIORITIES[resource.inputs["metadata"]["name"]].value
