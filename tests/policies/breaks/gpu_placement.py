"""What breaks the policies on where pods go beside GPUs and spot capacity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With
from tests.policies.sample import Sample
from tests.policies.samples.gpu import SAMPLES, gpu, release
from tests.policies.whole_pack import compliant

INTERRUPTIBLE_TAINT = {"key": "llm-platform/interruptible", "value": "true", "effect": "NO_SCHEDULE"}

GPU = "nvidia.com/gpu"
STORE = "statefulset-session-store"


def _named(name: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.name == name)


def _in_group(name: str, more: Mapping[str, Any]) -> Sample:
    """Return a further node group like one of the samples."""
    like = _named(name)
    return like.changed(name=f"{name}-2", inputs={**like.inputs, **more})


def _toleration(pool: str, **more: Any) -> dict[str, Any]:
    return {"effect": "NoSchedule", "operator": "Equal", **gpu(pool), **more}


def _blanket(**more: Any) -> dict[str, Any]:
    return {"operator": "Exists", **more}


SPOT_TOLERATIONS = [
    [{"key": "llm-platform/interruptible", "operator": "Exists"}],
    [{"key": "llm-platform/interruptible", "operator": "Exists", "effect": "NoSchedule"}],
    [{"key": "llm-platform/interruptible", "value": "true", "effect": "NoSchedule"}],
    [{"key": "nothing"}, {"key": "llm-platform/interruptible", "operator": "Equal", "value": "true"}],
]

SPOT_SELECTORS = [
    {"llm-platform/capacity": "spot"},
    {"llm-platform/pool": "spot"},
    {"llm-platform/interruptible": "true"},
    {"karpenter.sh/capacity-type": "spot"},
    {"eks.amazonaws.com/capacityType": "SPOT"},
]


def _affinity(**expression: Any) -> dict[str, Any]:
    terms = [{"matchExpressions": [{"key": "llm-platform/capacity", **expression}]}]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


PREFERRED = {
    "nodeAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 1, "preference": {"matchExpressions": [{"key": "llm-platform/capacity", "operator": "NotIn"}]}}
        ]
    }
}

TWO_TERMS = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {"matchExpressions": [{"key": "llm-platform/capacity", "operator": "NotIn", "values": ["spot"]}]},
                {"matchExpressions": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}]},
            ]
        }
    }
}

STORES = (
    "persistentVolumeClaims",
    "volumeClaimTemplates",
    "volumeClaimTemplate",
    "persistentVolumeClaim",
    "persistentVolume",
    "dataPersistence",
)


def _store(key: str) -> dict[str, Any]:
    content: Any = [{"metadata": {"name": "data"}}] if key.endswith("s") else {"size": "1Gi"}
    return {"inner": {key: content}, "nodeSelector": SPOT_SELECTORS[0]}


def _placed(sample: Sample, name: str = "", **placement: Any) -> Sample:
    """Return a stateful set without its affinity, placed otherwise, and under a name."""
    changed = sample.changed()
    pod = changed.inputs["spec"]["template"]["spec"]
    pod.pop("affinity", None)
    pod |= placement
    if name:
        changed.inputs["metadata"].setdefault("labels", {})["app.kubernetes.io/name"] = name
    return changed


def _named_so(sample: Sample, name: str) -> Sample:
    changed = sample.changed()
    changed.inputs["metadata"].setdefault("labels", {})["app.kubernetes.io/name"] = name
    return changed


def _claiming_on_spot(sample: Sample, *, read_only: bool = False, scratch: bool = False) -> Sample:
    changed = sample.changed()
    pod = changed.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    source = {"emptyDir": {}} if scratch else {"persistentVolumeClaim": {"claimName": "data", "readOnly": read_only}}
    claim = {"name": "data", **source}
    pod |= {"tolerations": SPOT_TOLERATIONS[0], "volumes": [*pod.get("volumes", []), claim]}
    return changed


def _selecting_spot(sample: Sample) -> Sample:
    return sample.changed(
        inputs={
            **sample.inputs,
            "values": {
                "persistence": {"size": "1Gi"},
                "affinity": _affinity(operator="In", values=["on-demand", "spot"]),
            },
        }
    )


def _on_every_node() -> With:
    """Return a DaemonSet that bears the name of a vector database, holds a claim and runs on every node."""
    like = next(sample for sample in compliant() if sample.name == "deployment-llama-8b").changed()
    pod = like.inputs["spec"]["template"]["spec"]
    for narrowing in ("nodeSelector", "affinity"):
        pod.pop(narrowing, None)
    pod["tolerations"] = [{"key": GPU, "operator": "Exists"}, *SPOT_TOLERATIONS[0]]
    pod["volumes"] = [*pod.get("volumes", []), {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    inputs = {**like.inputs, "kind": "DaemonSet", "metadata": {**like.inputs["metadata"], "name": "qdrant"}}
    return With(like.changed(type="kubernetes:apps/v1:DaemonSet", name="daemonset-qdrant", inputs=inputs))


def _store_on_every_node() -> With:
    """Return one that no policy but the one on volumes is about."""
    made = _on_every_node().sample
    inputs = {**made.inputs, "metadata": {**made.inputs["metadata"], "name": "agent"}}
    return With(made.changed(name="daemonset-agent", inputs=inputs))


BREAKS: Mapping[str, Sequence[Mutation]] = {
    "training-and-inference-taints-differ": [
        Break("deployment-llama-8b", "spec.template.spec.tolerations", [[_toleration("training")]]),
        Break("deployment-llama-8b", "spec.template.metadata.labels.[llm-platform/workload]", ["training"]),
        Break(STORE, "spec.template.spec.tolerations", [[_toleration("training", effect="")]]),
        Break("cronjob-*", "spec.jobTemplate.spec.template.spec.tolerations", [[{"key": GPU, "operator": "Exists"}]]),
        Break("raycluster-batch", "spec.workerGroupSpecs.0.template.spec.tolerations", [[_toleration("training")]]),
        With(_in_group("group-system", {"labels": {"llm-platform/pool": "inference"}})),
        With(_in_group("group-system", {"labels": {"llm-platform/pool": "training"}, "taints": [INTERRUPTIBLE_TAINT]})),
        Break("group-training", "taints.0.value", ["inference", "spot"]),
        Break("group-training", "taints.0", [{**gpu("inference"), "effect": "NO_EXECUTE"}]),
        Break("group-training", "taints.1", [{**gpu("inference"), "effect": "NO_SCHEDULE"}]),
        Break("group-inference", "taints.0.value", ["training"]),
        Break("nodes-inference", "spec.template.spec.taints.0.value", ["training"]),
        Break("group-spot", "taints.0.value", ["training"]),
        Break("group-spot", "labels.[llm-platform/pool]", ["training"]),
        Break("nodes-inference", "spec.template.metadata.labels.[llm-platform/pool]", ["training"]),
        Break(
            "release-experiments",
            "values.tolerations",
            [
                [{"key": "nvidia.com/gpu", "operator": "Exists"}],
                [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
                [_toleration("training"), _toleration("inference")],
                [{"key": "nvidia.com/gpu", "value": "inference"}],
                [_toleration("inference", effect="")],
            ],
        ),
        Break("release-experiments", "values.tolerations.0.value", ["inference"]),
        Break("release-experiments", "values.worker", [{"tolerations": [_toleration("inference")]}]),
        Break("release-experiments", "values.workers", [[{"tolerations": [_toleration("inference")]}]]),
        Break("release-model-on-spot", "values.pool", ["training"]),
        Break("release-model-on-spot", "values.batch", [{"pool": "training"}]),
        Break("release-model-on-spot", "values.tolerations", [[_toleration("training")]]),
        Break("release-model-on-spot", "namespace", ["training"]),
    ],
    "blanket-tolerations-are-for-node-agents": [
        Break(
            "release-weaviate",
            "values.tolerations",
            [
                [_blanket()],
                [_blanket(effect="NoSchedule")],
                [_blanket(effect="NoExecute")],
                [_toleration("x"), _blanket()],
            ],
        ),
        With(release("gateway", "envoy-gateway-system", "cert-manager", {"webhook": {"tolerations": [_blanket()]}})),
        With(
            Sample(
                "aws:eks/addon:Addon",
                "addon-of-names",
                {
                    "addonName": "coredns",
                    "clusterName": "llm-platform-prod",
                    "configurationValues": '{"tolerations": [{"operator": "Exists"}]}',
                },
            )
        ),
        With(
            Sample(
                "aws:eks/addon:Addon",
                "addon-of-metrics",
                {
                    "addonName": "metrics-server",
                    "clusterName": "llm-platform-prod",
                    "configurationValues": "tolerations:\n  - operator: Exists\n",
                },
            )
        ),
        Break("release-agents", "chart", ["loki"], also=["charts-come-from-the-lock"]),  # the collector's version
    ],
    "no-stateful-workload-on-spot": [
        *(Instead(STORE, partial(_placed, tolerations=each), f"with {each}") for each in SPOT_TOLERATIONS),
        *(Instead(STORE, partial(_placed, nodeSelector=each), f"with {each}") for each in SPOT_SELECTORS),
        Instead("cronjob-nightly-evaluation", _claiming_on_spot, "with a claim, on spot nodes"),
        Break("release-experiments", "values.tolerations", SPOT_TOLERATIONS),
        Break("release-experiments", "values.nodeSelector", SPOT_SELECTORS),
        Break(
            "release-experiments",
            "values.grafana",
            [{"persistence": {"enabled": True}, "nodeSelector": SPOT_SELECTORS[0]}],
        ),
        Break("release-experiments", "values.stores", [_store(key) for key in STORES]),
        Instead("release-experiments", _selecting_spot, "with an affinity to spot nodes"),
        Break("release-model-on-spot", "values.cache", [{"kind": "pvc"}]),
    ],
    "no-vector-database-on-spot": [
        Instead(STORE, lambda store: _placed(store, name="qdrant"), "of qdrant, without affinity"),
        Break("release-qdrant", "values.affinity", [ABSENT, PREFERRED]),
        Break(
            "release-weaviate",
            "values.affinity",
            [
                ABSENT,
                None,
                {},
                PREFERRED,
                TWO_TERMS,
                _affinity(operator="In", values=["spot"]),
                _affinity(operator="Exists"),
            ],
        ),
        Break("release-weaviate", "values.affinity", [_affinity(operator="NotIn", values=["reserved"])]),
        Break("release-weaviate", "values.etcd", [{"affinity": PREFERRED}]),
        Break("release-weaviate", "values.etcd", [{"tolerations": each} for each in SPOT_TOLERATIONS]),
        Break("release-weaviate", "values.etcd", [{"nodeSelector": each} for each in SPOT_SELECTORS]),
        Break("release-weaviate", "values", [{"replicas": 3}]),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "training-and-inference-taints-differ": [
        _on_every_node(),
        Break("release-experiments", "values.pool", ["inference"]),
        Break("release-model-on-spot", "namespace", ["elsewhere"]),
        Instead(
            "release-experiments",
            lambda each: each.changed(
                inputs={**each.inputs, "namespace": "elsewhere", "values": {"tolerations": [_toleration("inference")]}}
            ),
            "of neither side",
        ),
        Break("release-model-on-spot", "values.pool", ["inference"]),
        Break(
            "group-training",
            "taints.1",
            [{"key": "llm-platform/interruptible", "value": "true", "effect": "NO_SCHEDULE"}],
        ),
        Break("group-inference", "taints.1", [{**gpu("training"), "effect": "PREFER_NO_SCHEDULE"}]),
        Break("release-agents", "values.tolerations", [[{"key": "nvidia.com/gpu", "operator": "Exists"}]]),
    ],
    "blanket-tolerations-are-for-node-agents": [
        Break("release-weaviate", "values.tolerations", [[_blanket(effect="PreferNoSchedule")], [_toleration("x")]]),
    ],
    "no-stateful-workload-on-spot": [
        _store_on_every_node(),
        Break("cronjob-*", "spec.jobTemplate.spec.template.spec.tolerations", SPOT_TOLERATIONS),
        Break(STORE, "spec.template.spec.tolerations", SPOT_TOLERATIONS),  # its affinity keeps it off
        Break("release-model-on-spot", "values.cache", [{"kind": "mountpoint"}]),
        Break("release-model-llama-70b", "values.cache", [{"kind": "pvc"}]),
        Break("release-experiments", "values.persistence.enabled", [False]),
        Break(
            "release-experiments",
            "values",
            [
                {"persistence": {"enabled": False}, "tolerations": SPOT_TOLERATIONS[0]},
                {"pool": "spot", "cache": {"kind": "pvc"}},  # which say so in the chart of models alone
            ],
        ),
        Instead("cronjob-nightly-evaluation", partial(_claiming_on_spot, read_only=True), "reading on spot nodes"),
        Instead("cronjob-nightly-evaluation", partial(_claiming_on_spot, scratch=True), "with scratch on spot nodes"),
        Instead(
            STORE,
            lambda store: _placed(store, name="qdrant", tolerations=SPOT_TOLERATIONS[0]),
            "of qdrant, on spot nodes",
            also=["no-vector-database-on-spot"],
        ),
    ],
    "no-vector-database-on-spot": [
        _on_every_node(),
        Break("release-weaviate", "values.affinity", [_affinity(operator="In", values=["on-demand", "reserved"])]),
        Break("release-weaviate", "values.tolerations", SPOT_TOLERATIONS),
        Break("release-weaviate", "values", [{"nodeSelector": {"llm-platform/capacity": "on-demand"}}]),
        Break("release-weaviate", "values", [{"nodeSelector": {"llm-platform/pool": "system"}}]),
        Break("release-weaviate", "values.etcd", [{"tolerations": [_toleration("x")]}]),  # its affinity is the chart's
        Instead("cronjob-*", lambda job: _named_so(job, "qdrant"), "of qdrant, which keeps no data"),
        Instead(STORE, lambda store: _named_so(store, "qdrant"), "of qdrant, with its affinity"),
    ],
}
