{{/* Refuses what the schema can't see: choices that the engine does not have, and values that contradict each other. Every
     message names the key, the value and what is allowed. */}}
{{- define "model-server.check" -}}
{{- $engine := include "model-server.engine" . | fromYaml -}}
{{- $supports := $engine.supports -}}
{{- $model := .Values.model -}}
{{- $name := .Values.engine -}}
{{- $sources := list -}}
{{- range $kind, $source := $model.source }}
{{- if $source }}
{{- $sources = append $sources $kind }}
{{- end }}
{{- end -}}
{{- if ne (len $sources) 1 -}}
{{- fail (printf "model.source: %s: needs exactly one of huggingFace, s3, oci (set the others to null)"
     (join ", " $sources | default "none")) -}}
{{- end -}}
{{- $choices := list
  (list "model.source" (first $sources) $supports.sources)
  (list "model.quantization" $model.quantization $supports.quantization)
  (list "model.dtype" $model.dtype $supports.dtypes)
  (list "model.kvCacheDtype" $model.kvCacheDtype $supports.kvCacheDtypes)
  (list "model.attentionBackend" $model.attentionBackend (keys $supports.attention | sortAlpha)) -}}
{{- with $model.speculative }}
{{- $choices = append $choices (list "model.speculative.method" .method ($supports.speculative | default list)) }}
{{- end -}}
{{- if $model.adapters }}
{{- $choices = append $choices
     (list "model.adapterLoading" $model.adapterLoading ($supports.adapters | default list)) }}
{{- end -}}
{{- range $choices -}}
{{- if not (has (index . 1) (index . 2)) -}}
{{- fail (printf "%s: %s: engine %s has %s"
     (index . 0) (index . 1) $name (join ", " (index . 2) | default "none of it")) -}}
{{- end -}}
{{- end -}}
{{- if and (gt (int $model.pipelineParallel) 1) (not $supports.pipelineParallel) -}}
{{- fail (printf "model.pipelineParallel: %v: engine %s serves from one node" $model.pipelineParallel $name) -}}
{{- end -}}
{{- with $model.speculative }}
{{- if and (eq .method "draft") (not .model) }}
{{- fail "model.speculative.model: null: method draft needs the draft model" }}
{{- end }}
{{- end -}}
{{- if and .Values.kuberay (not $supports.kuberay) }}
{{- fail (printf "kuberay: true: engine %s is no Ray Serve" $name) }}
{{- end -}}
{{- include "model-server.checkImage" (list . $engine) -}}
{{- include "model-server.checkCache" . -}}
{{- include "model-server.checkScaling" (list . $engine) -}}
{{- if le (int .Values.drainSeconds) (int .Values.longestStreamSeconds) -}}
{{- fail (printf "drainSeconds: %v: must be more than longestStreamSeconds (%v), or a rollout cuts answers off"
     .Values.drainSeconds .Values.longestStreamSeconds) -}}
{{- end -}}
{{- if and (gt (int .Values.onDemandFloor) 0) (ne .Values.pool "spot") -}}
{{- fail (printf "onDemandFloor: %v: pool is %s; only the spot pool needs a floor"
     .Values.onDemandFloor .Values.pool) -}}
{{- end -}}
{{- if and (gt (int .Values.onDemandFloor) 0) (or .Values.kuberay (gt (int $model.pipelineParallel) 1)) -}}
{{- fail (printf "onDemandFloor: %v: a floor is a second Deployment; not with kuberay or pipelineParallel above 1"
     .Values.onDemandFloor) -}}
{{- end -}}
{{- if gt (int .Values.replicas.min) (int .Values.replicas.max) -}}
{{- fail (printf "replicas.min: %v: more than replicas.max (%v)" .Values.replicas.min .Values.replicas.max) -}}
{{- end -}}
{{- end }}

{{- define "model-server.checkImage" -}}
{{- $root := index . 0 }}{{- $engine := index . 1 -}}
{{- if not ($root.Values.image.repository | default $engine.image.repository) -}}
{{- fail (printf "image.repository: null: engine %s serves an image of yours, name it (and image.tag or image.digest)"
     $root.Values.engine) -}}
{{- end -}}
{{- if not (or $root.Values.image.tag $root.Values.image.digest $engine.image.tag) -}}
{{- fail (printf "image.tag: null: engine %s has no pinned image, give a tag or a digest" $root.Values.engine) -}}
{{- end -}}
{{- end }}

