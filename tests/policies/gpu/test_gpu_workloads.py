"""What mutants don't say of the policies on pods beside GPUs: other shapes, what passes, what is not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from policies.gpu.blanket_tolerations_are_for_node_agents import POLICY as BLANKET
from policies.gpu.no_stateful_workload_on_spot import POLICY as STATEFUL
from policies.gpu.no_vector_database_on_spot import POLICY as VECTORS
from policies.gpu.training_and_inference_taints_differ import POLICY as APART
from policies.policy import Judgement, ResourcePolicy
from policies.resources import Stack
from tests.policies.sample import UNKNOWN, Sample, stack_of
from tests.policies.samples.gpu import NO_SPOT, SAMPLES

ON_SPOT = [{"key": "llm-platform/interruptible", "operator": "Exists"}]
CLAIM = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
EVERYTHING = [{"operator": "Exists"}]


def workload(
    kind: str, spec: Mapping[str, Any], pod_labels: Mapping[str, str] | None = None, **metadata: Any
) -> Sample:
    group = {"Job": "batch/v1", "CronJob": "batch/v1", "Pod": "core/v1"}.get(kind, "apps/v1")
    pod = {"containers": [{"name": "main"}], **spec}
    template = {"metadata": {"labels": {**(pod_labels or {})}}, "spec": pod}
    inputs = {"spec": pod} if kind == "Pod" else {"spec": {"template": template}}
    return Sample(f"kubernetes:{group}:{kind}", "workload", {"metadata": metadata, **inputs})


def release(chart: str, values: Any, namespace: str = "training") -> Sample:
    return Sample(
        "kubernetes:helm.sh/v3:Release", "release", {"chart": chart, "namespace": namespace, "values": values}
    )


def judged(policy: ResourcePolicy, sample: Sample, **configuration: Any) -> Judgement:
    return policy.judge(sample.resource(), policy.configuration(configuration))


def faults(policy: ResourcePolicy, sample: Sample, **configuration: Any) -> list[str]:
    return [violation.fault for violation in judged(policy, sample, **configuration).violations]


def test_stateful_set_and_claims_keep_off_spot() -> None:
    assert faults(STATEFUL, workload("StatefulSet", {"tolerations": ON_SPOT})) == [
        "keeps data (a StatefulSet) and tolerates llm-platform/interruptible=true:NoSchedule with "
        "{key: llm-platform/interruptible, operator: Exists}"
    ]
    assert faults(STATEFUL, workload("Deployment", {"tolerations": ON_SPOT, "volumes": [{}, CLAIM]}))
    assert faults(STATEFUL, workload("Pod", {"nodeSelector": {"llm-platform/pool": "spot"}, "volumes": [CLAIM]}))


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("StatefulSet", {}),
        ("StatefulSet", {"tolerations": ON_SPOT, "affinity": NO_SPOT}),
        ("StatefulSet", {"tolerations": [{"key": "llm-platform/interruptible", "value": "false"}]}),
        ("Deployment", {"tolerations": ON_SPOT}),
        ("Deployment", {"tolerations": ON_SPOT, "volumes": [{"name": "scratch", "emptyDir": {}}]}),
        ("Deployment", {"tolerations": ON_SPOT, "volumes": [{"persistentVolumeClaim": {"readOnly": True}}]}),
        ("DaemonSet", {"tolerations": ON_SPOT, "volumes": [CLAIM]}),
    ],
)
def test_what_keeps_no_data_or_keeps_off_may_run(kind: str, spec: Mapping[str, Any]) -> None:
    assert judged(STATEFUL, workload(kind, spec)) == Judgement()


def test_values_that_turn_a_store_off_may_run_on_spot() -> None:
    assert faults(STATEFUL, release("loki", {"tolerations": ON_SPOT, "persistence": {"enabled": False}})) == []
    assert faults(STATEFUL, release("loki", {"tolerations": ON_SPOT, "a": {"persistence": {"enabled": True}}}))
    assert (
        faults(STATEFUL, release("loki", {"worker": {"tolerations": ON_SPOT}, "persistence": {"enabled": True}})) == []
    )


def test_model_on_demand_may_keep_its_weights_on_a_volume() -> None:
    assert faults(STATEFUL, release("../charts/model-server", {"pool": "inference", "cache": {"kind": "pvc"}})) == []
    assert faults(STATEFUL, release("another", {"pool": "spot", "cache": {"kind": "pvc"}})) == []
    assert faults(STATEFUL, release("../charts/model-server", {"pool": "spot", "cache": {"kind": "pvc"}}))


def test_unknown_store_is_undecided_and_unknown_neighbours_are_not() -> None:
    values = {"tolerations": ON_SPOT, "persistence": {"enabled": UNKNOWN}}

    assert judged(STATEFUL, release("loki", values)).undecided
    assert judged(STATEFUL, release("loki", {"tolerations": ON_SPOT, "role": UNKNOWN, "on": [UNKNOWN]})) == Judgement()
    assert judged(STATEFUL, release("loki", UNKNOWN)).undecided == ("values",)


def test_vector_database_is_known_by_its_label() -> None:
    labels = {"app.kubernetes.io/name": "qdrant"}

    assert faults(VECTORS, workload("StatefulSet", {}, name="store", labels=labels)) == [
        "is a vector database and does not keep off spot nodes"
    ]
    assert faults(VECTORS, workload("StatefulSet", {"affinity": NO_SPOT}, name="store", labels=labels)) == []
    assert faults(VECTORS, workload("StatefulSet", {}, name="store")) == []
    assert faults(STATEFUL, workload("StatefulSet", {"tolerations": ON_SPOT}, name="store", labels=labels)) == []


@pytest.mark.parametrize("kind", ["Job", "CronJob", "DaemonSet"])
def test_passing_pods_of_a_vector_database_may_run_anywhere(kind: str) -> None:
    assert faults(VECTORS, workload(kind, {"tolerations": ON_SPOT}, name="milvus")) == []


def test_vector_databases_are_configured_by_name() -> None:
    assert faults(VECTORS, release("vespa", {})) == []
    assert faults(VECTORS, release("vespa", {}), names=["vespa"])
    assert (
        faults(
            VECTORS, release("vespa", {"nodeSelector": {"spot": "no"}}), names=["vespa"], spot_labels={"spot": "yes"}
        )
        == []
    )


def test_daemon_sets_may_tolerate_everything() -> None:
    assert faults(BLANKET, workload("DaemonSet", {"tolerations": EVERYTHING})) == []
    assert faults(BLANKET, workload("Deployment", {"tolerations": EVERYTHING})) == [
        "tolerates every taint with {operator: Exists}"
    ]


def test_unknown_toleration_does_not_hide_another() -> None:
    judgement = judged(BLANKET, workload("Deployment", {"tolerations": [{"key": UNKNOWN}, *EVERYTHING]}))

    assert len(judgement.violations) == 1
    assert judgement.undecided == ("spec.template.spec.tolerations.0.key",)


@pytest.mark.parametrize("text", ["", "null", "a text", "{", "- 1", '{"node": {"tolerateAllTaints": true}}'])
def test_configuration_of_add_ons_is_read_as_it_comes(text: str) -> None:
    addon = Sample("aws:eks/addon:Addon", "addon", {"addonName": "coredns", "configurationValues": text})

    assert judged(BLANKET, addon) == Judgement()


def crossing(*samples: Sample) -> list[str]:
    groups = [sample for sample in SAMPLES if sample.name in ("group-training", "group-inference")]
    stack: Stack = stack_of([*groups, *samples])
    return [v.fault for v in APART.judge(stack, APART.configuration()).violations]


def test_daemon_sets_belong_on_every_node() -> None:
    labels = {"llm-platform/workload": "training"}

    assert crossing(workload("DaemonSet", {"tolerations": EVERYTHING}, labels)) == []
    assert crossing(workload("Job", {"tolerations": EVERYTHING}, labels)) == [
        "its training pods tolerate every taint of group-inference, of inference"
    ]


def test_label_of_pods_counts_more_than_that_of_the_namespace_and_its_name() -> None:
    platform = workload("Job", {"tolerations": EVERYTHING}, {"llm-platform/workload": "platform"}, namespace="training")
    unsaid = workload("Job", {"tolerations": EVERYTHING}, namespace="training")

    assert crossing(platform) == []
    assert crossing(unsaid)
    labels = {"llm-platform/workload": "platform"}
    namespace = Sample("kubernetes:core/v1:Namespace", "n", {"metadata": {"name": "training", "labels": labels}})
    assert crossing(unsaid, namespace) == []


def test_namespace_that_is_not_known_yet_is_found_by_reference() -> None:
    labels = {"llm-platform/workload": "inference"}
    namespace = Sample("kubernetes:core/v1:Namespace", "n", {"metadata": {"name": UNKNOWN, "labels": labels}})
    values = {"tolerations": [{"key": "nvidia.com/gpu", "value": "training"}]}
    pods = release("any", values, UNKNOWN).changed(refers={"namespace": ["n"]})

    assert crossing(namespace, pods) == ["its inference pods tolerate every taint of group-training, of training"]


def test_unknown_taint_leaves_its_group_undecided_and_the_others_judged() -> None:
    group = next(sample for sample in SAMPLES if sample.name == "group-training")
    unknown = group.changed(name="group-unknown", inputs={**group.inputs, "taints": [{"key": UNKNOWN}]})
    pods = workload("Job", {"tolerations": EVERYTHING}, {"llm-platform/workload": "training"})
    others = [sample for sample in SAMPLES if sample.name == "group-inference"]

    judgement = APART.judge(stack_of([unknown, *others, pods]), APART.configuration())

    assert len(judgement.violations) == 1
    assert judgement.undecided == ("taints.0.key",)
