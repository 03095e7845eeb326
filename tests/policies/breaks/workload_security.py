"""What breaks the policies of pod security, and what they let pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policies.workloads.no_privileged_pods import SAFE_SYSCTLS
from tests.policies.breaking import ABSENT, Break, Mutation
from tests.policies.workloads.pod_changes import POD, SERVER, everywhere, patch_without, security_by_container

ENFORCE = "[pod-security.kubernetes.io/enforce]"
VERSION = "[pod-security.kubernetes.io/enforce-version]"

BREAKS: Mapping[str, Sequence[Mutation]] = {
    "pods-meet-the-restricted-standard": [
        *everywhere("securityContext.runAsNonRoot", [ABSENT, None, False, "false"]),
        *everywhere("securityContext.runAsUser", [0]),
        *everywhere(
            "securityContext.seccompProfile", [ABSENT, None, {"type": "Unconfined"}, {"type": "runtime/default"}]
        ),
        *everywhere("securityContext", [ABSENT]),
        *everywhere("containers.0.securityContext", [ABSENT, None, {}]),
        *everywhere("containers.0.securityContext.allowPrivilegeEscalation", [ABSENT, None, True, "true"]),
        *everywhere("containers.0.securityContext.capabilities", [ABSENT, {}, {"drop": []}, {"drop": ["NET_RAW"]}]),
        *everywhere("containers.0.securityContext.runAsNonRoot", [False]),
        *everywhere("containers.0.securityContext.runAsUser", [0]),
        *everywhere("containers.0.securityContext.seccompProfile", [{"type": "Unconfined"}]),
        Break(SERVER, f"{POD}.initContainers.*.securityContext", [ABSENT]),
        Break("pod-debugging", "spec.ephemeralContainers.*.securityContext", [ABSENT]),
        Break(SERVER, f"{POD}.volumes.0", [{"name": "cache", "nfs": {"server": "nfs", "path": "/"}}]),
        Break(SERVER, f"{POD}.volumes.0", [{"name": "cache", "awsElasticBlockStore": {"volumeID": "vol-1"}}]),
        Break("release-mlflow", "values.podSecurityContext.runAsNonRoot", [False]),
        Break("release-mlflow", "values.podSecurityContext.runAsUser", [0]),
        Break("release-mlflow", "values.podSecurityContext.seccompProfile.type", ["Unconfined"]),
        Break("release-mlflow", "values.containerSecurityContext.allowPrivilegeEscalation", [True]),
        Break("release-mlflow", "values.containerSecurityContext.capabilities.drop", [[], ["NET_RAW"]]),
        Break("chart-jobset", "values.controller.securityContext", [{"runAsUser": 0}]),
        Break("release-keda", "values.securityContext", [{"operator": {"allowPrivilegeEscalation": True}}]),
    ],
    "no-privileged-pods": [
        *[change for key in ("hostNetwork", "hostPID", "hostIPC") for change in everywhere(key, [True, "true"])],
        *everywhere("containers.0.securityContext.privileged", [True]),
        *everywhere("containers.0.securityContext.capabilities.add", [["SYS_ADMIN"], ["NET_BIND_SERVICE", "NET_RAW"]]),
        *everywhere("containers.0.securityContext.procMount", ["Unmasked"]),
        *everywhere("containers.0.securityContext.appArmorProfile", [{"type": "Unconfined"}]),
        *everywhere("containers.0.securityContext.windowsOptions", [{"hostProcess": True}]),
        *everywhere("containers.0.ports", [[{"containerPort": 80, "hostPort": 80}]])[:1],
        *everywhere("securityContext.sysctls", [[{"name": "kernel.msgmax", "value": "65536"}]]),
        *everywhere("securityContext.windowsOptions", [{"hostProcess": True}]),
        *everywhere("volumes", [[{"name": "node", "hostPath": {"path": "/"}}]]),
        Break(SERVER, f"{POD}.initContainers.*.securityContext.privileged", [True]),
        Break("pod-debugging", "spec.ephemeralContainers.*.securityContext.privileged", [True]),
        Break("sparkapplication-embedding-batch", "spec.executor.hostNetwork", [True]),
        Break("release-mlflow", "values.hostNetwork", [True]),
        Break("release-mlflow", "values.server", [{"hostPID": True}, {"hostIPC": True}]),
        Break("release-mlflow", "values.containerSecurityContext.privileged", [True]),
        Break("release-mlflow", "values.containerSecurityContext.capabilities.add", [["SYS_PTRACE"]]),
        Break("release-mlflow", "values.extraVolumes", [[{"name": "node", "hostPath": {"path": "/var/lib"}}]]),
        Break("release-mlflow", "values.service", [{"hostPort": 5000}]),
        Break("release-model-llama-70b", "values.cache", [{"kind": "node", "node": {"hostPath": "/mnt/weights"}}]),
    ],
    "namespaces-enforce-pod-security": [
        Break("namespace-serving", f"metadata.labels.{ENFORCE}", [ABSENT, None, "", "privileged", "Restricted"]),
        Break("namespace-monitoring", f"metadata.labels.{ENFORCE}", [ABSENT, "anything"]),
        Break("namespace-*", f"metadata.labels.{VERSION}", [ABSENT, None, "", "latest", "1.35"]),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "pods-meet-the-restricted-standard": [
        # Kubernetes refuses it at the level baseline already.
        Break(SERVER, f"{POD}.volumes.0", [{"name": "cache", "hostPath": {"path": "/"}}], also=["no-privileged-pods"]),
        Break(
            SERVER,
            POD,
            [security_by_container],
        ),
        Break(SERVER, f"{POD}.securityContext.seccompProfile", [{"type": "Localhost", "localhostProfile": "a.json"}]),
        Break(SERVER, f"{POD}.securityContext.runAsUser", [ABSENT]),
        Break(
            SERVER, f"{POD}.containers.0.securityContext.capabilities", [{"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]}]
        ),
        Break(
            SERVER,
            f"{POD}.volumes.0",
            [
                {"name": "cache", kind: {}}
                for kind in ("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "projected", "secret", "image")
            ],
        ),
        Break(SERVER, f"{POD}.volumes.0", [{"name": "cache", "persistentVolumeClaim": {"claimName": "c"}}]),
        Break(SERVER, f"{POD}.securityContext", [ABSENT], configuration={"baseline_namespaces": ["serv*"]}),
        Break(SERVER, f"{POD}.securityContext", [ABSENT], configuration={"privileged_namespaces": ["serving"]}),
        patch_without("securityContext"),
        Break("release-mlflow", "values.podSecurityContext", [ABSENT, {}, {"fsGroup": 0}]),
        Break("release-qdrant", "values.podSecurityContext", [{"runAsUser": 0}]),  # baseline
    ],
    "no-privileged-pods": [
        Break(SERVER, f"{POD}.hostNetwork", [False, None]),
        Break(SERVER, f"{POD}.containers.0.ports.0.hostPort", [0, None]),
        Break(SERVER, f"{POD}.containers.0.securityContext.procMount", ["Default"]),
        Break(SERVER, f"{POD}.containers.0.securityContext.appArmorProfile", [{"type": "RuntimeDefault"}]),
        Break(SERVER, f"{POD}.securityContext.sysctls", [[{"name": name, "value": "1"}] for name in SAFE_SYSCTLS]),
        Break(SERVER, f"{POD}.hostNetwork", [True], configuration={"privileged_workloads": ["serving/llama-8b"]}),
        Break(
            SERVER,
            f"{POD}.containers.0.securityContext.capabilities.add",
            [["NET_RAW"]],
            configuration={"capabilities": ["NET_RAW"]},
        ),
        Break("release-mlflow", "values.hostNetwork", [True], configuration={"privileged_workloads": ["mlflow/*"]}),
        Break("release-mlflow", "values.hostNetwork", [False]),
        Break("release-mlflow", "values.podSecurityPolicy", [{"privileged": True}]),
        Break("release-agents", "values.volumes", [[{"name": "logs", "hostPath": {"path": "/var/log"}}]]),
    ],
    "namespaces-enforce-pod-security": [
        Break("namespace-*", f"metadata.labels.{ENFORCE}", ["baseline", "restricted"]),
        Break(
            "namespace-serving",
            f"metadata.labels.{ENFORCE}",
            ["privileged"],
            configuration={"privileged_namespaces": ["serving"]},
        ),
    ],
}