{{- define "model-server.checkCache" -}}
{{- $kind := include "model-server.sourceKind" . -}}
{{- if and (eq .Values.cache.kind "mountpoint") (ne $kind "s3") -}}
{{- fail (printf "cache.kind: mountpoint: mounts the bucket of model.source.s3, but the source is %s" $kind) -}}
{{- end -}}
{{- $pods := add (ternary (int .Values.replicas.max) (int .Values.replicas.min) .Values.autoscaling.enabled) (int .Values.onDemandFloor) -}}
{{- if and (eq .Values.cache.kind "pvc") (eq .Values.cache.pvc.accessMode "ReadWriteOnce")
     (gt (mul $pods (int .Values.model.pipelineParallel)) 1) -}}
{{- fail "cache.pvc.accessMode: ReadWriteOnce: a second replica on another node can't attach the volume; use ReadWriteMany (FSx for Lustre, EFS) or one replica" -}}
{{- end -}}
{{- with .Values.cache.pvc }}
{{- if and (eq $.Values.cache.kind "pvc") (eq .accessMode "ReadWriteMany") (not (or .existingClaim .storageClassName)) }}
{{- fail "cache.pvc.storageClassName: null: the default class makes EBS volumes, which one node attaches; name a class of FSx for Lustre or EFS, or cache.pvc.existingClaim" }}
{{- end }}
{{- end -}}
{{- if and (eq $kind "oci") (semverCompare "<1.35.0-0" .Capabilities.KubeVersion.Version) -}}
{{- fail (printf "model.source: oci: needs image volumes, on by default from Kubernetes 1.35; the cluster is %s"
     .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- $plan := include "model-server.plan" . | fromYaml -}}
{{- if eq (int $plan.gpus) 0 -}}
{{- $need := add (int64 $plan.estimate.weights) (int64 $plan.estimate.kv) 1024 -}}
{{- $has := include "model-server.mib" .Values.resources.memory | int64 -}}
{{- if gt $need $has }}
{{- fail (printf "resources.memory: %s: without a GPU the model needs %v MiB (weights %v, KV cache %v, process 1024)"
     .Values.resources.memory $need $plan.estimate.weights $plan.estimate.kv) }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* A quantity of memory in MiB. */}}
{{- define "model-server.mib" -}}
{{- $factor := dict "Mi" 1 "Gi" 1024 "Ti" 1048576 -}}
{{- mul (regexFind "^[0-9]+" . | int64) (index $factor (regexFind "[A-Z]i$" .)) -}}
{{- end }}

{{- define "model-server.checkScaling" -}}
{{- $root := index . 0 }}{{- $engine := index . 1 }}{{- $scaling := $root.Values.autoscaling -}}
{{- if and $scaling.enabled $scaling.keda (not $root.Values.kuberay) -}}
{{- $set := list -}}
{{- range $signal, $target := $scaling.targets -}}
{{- if $target -}}
{{- $set = append $set $signal -}}
{{- if not (has (include "model-server.sourceKind" $root) (index $engine.metrics.signals $signal)) }}
{{- fail (printf "autoscaling.targets.%s: %v: engine %s tells no such thing; set it to null"
     $signal $target $root.Values.engine) }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not $set }}{{- fail "autoscaling.targets: all null: KEDA needs at least one signal" }}{{- end -}}
{{- if not $root.Values.podMonitor.enabled }}
{{- fail "podMonitor.enabled: false: the signals of autoscaling.keda are what it scrapes" }}
{{- end -}}
{{- end -}}
{{- if and $scaling.enabled $scaling.scaleToZero -}}
{{- if not $scaling.keda }}
{{- fail "autoscaling.scaleToZero: true: needs autoscaling.keda; a HorizontalPodAutoscaler stops at one replica" }}
{{- end -}}
{{- if not (or $scaling.wakeUpQuery $scaling.wakeUpHosts) -}}
{{- fail "autoscaling.wakeUpQuery: null: scaleToZero needs wakeUpQuery or wakeUpHosts; at zero replicas the engine has no metrics" -}}
{{- end -}}
{{- if $root.Values.kuberay }}
{{- fail "autoscaling.scaleToZero: true: Ray scales the replicas of a RayService, and not to zero nodes" }}
{{- end -}}
{{- end -}}
{{- end }}
