{{/* Where weights come from, and where the engine finds them. */}}

{{/* huggingFace, s3 or oci. */}}
{{- define "model-server.sourceKind" -}}
{{- range $kind, $source := .Values.model.source }}{{- if $source }}{{ $kind }}{{- end }}{{- end -}}
{{- end }}

{{/* Folder of a source in the cache (a URI): its last words to be readable, and a digest of the whole to be its own. */}}
{{- define "model-server.folder" -}}
{{- printf "%s-%s"
     (regexReplaceAll "[^A-Za-z0-9._-]+" (base (regexReplaceAll "@.*$" . "")) "-") (sha256sum . | trunc 12) -}}
{{- end }}

{{- define "model-server.modelUri" -}}
{{- with .Values.model.source.huggingFace }}{{ printf "hf://%s@%s" .id .revision }}{{ end -}}
{{- with .Values.model.source.s3 }}{{ .uri | trimSuffix "/" }}{{ end -}}
{{- end }}

{{- define "model-server.isMounted" -}}
{{- if or (eq (include "model-server.sourceKind" .) "oci") (eq .Values.cache.kind "mountpoint") }}true{{ end -}}
{{- end }}

{{- define "model-server.weights" -}}
{{- if eq (include "model-server.sourceKind" .) "oci" }}/model/models
{{- else if eq .Values.cache.kind "mountpoint" }}/model
{{- else }}/cache/{{ include "model-server.folder" (include "model-server.modelUri" .) }}
{{- end -}}
{{- end }}

{{/* What the init container fetches, as JSON: a list of {uri, folder}. Empty: nothing to fetch. */}}
{{- define "model-server.fetches" -}}
{{- $fetches := list -}}
{{- if not (include "model-server.isMounted" .) -}}
{{- $uri := include "model-server.modelUri" . -}}
{{- $fetches = append $fetches (dict "uri" $uri "folder" (include "model-server.folder" $uri)) -}}
{{- end -}}
{{- if .Values.model.speculative }}{{- with .Values.model.speculative.model -}}
{{- $uri := printf "hf://%s@%s" .id .revision -}}
{{- $fetches = append $fetches (dict "uri" $uri "folder" (include "model-server.folder" $uri)) -}}
{{- end }}{{- end -}}
{{- range .Values.model.adapters -}}
{{- $fetches = append $fetches (dict "uri" .uri "folder" (include "model-server.folder" .uri)) -}}
{{- end -}}
{{- if $fetches }}{{ toJson $fetches }}{{ end -}}
{{- end }}

{{/* Size of the checkpoint, in MiB. */}}
{{- define "model-server.weightsMib" -}}
{{- $figures := .Files.Get "files/model-memory.yaml" | fromYaml -}}
{{- $model := .Values.model -}}
{{- $format := ternary $model.dtype $model.quantization (eq $model.quantization "none") -}}
{{- $bytes := mul (ceil (mulf $model.size.parametersBillions 1000) | int64)
     (index $figures.bytes_per_thousand_parameters $format | int64) 1000 -}}
{{- div (add $bytes 1048575) 1048576 -}}
{{- end }}

{{/* Room in the cache, in GiB: the weights twice, as a later revision may lie beside the one in use, and two for the rest. */}}
{{- define "model-server.cacheGib" -}}
{{- .Values.cache.sizeGib | default (add 2 (div (add (mul 2
     (include "model-server.weightsMib" . | int64)) 1023) 1024)) -}}
{{- end }}
