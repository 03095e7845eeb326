{{- define "quality.selector" -}}
app.kubernetes.io/name: quality
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Those that pods have too: without the chart's version, which would restart the pod when the chart changes. */}}
{{- define "quality.ownLabels" -}}
{{ include "quality.selector" . }}
app.kubernetes.io/part-of: llm-platform
llm-platform/workload: inference
llm-platform/team: {{ .Values.team | quote }}
{{- end }}

{{- define "quality.labels" -}}
{{ include "quality.ownLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "quality.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end -}}
{{- end }}
