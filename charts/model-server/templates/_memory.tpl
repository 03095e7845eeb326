{{/* GPU memory of the model, computed as in catalogue/model_memory.py: whole numbers only, so that both agree. */}}

{{/* MiB of each GPU when `gpus` of every node share a layer (dict: root, gpus): weights kv adapters overhead total. */}}
{{- define "model-server.estimate" -}}
{{- $figures := .root.Files.Get "files/model-memory.yaml" | fromYaml -}}
{{- $model := .root.Values.model -}}
{{- $gpus := int64 .gpus -}}
{{- $nodes := int64 ($model.pipelineParallel | default 1) -}}
{{- $mib := 1048576 -}}
{{- $millions := ceil (mulf $model.size.parametersBillions 1000) | int64 -}}
{{- $format := ternary $model.dtype $model.quantization (eq $model.quantization "none") -}}
{{- $width := index $figures.bytes_per_thousand_parameters $format | int64 -}}
{{- $draft := 0 -}}
{{- if $model.speculative }}{{- with $model.speculative.model -}}
{{- $draftWidth := index $figures.bytes_per_thousand_parameters $model.dtype | int64 -}}
{{- $draft = mul (ceil (mulf .parametersBillions 1000) | int64) $draftWidth -}}
{{- end }}{{- end -}}
{{- $kvFormat := ternary $model.dtype $model.kvCacheDtype (eq $model.kvCacheDtype "model") -}}
{{- $kvBytes := index $figures.kv_cache_bytes $kvFormat | int64 -}}
{{- $layers := div (add (int64 $model.size.layers) $nodes -1) $nodes -}}
{{- $heads := div (add (int64 $model.size.kvHeads) $gpus -1) $gpus -}}
{{- $perToken := mul 2 $layers $heads (int64 $model.size.headDim) $kvBytes -}}
{{- $mean := int64 ($model.meanSequenceLength | default $model.contextLength) -}}
{{- $tokens := max (int64 $model.contextLength) (mul (int64 $model.maxSequences) $mean) -}}
{{- $parts := mul $gpus $nodes $mib -}}
{{- $weights := div (add (mul (add (mul $millions $width) $draft) 1000) $parts -1) $parts -}}
{{- $kv := div (add (mul $perToken $tokens) $mib -1) $mib -}}
{{- $rank := mul (int64 $figures.adapter_parameters_per_million_and_rank) (int64 $model.maxAdapterRank) -}}
{{- $adapter := mul $millions $rank 2 (len $model.adapters) -}}
{{- $adapters := div (add $adapter $parts -1) $parts -}}
{{- $overhead := int64 $figures.overhead_mib_per_gpu -}}
weights: {{ $weights }}
kv: {{ $kv }}
adapters: {{ $adapters }}
overhead: {{ $overhead }}
total: {{ add $weights $kv $adapters $overhead }}
{{- end }}

{{/* Lowest compute capability, times ten, that the model's number formats run on. */}}
{{- define "model-server.capability" -}}
{{- $needs := (.Files.Get "files/model-memory.yaml" | fromYaml).needs -}}
{{- $model := .Values.model -}}
{{- $formats := max (int64 (index $needs.dtype $model.dtype)) (int64
     (index $needs.quantization $model.quantization)) -}}
{{- max $formats (int64 (index $needs.kv_cache $model.kvCacheDtype)) -}}
{{- end }}

