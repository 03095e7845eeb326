{{/* Pod template (list of root context, pool, role): Deployment, LeaderWorkerSet and RayService share it. */}}
{{- define "model-server.pod" -}}
{{- $root := index . 0 }}{{- $pool := index . 1 }}{{- $role := index . 2 -}}
{{- $engine := include "model-server.engine" $root | fromYaml -}}
{{- $seconds := include "model-server.seconds" $root | fromYaml -}}
metadata:
  labels:
    {{- include "model-server.podLabels" (list $root $pool $role) | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: {{ $root.Values.engine }}
    # A changed file starts a rollout: mounted with subPath, it would not reach running pods.
    llm-platform/config: {{ include "model-server.configDigest" $root }}
    {{- with include "model-server.alsoOn" $pool }}
    llm-platform/also-on: {{ . }}
    {{- end }}
spec:
  serviceAccountName: {{ include "model-server.serviceAccount" $root }}
  # Nothing here speaks to the Kubernetes API; credentials for S3 come from Pod Identity.
  automountServiceAccountToken: false
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - {name: {{ . }}}
    {{- end }}
  {{- end }}
  {{- with $root.Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ $seconds.grace }}
  # The engines read environment variables of services named like theirs (VLLM_PORT) as settings.
  enableServiceLinks: false
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ $engine.user }}
    runAsGroup: {{ $engine.user }}
    fsGroup: {{ $engine.user }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  {{- include "model-server.placement" (list $root $pool) | nindent 2 }}
  {{- if include "model-server.fetches" $root }}
  initContainers:
    {{- include "model-server.fetchContainer" $root | nindent 4 }}
  {{- end }}
  containers:
    {{- include "model-server.container" (list $root $role) | nindent 4 }}
  volumes:
    {{- include "model-server.volumes" $root | nindent 4 }}
{{- end }}

{{- define "model-server.configDigest" -}}
{{- printf "%s%s%s"
     (include "model-server.files" .) (include "model-server.fetches" .) (.Files.Get "files/fetch_weights.py") | sha256sum -}}
{{- end }}
