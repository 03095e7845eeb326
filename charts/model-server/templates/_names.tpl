{{/* Labels of every object of the release. */}}
{{- define "model-server.labels" -}}
{{ include "model-server.ownLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Those that pods have too: without the chart's version, which would restart every model when the chart changes. */}}
{{- define "model-server.ownLabels" -}}
{{ include "model-server.selector" . }}
app.kubernetes.io/part-of: llm-platform
llm-platform/workload: inference
llm-platform/model: {{ .Values.model.name | quote }}
llm-platform/engine: {{ .Values.engine }}
llm-platform/team: {{ .Values.team | quote }}
{{- end }}

{{/* What an InferencePool or a Service selects the pods of this model by. */}}
{{- define "model-server.selector" -}}
app.kubernetes.io/name: model-server
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of the pods on one pool (list of root context, pool, component): those above, and the versions served. */}}
{{- define "model-server.podLabels" -}}
{{- $root := index . 0 -}}
{{ include "model-server.ownLabels" $root }}
app.kubernetes.io/component: {{ index . 2 }}
llm-platform/pool: {{ index . 1 }}
llm-platform/data-class: {{ ternary "sensitive" "operational" $root.Values.logPrompts }}
{{- with $root.Values.model.source.huggingFace }}
llm-platform/model-revision: {{ .revision | quote }}
{{- end }}
{{- range $root.Values.model.adapters }}
adapter.llm-platform/{{ .name }}: {{ .version | quote }}
{{- end }}
{{- end }}

{{- define "model-server.serviceAccount" -}}
{{ .Values.serviceAccountName | default .Release.Name }}
{{- end }}

{{/* An image reference (dict: registry, engine's facts `facts`, overrides `over`). A mirror stands before the name
     without its own host, as pull-through caches and `crane copy` arrange it. */}}
{{- define "model-server.image" -}}
{{- $repository := .over.repository | default .facts.repository -}}
{{- $tag := .over.tag | default .facts.tag -}}
{{- if .registry -}}
{{- $repository = printf "%s/%s" .registry (regexReplaceAll "^[^/]+\\.[^/]+/" $repository "") -}}
{{- end -}}
{{- if .over.digest -}}{{ $repository }}@{{ .over.digest }}{{- else -}}{{ $repository }}:{{ $tag }}{{- end -}}
{{- end }}