{{/* Where the model fits, as YAML: type, gpus, estimate, and all types that hold it with so many GPUs. Fails with the
     numbers where it does not fit. */}}
{{- define "model-server.plan" -}}
{{- $root := . -}}
{{- $wanted := .Values.gpus -}}
{{- if not (kindIs "invalid" .Values.model.tensorParallel) -}}
{{- if and (not (kindIs "invalid" $wanted)) (ne (int64 $wanted) (int64 .Values.model.tensorParallel)) -}}
{{- $why := "and every GPU of the pod shares each layer: make them equal or leave one out" -}}
{{- fail (printf "model.tensorParallel: %v: gpus is %v, %s" .Values.model.tensorParallel $wanted $why) -}}
{{- end -}}
{{- $wanted = .Values.model.tensorParallel -}}
{{- end -}}
{{- if and (not (kindIs "invalid" $wanted)) (eq (int64 $wanted) 0) -}}
{{- $estimate := include "model-server.estimate" (dict "root" $root "gpus" 1) | fromYaml -}}
{{ toYaml (dict "type" "" "gpus" 0 "types" (list) "estimate" $estimate) }}
{{- else -}}
{{- $catalogue := .Files.Get "files/instance-types.yaml" | fromYaml -}}
{{- $figures := .Files.Get "files/model-memory.yaml" | fromYaml -}}
{{- $engine := include "model-server.engine" . | fromYaml -}}
{{- $lowest := include "model-server.capability" . | int64 -}}
{{- $highest := $engine.supports.highestCapability | default 1000 | int64 -}}
{{- $share := floor (mulf .Values.model.gpuMemoryUtilization 1000) | int64 -}}
{{- $counts := $figures.gpu_counts -}}
{{- if not (kindIs "invalid" $wanted) }}{{- $counts = list $wanted }}{{- end -}}
{{- $estimates := dict -}}
{{- range $counts -}}
{{- $_ := set $estimates (toString .) (include "model-server.estimate" (dict "root" $root "gpus" .) | fromYaml) -}}
{{- end -}}
{{- $smallest := dict -}}
{{- $chosen := dict -}}
{{- $case := dict "root" . "share" $share "estimates" $estimates "counts" $counts "lowest" $lowest "highest" $highest -}}
{{- range $name := $catalogue.order -}}
{{- $type := index $catalogue.types $name -}}
{{- $budget := div (mul (int64 $type.gpu_mib) $share) 1000 -}}
{{- $capable := and (ge (int64 $type.capability) $lowest) (le (int64 $type.capability) $highest) -}}
{{- $fits := dict -}}
{{- range $count := $counts -}}
{{- $need := index $estimates (toString $count) -}}
{{- if and $capable (not $fits) (le (int64 $count) (int64 $type.gpus)) (le (int64 $need.total) $budget) -}}
{{- $fits = dict "type" $name "gpus" (int64 $count) "estimate" $need -}}
{{- end -}}
{{- end -}}
{{- if and $fits (not $smallest) }}{{- $smallest = $fits }}{{- end -}}
{{- if and $fits (eq $name ($root.Values.instanceType | default "")) }}{{- $chosen = $fits }}{{- end -}}
{{- end -}}
{{- with .Values.instanceType -}}
{{- if not (hasKey $catalogue.types .) -}}
{{- $allowed := join ", " $catalogue.order -}}
{{- fail (printf "instanceType: %s: no GPU type of files/instance-types.yaml that models are placed on; allowed: %s"
     . $allowed) -}}
{{- end -}}
{{- if not $chosen -}}
{{- include "model-server.misfit" (merge
     (dict "type" . "facts" (index $catalogue.types .) "smallest" $smallest) $case) -}}
{{- end -}}
{{- else -}}
{{- $chosen = $smallest -}}
{{- if not $chosen -}}
{{- include "model-server.misfit" (merge (dict "type" "" "smallest" $smallest) $case) -}}
{{- end -}}
{{- end -}}
{{- $types := list -}}
{{- range $name := $catalogue.order -}}
{{- $type := index $catalogue.types $name -}}
{{- $capable := and (ge (int64 $type.capability) $lowest) (le (int64 $type.capability) $highest) -}}
{{- $budget := div (mul (int64 $type.gpu_mib) $share) 1000 -}}
{{- if and $capable (ge (int64 $type.gpus) (int64 $chosen.gpus)) (le (int64 $chosen.estimate.total) $budget) -}}
{{- $types = append $types $name -}}
{{- end -}}
{{- end -}}
{{ toYaml (merge (dict "types" (sortAlpha $types)) $chosen) }}
{{- end -}}
{{- end }}

{{/* Fails with what the model needs, what the type has, and the smallest type that fits. */}}
{{- define "model-server.misfit" -}}
{{- $count := last .counts -}}
{{- $facts := dict -}}
{{- if .type -}}
{{- $facts = .facts -}}
{{- range .counts }}{{- if le (int64 .) (int64 $facts.gpus) }}{{- $count = . }}{{- end }}{{- end -}}
{{- end -}}
{{- $need := index .estimates (toString $count) -}}
{{- $nodes := .root.Values.model.pipelineParallel | default 1 -}}
{{- $parts := printf "weights %v, KV cache %v, adapters %v, overhead %v"
     $need.weights $need.kv $need.adapters $need.overhead -}}
{{- $what := printf "with %v GPUs on each of %v nodes every GPU needs %v MiB (%s)" $count $nodes $need.total $parts -}}
{{- $has := printf "no type of the catalogue has that with compute capability %v to %v (times ten)" .lowest .highest -}}
{{- if .type -}}
{{- $budget := div (mul (int64 $facts.gpu_mib) .share) 1000 -}}
{{- $has = printf "instanceType %s has %v x %s with %v MiB each, of which the engine may take %v"
     .type $facts.gpus $facts.gpu $facts.gpu_mib $budget -}}
{{- $has = printf "%s, and compute capability %v (%v to %v needed, times ten)"
     $has $facts.capability .lowest .highest -}}
{{- end -}}
{{- $hint := "quantize it, shorten contextLength or meanSequenceLength, lower maxSequences, or raise pipelineParallel" -}}
{{- with .smallest }}
{{- $hint = printf "the smallest type that fits is %s with %v of its GPUs" .type .gpus }}
{{- end -}}
{{- fail (printf "model %s does not fit: %s; %s; %s" .root.Values.model.name $what $has $hint) -}}
{{- end }}
