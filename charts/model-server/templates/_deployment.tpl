{{/* Spec of a Deployment on one pool (list of root context, pool), but for its replicas. */}}
{{- define "model-server.deploymentSpec" -}}
{{- $root := index . 0 }}{{- $pool := index . 1 -}}
{{- $seconds := include "model-server.seconds" $root | fromYaml -}}
revisionHistoryLimit: 5
progressDeadlineSeconds: {{ $seconds.progress }}
strategy:
  type: RollingUpdate
  rollingUpdate:
    {{- include "model-server.rollout" $root | nindent 4 }}
selector:
  matchLabels:
    {{- include "model-server.selector" $root | nindent 4 }}
    llm-platform/pool: {{ $pool }}
template:
  {{- include "model-server.pod" (list $root $pool "server") | nindent 2 }}
{{- end }}
