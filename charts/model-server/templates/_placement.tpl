{{/* Where the pods go (list of root context, pool): node selector, tolerations, affinity to the types that hold the model,
     spread. Without GPUs: the system pool, whose nodes have no taint. */}}
{{- define "model-server.placement" -}}
{{- $root := index . 0 }}{{- $pool := index . 1 -}}
{{- $plan := include "model-server.plan" $root | fromYaml -}}
{{- $gpus := int $plan.gpus -}}
{{- $grouped := gt (int $root.Values.model.pipelineParallel) 1 -}}
nodeSelector:
  llm-platform/pool: {{ ternary "system" $pool (eq $gpus 0) }}
{{- if gt $gpus 0 }}
tolerations:
  - {key: nvidia.com/gpu, operator: Equal, value: {{ $pool }}, effect: NoSchedule}
  {{- if eq $pool "spot" }}
  - {key: llm-platform/interruptible, operator: Equal, value: "true", effect: NoSchedule}
  {{- end }}
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        - matchExpressions:
            - key: node.kubernetes.io/instance-type
              operator: In
              values:
                {{- toYaml $plan.types | nindent 16 }}
  {{- if $grouped }}
  # The nodes of a group pass on every token's activations: in one zone that is faster, and costs nothing.
  podAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: topology.kubernetes.io/zone
          labelSelector:
            matchLabels:
              {{- include "model-server.selector" $root | nindent 14 }}
          matchLabelKeys: [leaderworkerset.sigs.k8s.io/group-index]
  {{- end }}
{{- end }}
topologySpreadConstraints:
  {{- range ternary (list "kubernetes.io/hostname") (list "topology.kubernetes.io/zone" "kubernetes.io/hostname") $grouped }}
  - maxSkew: 1
    topologyKey: {{ . }}
    # A model that can't spread serves all the same: a GPU in the wrong zone is better than none.
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "model-server.selector" $root | nindent 8 }}
        llm-platform/pool: {{ $pool }}
  {{- end }}
{{- end }}

{{/* What the placement rests on, as annotations of the workload and not of its pods: a new price may change the plan, and
     must not restart a model. */}}
{{- define "model-server.planAnnotations" -}}
{{- $plan := include "model-server.plan" . | fromYaml -}}
llm-platform/planned-on: {{ $plan.type | default "no-gpu" }}
llm-platform/memory-mib: {{ $plan.estimate.total | int64 | quote }}
{{- end }}

{{/* Pools besides the inference pool that the pod says it may land on. */}}
{{- define "model-server.alsoOn" -}}
{{- if ne . "inference" }}{{ . }}{{ end -}}
{{- end }}

{{/* Whether a successor may start before its predecessor ends: as YAML, maxSurge and maxUnavailable. A volume that one node
     holds keeps it from starting on another. */}}
{{- define "model-server.rollout" -}}
{{- $gpus := (include "model-server.plan" . | fromYaml).gpus | int -}}
{{- $needs := mul $gpus (int .Values.model.pipelineParallel) -}}
{{- $held := and (eq .Values.cache.kind "pvc") (eq .Values.cache.pvc.accessMode "ReadWriteOnce") -}}
{{- if and (ge (int64 .Values.spareGpus) $needs) (not $held) -}}
maxSurge: 1
maxUnavailable: 0
{{- else -}}
maxSurge: 0
maxUnavailable: 1
{{- end -}}
{{- end }}

{{/* Seconds, as YAML: startup (load and compile), progress (node, image, download and startup), preStop, grace. */}}
{{- define "model-server.seconds" -}}
{{- $facts := .Files.Get "files/engines.yaml" | fromYaml -}}
{{- $engine := index $facts.engines .Values.engine -}}
{{- $mib := include "model-server.weightsMib" . | int64 -}}
{{- $load := int64 (.Values.startup.loadMibPerSecond | default $facts.start.load_mib_per_second) -}}
{{- $download := int64 (.Values.startup.downloadMibPerSecond | default $facts.start.download_mib_per_second) -}}
{{- $startup := mul (int64 $facts.start.margin) (add (int64 $engine.start.seconds) (div $mib $load)) -}}
{{- $drain := int64 .Values.drainSeconds -}}
{{- $preStop := ternary 15 $drain $engine.drains | int64 -}}
startup: {{ $startup }}
progress: {{ add (int64 $facts.start.node_and_image_seconds) (mul (int64 $facts.start.margin) (div $mib $download)) $startup }}
preStop: {{ $preStop }}
grace: {{ add (ternary (add 15 $drain) $drain $engine.drains | int64) 15 }}
{{- end }}
