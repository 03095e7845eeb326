{{/* The facts of the chosen engine. */}}
{{- define "model-server.engine" -}}
{{ toYaml (index (.Files.Get "files/engines.yaml" | fromYaml).engines .Values.engine) }}
{{- end }}

{{/* What the templates of files/engines.yaml may use, as JSON. Whole numbers are text: helm reads numbers as floats, and
     would write a context of a million tokens as 1e+06. */}}
{{- define "model-server.context" -}}
{{- $engine := include "model-server.engine" . | fromYaml -}}
{{- $plan := include "model-server.plan" . | fromYaml -}}
{{- $adapters := list -}}
{{- range .Values.model.adapters -}}
{{- $adapters = append $adapters (dict "name" .name "path" (printf "/cache/%s"
     (include "model-server.folder" .uri))) -}}
{{- end -}}
{{- $speculative := dict -}}
{{- with .Values.model.speculative -}}
{{- $speculative = dict "method" .method "tokens" (int .tokens | toString) "path" "" -}}
{{- with .model }}
{{- $_ := set $speculative "path" (printf "/cache/%s"
     (include "model-server.folder" (printf "hf://%s@%s" .id .revision))) }}
{{- end -}}
{{- end -}}
{{- $serve := dict "min" "1" "max" "1" -}}
{{- if .Values.kuberay }}
{{- $serve = dict "min" (int .Values.replicas.min | toString) "max" (int
     (ternary .Values.replicas.max .Values.replicas.min .Values.autoscaling.enabled) | toString) }}
{{- end -}}
{{- $model := deepCopy .Values.model -}}
{{- range list "contextLength" "maxSequences" "maxBatchTokens" "maxAdapterRank" -}}
{{- $number := index $model . -}}
{{- if $number }}{{- $_ := set $model . (int64 $number | toString) }}{{- end -}}
{{- end -}}
{{- dict "model" $model
      "weights" (include "model-server.weights" .)
      "source" (include "model-server.sourceKind" .)
      "gpus" (int $plan.gpus | toString)
      "nodes" (int (.Values.model.pipelineParallel | default 1) | toString)
      "adapters" $adapters
      "speculative" $speculative
      "attention" (index $engine.supports.attention .Values.model.attentionBackend)
      "drainSeconds" (int .Values.drainSeconds | toString)
      "longestStreamSeconds" (int .Values.longestStreamSeconds | toString)
      "serveReplicas" $serve
      "logPrompts" .Values.logPrompts
      "collector" (.Values.tracing.collector | default "")
    | toJson -}}
{{- end }}

{{/* Lines of a text of files/engines.yaml, filled in, as a JSON list (dict: text, context); an empty line is left out. */}}
{{- define "model-server.lines" -}}
{{- $lines := list -}}
{{- range splitList "\n" (tpl (.text | default "") .context) -}}
{{- with trim . }}{{- $lines = append $lines . }}{{- end -}}
{{- end -}}
{{- toJson $lines -}}
{{- end }}

{{/* Config files of the engine, filled in, as JSON: a list of {path, key, text}. */}}
{{- define "model-server.files" -}}
{{- $engine := include "model-server.engine" . | fromYaml -}}
{{- $context := include "model-server.context" . | fromJson -}}
{{- with $engine.serveApplications }}{{- $_ := set $context "serveApplications" (tpl . $context) }}{{- end -}}
{{- $filled := list -}}
{{- /* A RayService carries its applications in the object. */ -}}
{{- range ternary list $engine.files .Values.kuberay -}}
{{- $path := tpl .path $context | trim -}}
{{- if $path }}
{{- $filled = append $filled (dict "path" $path "key" (replace "/" "." $path) "text" (tpl .text $context)) }}
{{- end -}}
{{- end -}}
{{- toJson $filled -}}
{{- end }}
