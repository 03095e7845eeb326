{{/* Labels of every object of the release. */}}
{{- define "monitoring.labels" -}}
app.kubernetes.io/name: monitoring
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: llm-platform
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Name of an object made of a file (list of root context, path): <release>-<file without its ending>. */}}
{{- define "monitoring.nameOfFile" -}}
{{ (index . 0).Release.Name }}-{{ base (index . 1) | trimSuffix (ext (index . 1)) }}
{{- end }}
