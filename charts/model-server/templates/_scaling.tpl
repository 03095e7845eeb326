{{/* Queries of the signals that are on, as JSON: a list of {signal, query, target}; by name, so that order is fixed. What is
     asked is what the monitoring chart records and alerts on: what pages and what scales can't disagree. */}}
{{- define "model-server.signals" -}}
{{- $selector := printf "{namespace=\"%s\",model=\"%s\"}" .Release.Namespace .Values.model.name -}}
{{- $queries := dict
  "waitingRequests" "sum(llm:requests_waiting%s)"
  "kvCacheUse" "max(llm:kv_cache:ratio%s)"
  "tokensPerSecond" "sum(llm:tokens_out:rate2m%s)"
  "timeToFirstTokenSeconds" "max(llm:ttft_seconds:p95_2m%s)" -}}
{{- $signals := list -}}
{{- range $signal := keys .Values.autoscaling.targets | sortAlpha -}}
{{- $target := index $.Values.autoscaling.targets $signal -}}
{{- if $target -}}
{{- $query := index $queries $signal | replace "%s" $selector -}}
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
