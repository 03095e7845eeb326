"""What breaks the policies of who reaches pods, and what pods may ask the cluster, and what they let pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With, Without
from tests.policies.workloads.pod_changes import everywhere, mounting, mounting_head, of_cluster, patch_without, renamed

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
