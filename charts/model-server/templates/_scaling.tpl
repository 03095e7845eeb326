{{/* Queries of the signals that are on, as JSON: a list of {signal, query, target}; by name, so that order is fixed. */}}
{{- define "model-server.signals" -}}
{{- $engine := include "model-server.engine" . | fromYaml -}}
{{- $context := include "model-server.context" . | fromJson -}}
{{- $selector := printf "{namespace=\"%s\",app_kubernetes_io_instance=\"%s\"}" .Release.Namespace .Release.Name -}}
{{- $signals := list -}}
{{- range $signal := keys .Values.autoscaling.targets | sortAlpha -}}
{{- $target := index $.Values.autoscaling.targets $signal -}}
{{- if $target -}}
{{- $query := tpl (index $engine.metrics $signal) $context | replace "%s" $selector -}}
{{- $signals = append $signals (dict "signal" $signal "query" $query "target" (toString $target)) -}}
{{- end -}}
{{- end -}}
{{- toJson $signals -}}
{{- end }}

{{/* What is scaled. */}}
{{- define "model-server.scaleTarget" -}}
{{- if gt (int .Values.model.pipelineParallel) 1 -}}
apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
{{- else -}}
apiVersion: apps/v1
kind: Deployment
{{- end }}
name: {{ .Release.Name }}
{{- end }}

{{/* Up at once, down a replica a minute: a replica that went too early costs minutes of loading. */}}
{{- define "model-server.scaleBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    - {type: Percent, value: 100, periodSeconds: 60}
    - {type: Pods, value: 2, periodSeconds: 60}
  selectPolicy: Max
scaleDown:
  stabilizationWindowSeconds: {{ min 3600 (int .Values.autoscaling.cooldownSeconds) }}
  policies:
    - {type: Pods, value: 1, periodSeconds: 60}
{{- end }}
