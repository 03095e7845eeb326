"""What breaks the policies of who reaches pods, and what pods may ask the cluster, and what they let pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With, Without
from tests.policies.sample import UNKNOWN, Sample
from tests.policies.workloads.pod_changes import everywhere, mounting, mounting_head, of_cluster, patch_without, renamed

ACCOUNTS_OF_OPERATORS = (
    "cert-manager/cert-manager-webhook",
    "envoy-ai-gateway-system/ai-gateway-controller",
    "envoy-gateway-system/envoy-gateway",
    "external-secrets/external-secrets",
    "gpu-operator/gpu-operator",
    "jobset-system/jobset-controller-manager",
    "keda/keda-operator",
    "kube-system/karpenter",
    "kubeflow-system/kubeflow-trainer-controller-manager",
    "kuberay-system/kuberay-operator",
    "kueue-system/kueue-controller-manager",
    "lws-system/lws-controller-manager",
    "mlflow/mlflow",
    "monitoring/kube-prometheus-stack-operator",
    "spark-operator/spark-operator-controller",
    "spegel/spegel",
    "training/spark-operator-spark",
    "vector-stores/weaviate",
)
"""One of each namespace whose charts ask the API."""


def account(name: str) -> Sample:
    """Return a service account that says nothing of its token."""
    namespace, _, own = name.partition("/")
    return Sample(
        "kubernetes:core/v1:ServiceAccount", f"account-{own}", {"metadata": {"name": own, "namespace": namespace}}
    )


def unknown_namespace(*comes_from: str) -> Callable[[Sample], Sample]:
    """Return a change of an object: its namespace is not known yet, but may be what comes from other resources."""

    def change(sample: Sample) -> Sample:
        metadata = {**sample.inputs["metadata"], "namespace": UNKNOWN}
        return sample.changed(inputs={**sample.inputs, "metadata": metadata}, refers={"metadata": comes_from})

    return change


BREAKS: Mapping[str, Sequence[Mutation]] = {
    "namespaces-have-network-policies": [
        Without("networkpolicy-*-closed"),
        Break("networkpolicy-*-closed", "spec.podSelector", [{"matchLabels": {"app.kubernetes.io/name": "one"}}]),
        Break(
            "networkpolicy-*-closed", "spec.podSelector", [{"matchExpressions": [{"key": "app", "operator": "Exists"}]}]
        ),
        Break("networkpolicy-*-closed", "spec.policyTypes", [["Egress"]]),
        Break("networkpolicy-*-closed", "metadata.namespace", [ABSENT, "elsewhere"]),
        Break("networkpolicy-*-closed", "spec.ingress", [[{}], [{"from": []}], [{"ports": [], "from": None}]]),
        Break(
            "networkpolicy-serving-from-gateway",
            "spec.ingress",
            [[{"from": [{"ipBlock": {"cidr": cidr}}]}] for cidr in ("0.0.0.0/0", "::/0")],
        ),
        Instead("namespace-serving", renamed, "is called otherwise"),
        Instead("networkpolicy-serving-closed", unknown_namespace("namespace-monitoring"), "of another, in a preview"),
        Break(
            "networkpolicy-*-closed",
            "spec.policyTypes",
            [["Ingress"], ABSENT],
            configuration={"directions": ["Egress"]},
        ),
        Break(
            "networkpolicy-serving-from-gateway",
            "spec.egress.0.ports",
            [ABSENT, []],
            configuration={"directions": ["Egress"]},
        ),
    ],
    "service-accounts-do-not-mount-tokens": [
        *everywhere("automountServiceAccountToken", [ABSENT, None, True, "true"]),
        With(account("training/spark-operator")),
        Break("serviceaccount-llama-8b", "automountServiceAccountToken", [ABSENT, None, True]),
        Break("sparkapplication-embedding-batch", "spec.driver.automountServiceAccountToken", [True]),
        Break(
            "raycluster-batch",
            "spec",
            [mounting_head],
        ),
    ],
    "rbac-has-no-wildcards": [
        With(of_cluster("role-reader", "ClusterRole")),
        With(of_cluster("rolebinding-reader", "ClusterRoleBinding")),
        Break(
            "role-reader",
            "rules.0",
            [
                {"apiGroups": groups, "resources": ["*"], "verbs": ["*"]}
                for groups in (["*"], [""], ["apps"], ["rbac.authorization.k8s.io"], ["example.com", "batch"])
            ],
        ),
        Break("role-reader", "rules.0.verbs", [["escalate"], ["get", "bind"], ["impersonate"]]),
        Break("role-reader", "rules.0", [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}]),
        Break("rolebinding-reader", "roleRef.name", ["cluster-admin", "system:masters"]),
        Break("rolebinding-reader", "subjects.0.name", ["default"]),
        Break(
            "rolebinding-reader",
            "subjects.0",
            [
                {"kind": "Group", "name": name}
                for name in (
                    "system:anonymous",
                    "system:unauthenticated",
                    "system:authenticated",
                    "system:serviceaccounts",
                    "system:serviceaccounts:serving",
                )
            ],
        ),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "namespaces-have-network-policies": [
        Break("networkpolicy-*-closed", "spec.podSelector", [ABSENT, {"matchLabels": {}}, {"matchExpressions": []}]),
        Break("networkpolicy-*-closed", "spec.policyTypes", [ABSENT, ["Ingress"]]),
        Break("networkpolicy-serving-from-gateway", "spec.ingress.0.ports", [ABSENT]),
        Break("networkpolicy-serving-from-gateway", "spec.egress.0.ports", [ABSENT]),
        Break(
            "networkpolicy-serving-from-gateway",
            "spec.ingress",
            [
                [{"from": [{"podSelector": {}}]}],
                [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
                [{"ports": [{"port": 443}]}],
            ],
        ),
        Instead("networkpolicy-serving-closed", unknown_namespace("namespace-serving"), "of its own, in a preview"),
        Instead("networkpolicy-serving-closed", unknown_namespace(), "of a namespace that nobody knows yet"),
        Without("networkpolicy-serving-closed", configuration={"exempt_namespaces": ["serv*"]}),
        Break("networkpolicy-*-closed", "spec.policyTypes", [["Egress"]], configuration={"directions": ["Egress"]}),
        Break(
            "networkpolicy-*-closed",
            "spec",
            [{"egress": [{"to": [{"podSelector": {}}]}]}],
            configuration={"directions": ["Ingress", "Egress"]},
        ),
    ],
    "service-accounts-do-not-mount-tokens": [
        Break(
            "serviceaccount-llama-8b",
            "automountServiceAccountToken",
            [True],
            configuration={"allowed_workloads": ["serving/llama-8b"]},
        ),
        *(With(account(name)) for name in ACCOUNTS_OF_OPERATORS),
        Break("raycluster-batch", "spec.headGroupSpec", [mounting]),
        patch_without("automountServiceAccountToken"),
    ],
    "rbac-has-no-wildcards": [
        Break("role-reader", "rules.0", [{"apiGroups": ["gateway.envoyproxy.io"], "resources": ["*"], "verbs": ["*"]}]),
        Break("role-reader", "rules.0.verbs", [["*"]]),
        Break("role-reader", "rules.0", [{"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get"]}]),
        Break("role-reader", "rules.0", [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]),
        Break(
            "rolebinding-reader",
            "subjects.0",
            [{"kind": "Group", "name": "platform"}, {"kind": "User", "name": "default"}],
        ),
        Break("rolebinding-reader", "roleRef.name", ["cluster-admin"], configuration={"allowed_roles": ["read*"]}),
    ],
}
