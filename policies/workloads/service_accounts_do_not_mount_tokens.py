"""Pods that do not ask the cluster's API have no token for it."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import texts
from policies.pod_security import any_matches
from policies.pods import WORKLOADS, Pod, name_of, namespace_of, pods_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

OPERATORS = (
    "cert-manager",
    "envoy-ai-gateway-system",
    "envoy-gateway-system",
    "external-secrets",
    "gpu-operator",
    "jobset-system",
    "keda",
    "kube-system",
    "kubeflow-system",
    "kuberay-system",
    "kueue-system",
    "lws-system",
    "mlflow",
    "monitoring",
    "spark-operator",
    "spegel",
    "vector-stores",
)
"""Namespaces of controllers, whose work is to ask the API, and of charts that have no value for it."""
KEY = "automountServiceAccountToken"
REMEDY = "set it false, or name the workload in allowed_workloads if it asks the Kubernetes API"


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at service accounts and at pods: who says nothing mounts a token."""
    if any_matches(configuration.texts("allowed_workloads"), f"{namespace_of(resource)}/{name_of(resource)}"):
        return
    if resource.kind == "ServiceAccount":
        yield from _mounted(resource.properties)
    else:
        yield from each(pods_of(resource), lambda pod: _of_pod(resource.properties, pod))


def _of_pod(properties: Properties, pod: Pod) -> Iterator[Violation]:
    """Ray's autoscaler runs beside the head, and asks the API for worker pods."""
    cluster, _, _ = pod.spec.path.rpartition(".headGroupSpec.")  # empty for what is no head, and no flag is there
    autoscaled = properties.flag(f"{cluster}.enableInTreeAutoscaling")
    if not autoscaled and (pod.whole or pod.spec.has(KEY)):
        yield from _mounted(pod.spec)


def _mounted(asking: Properties) -> Iterator[Violation]:
    mounts = asking.flag(KEY)
    if mounts is not False:
        yield Violation("is true" if mounts else "is absent, which means true", REMEDY, asking.at(KEY))


POLICY = ResourcePolicy(
    name="service-accounts-do-not-mount-tokens",
    description="Service accounts and pods mount no token of the Kubernetes API, but those that are named.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "allowed_workloads": texts(
                "Workloads and service accounts that may, as `namespace/name`; `*` for anything.",
                [
                    *(f"{namespace}/*" for namespace in OPERATORS),
                    "training/spark-operator-spark",  # with it Spark's drivers ask for their executors
                ],
            )
        }
    ),
    types=("kubernetes:core/v1:ServiceAccount", *WORKLOADS),
    validate=validate,
)
