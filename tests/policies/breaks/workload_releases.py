"""What breaks the policies of charts, and what keeps served models up, and what they let pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.policies.breaking import ABSENT, Break, Mutation, With, Without
from tests.policies.workloads.pod_changes import SERVER, adding, serving

BREAKS: Mapping[str, Sequence[Mutation]] = {
    "disruption-budgets-allow-evictions": [
        Break("poddisruptionbudget-llama-8b", "spec.maxUnavailable", [ABSENT, None, 0, "0", "0%", "100%"]),
        Break("poddisruptionbudget-session-store", "spec.minAvailable", [ABSENT, "100%"]),
        Break("release-qdrant", "values.podDisruptionBudget.maxUnavailable", [0, "0%"]),
        Break("release-mlflow", "values.pdb", [{"minAvailable": "100%"}]),
        Break("release-weaviate", "values.podDisruptionBudgets", [{"weaviate": {"spec": {"maxUnavailable": 0}}}]),
    ],
    "served-models-have-disruption-budgets": [
        Without("poddisruptionbudget-llama-8b"),
        Break("poddisruptionbudget-llama-8b", "metadata.namespace", [ABSENT, "elsewhere"]),
        Break(
            "poddisruptionbudget-llama-8b",
            "spec.selector.matchLabels",
            [{"app.kubernetes.io/name": "another"}, adding(tier="x")],
        ),
        Break(
            "poddisruptionbudget-llama-8b",
            "spec.selector.matchExpressions",
            [
                [{"key": "app.kubernetes.io/name", "operator": "In", "values": ["another"]}],
                [{"key": "app.kubernetes.io/name", "operator": "NotIn", "values": ["llama-8b"]}],
                [{"key": "tier", "operator": "Exists"}],
                [{"key": "llm-platform/model", "operator": "DoesNotExist"}],
                [{"key": "llm-platform/model", "operator": "Equals", "values": ["llama-8b"]}],
            ],
        ),
        With(serving("apps/v1:StatefulSet", "intents")),
        With(serving("leaderworkerset.x-k8s.io/v1:LeaderWorkerSet", "llama-405b")),
        Break("release-model-llama-70b", "values", [adding(kuberay=True, replicas={"min": 1})]),
        Break("release-model-llama-70b", "values", [adding(kuberay=True, replicas={})]),
        Break(
            "release-model-llama-70b",
            "values.podDisruptionBudget",
            [{switch: False} for switch in ("enabled", "enable", "create")],
        ),
        Break("release-model-llama-70b", "values.pdb", [{"enabled": False}]),
        Break("release-model-llama-70b", "values.disruptionBudgets", [{"server": {"enabled": False}}]),
    ],
    "charts-come-from-the-lock": [
        Break("chart-jobset", "chart", ["../elsewhere/jobset-0.12.0.tgz"], configuration={"mirrors": ["../mirror"]}),
        Break("chart-jobset", "chart", ["../mirror/jobset-0.11.0.tgz"], configuration={"mirrors": ["../mirror"]}),
        Break(
            "release-qdrant",
            "version",
            [ABSENT, None, "", "1.18.0", "~1.19", "^1.19.0", ">=1.0.0", "*", "1.x", "v1.19.0"],
        ),
        Break("release-qdrant", "chart", ["qdrant-fork"]),
        Break("release-qdrant", "repositoryOpts.repo", [ABSENT, "https://charts.example.com"]),
        Break("chart-jobset", "version", [ABSENT, "0.11.0"]),
        Break("chart-jobset", "chart", ["oci://registry.example.com/jobset/charts/jobset", "jobset"]),
        Break(
            "release-model-llama-70b",
            "chart",
            ["../charts/other", "../../charts-of-mine/model-server", "./model-server-0.1.0.tgz"],
        ),
        Break("release-model-llama-70b", "version", ["0.0.1"]),
        Break(
            "release-qdrant", "version", ["1.18.0"], configuration={"mirrors": ["https://qdrant.github.io/qdrant-helm"]}
        ),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "disruption-budgets-allow-evictions": [
        Break("poddisruptionbudget-llama-8b", "spec.maxUnavailable", [2, "1", "25%", "10%"]),
        Break("poddisruptionbudget-session-store", "spec.minAvailable", [2, 100, "99%"]),
        Break("release-qdrant", "values.podDisruptionBudget", [{"enabled": True}, {"minAvailable": 1}]),
        Break("release-qdrant", "values.rollout", [{"maxUnavailable": 0}]),
    ],
    "served-models-have-disruption-budgets": [
        With(serving("apps/v1:Deployment", "cheap", nodeSelector={"llm-platform/pool": "spot"}, tolerations=[])),
        With(serving("apps/v1:Deployment", "unnamed", nodeSelector={"llm-platform/capacity": "spot"}, tolerations=[])),
        Without("poddisruptionbudget-session-store"),
        Break(
            "poddisruptionbudget-llama-8b", "spec.selector", [{}, {"matchLabels": {"llm-platform/team": "ml-platform"}}]
        ),
        Break(
            "poddisruptionbudget-llama-8b",
            "spec.selector.matchExpressions",
            [
                [{"key": "app.kubernetes.io/name", "operator": "In", "values": ["another", "llama-8b"]}],
                [{"key": "app.kubernetes.io/name", "operator": "NotIn", "values": ["another"]}],
                [{"key": "llm-platform/model", "operator": "Exists"}],
                [{"key": "tier", "operator": "DoesNotExist"}],
            ],
        ),
        Break(
            SERVER,
            "spec.template.metadata.labels.[app.kubernetes.io/name]",
            ["other"],
            configuration={"label": "serves"},
        ),
        Break("release-model-llama-70b", "values", [adding(kuberay=True, replicas={"min": 2})]),
        Break(
            "release-model-llama-70b",
            "values",
            [adding(kuberay=True, replicas={"min": 1})],
            configuration={"relaxed_environments": ["prod"]},
        ),
        Break("release-model-llama-70b", "values.replicas.min", [1]),
        Break("release-model-llama-70b", "values.podDisruptionBudget", [{"enabled": True}]),
        Break("release-qdrant", "values.podDisruptionBudget.enabled", [False]),
    ],
    "charts-come-from-the-lock": [
        Break("release-qdrant", "chart", ["of-mine"], configuration={"other_charts": ["of-mine"]}),
        Break("release-qdrant", "repositoryOpts.repo", ["https://qdrant.github.io/qdrant-helm/"]),
        # A whole reference needs no repository, and takes no notice of one.
        Break("chart-jobset", "repositoryOpts", [{"repo": "https://charts.example.com"}]),
        Break(
            "release-model-llama-70b", "chart", ["charts/model-server", "./charts/model-server", "../charts/embedding"]
        ),
        Break("release-model-llama-70b", "version", ["0.1.0"]),
        Break(
            "chart-jobset",
            "chart",
            ["oci://registry.example.com/charts/jobset"],
            configuration={"mirrors": ["oci://registry.example.com/charts/"]},
        ),
        Break(
            "release-model-llama-70b",
            "chart",
            ["../mirror/jobset-0.12.0.tgz"],
            configuration={"mirrors": ["../mirror"]},
        ),
    ],
}
