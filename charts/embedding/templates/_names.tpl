{{- define "embedding.selector" -}}
app.kubernetes.io/name: embedding
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Those that pods have too: without the chart's version, which would restart the service when the chart changes. */}}
{{- define "embedding.ownLabels" -}}
{{ include "embedding.selector" . }}
app.kubernetes.io/part-of: llm-platform
llm-platform/workload: inference
llm-platform/team: {{ .Values.team | quote }}
{{- end }}

{{- define "embedding.labels" -}}
{{ include "embedding.ownLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "embedding.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end -}}
{{- end }}

{{- define "embedding.settings" -}}
{{- toYaml .Values.settings -}}
{{- end }}
