{{- define "model-server.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Environment of the engine: writable folders for what libraries cache, the model, no way out to the Hub. */}}
{{- define "model-server.environment" -}}
{{- $engine := include "model-server.engine" . | fromYaml -}}
{{- $context := include "model-server.context" . | fromJson -}}
{{- $fixed := dict
  "HOME" "/scratch/home" "USER" "model" "LOGNAME" "model" "HF_HOME" "/scratch/hf" "XDG_CACHE_HOME" "/scratch/cache"
  "XDG_CONFIG_HOME" "/scratch/config" "TORCHINDUCTOR_CACHE_DIR" "/scratch/inductor" "TRITON_CACHE_DIR" "/scratch/triton"
  "NUMBA_CACHE_DIR" "/scratch/numba" "HF_HUB_OFFLINE" "1" "TRANSFORMERS_OFFLINE" "1" "DO_NOT_TRACK" "1"
  "MODEL_NAME" .Values.model.name "MODEL_PATH" (include "model-server.weights" .) -}}
{{- with .Values.tracing.collector }}
{{- /* The gateway decides nothing that all engines heed, so all spans are made, and the collectors keep their share. */ -}}
{{- $_ := set $fixed "OTEL_EXPORTER_OTLP_ENDPOINT" (printf "http://%s:4318" .) }}
{{- $_ := set $fixed "OTEL_EXPORTER_OTLP_PROTOCOL" "http/protobuf" }}
{{- $_ := set $fixed "OTEL_SERVICE_NAME" $.Values.model.name }}
{{- $_ := set $fixed "OTEL_TRACES_SAMPLER" "parentbased_always_on" }}
{{- $_ := set $fixed "OTEL_METRICS_EXPORTER" "none" }}
{{- $_ := set $fixed "OTEL_LOGS_EXPORTER" "none" }}
{{- $_ := set $fixed "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT" "false" }}
{{- end }}
- name: POD_IP
  valueFrom: {fieldRef: {fieldPath: status.podIP}}
{{- $filled := dict -}}
{{- range $key, $text := $engine.env }}
{{- with tpl $text $context | trim }}
{{- $_ := set $filled $key . }}
{{- end }}
{{- end -}}
{{- range $key, $value := mergeOverwrite $fixed $filled .Values.environment }}
- {name: {{ $key }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "model-server.mounts" -}}
{{- $root := . -}}
- {name: scratch, mountPath: /scratch}
- {name: scratch, mountPath: /tmp, subPath: tmp}
- {name: shared-memory, mountPath: /dev/shm}
{{- if include "model-server.fetches" . }}
- {name: cache, mountPath: /cache, readOnly: true}
{{- end }}
{{- if include "model-server.isMounted" . }}
- {name: model, mountPath: /model, readOnly: true}
{{- end }}
{{- /* File by file: Triton would take the folder of a whole ConfigMap volume for a model. */ -}}
{{- range include "model-server.files" . | fromJsonArray }}
- {name: config, mountPath: /etc/model-server/{{ .path }}, subPath: {{ .key }}, readOnly: true}
{{- end }}
{{- end }}

{{- define "model-server.resources" -}}
{{- $gpus := (include "model-server.plan" . | fromYaml).gpus | int -}}
requests:
  cpu: {{ .Values.resources.cpu | quote }}
  memory: {{ .Values.resources.memory }}
  {{- if $gpus }}
  nvidia.com/gpu: {{ $gpus }}
  {{- end }}
limits:
  memory: {{ .Values.resources.memory }}
  {{- if $gpus }}
  nvidia.com/gpu: {{ $gpus }}
  {{- end }}
{{- end }}

{{- define "model-server.probes" -}}
{{- $engine := include "model-server.engine" . | fromYaml -}}
{{- $context := include "model-server.context" . | fromJson -}}
{{- $seconds := include "model-server.seconds" . | fromYaml -}}
# Waits for weights to be loaded and kernels to be compiled; the other two begin when it has passed.
startupProbe:
  httpGet: {path: {{ tpl $engine.health.ready $context }}, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: {{ div (add (int64 $seconds.startup) 9) 10 }}
readinessProbe:
  httpGet: {path: {{ tpl $engine.health.ready $context }}, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
# A busy engine answers late: restarting it for that would lose its batch and its cache.
livenessProbe:
  httpGet: {path: {{ tpl $engine.health.live $context }}, port: http}
  periodSeconds: 15
  timeoutSeconds: 15
  failureThreshold: 6
{{- end }}

{{/* The engine's container (list of root context, role): role `server`, or `worker` for the other nodes of a group. */}}
{{- define "model-server.container" -}}
{{- $root := index . 0 }}{{- $role := index . 1 -}}
{{- $engine := include "model-server.engine" $root | fromYaml -}}
{{- $context := include "model-server.context" $root | fromJson -}}
{{- $facts := dict "repository" $engine.image.repository "tag" (tpl (toString $engine.image.tag) $context) -}}
{{- $seconds := include "model-server.seconds" $root | fromYaml -}}
{{- $args := include "model-server.lines" (dict "text" $engine.args "context" $context) | fromJsonArray -}}
{{- if gt (int $root.Values.model.pipelineParallel) 1 }}
{{- $args = concat $args
     (include "model-server.lines" (dict "text" $engine.multiNode "context" $context) | fromJsonArray) }}
{{- end -}}
{{- if eq $role "worker" }}
{{- $args = concat $args
     (include "model-server.lines" (dict "text" $engine.multiNodeWorker "context" $context) | fromJsonArray) }}
{{- end -}}
- name: {{ $root.Values.engine }}
  image: {{ include "model-server.image" (dict "registry" $root.Values.image.registry "facts" $facts "over" $root.Values.image) }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  {{- /* In a RayService KubeRay writes the command and the probes: a pod of it is a Ray node, not a server. */ -}}
  {{- if not $root.Values.kuberay }}
  {{- with $engine.command }}
  command: {{ toJson . }}
  {{- end }}
  args:
    {{- toYaml (concat $args $root.Values.extraArgs) | nindent 4 }}
  {{- end }}
  env:
    {{- include "model-server.environment" $root | nindent 4 }}
  ports:
    {{- range $name, $port := $engine.ports }}
    - {name: {{ $name }}, containerPort: {{ $port }}, protocol: TCP}
    {{- end }}
  resources:
    {{- include "model-server.resources" $root | nindent 4 }}
  {{- if and (eq $role "server") (not $root.Values.kuberay) }}
  {{- include "model-server.probes" $root | nindent 2 }}
  {{- end }}
  lifecycle:
    preStop: {sleep: {seconds: {{ $seconds.preStop }}}}
  securityContext:
    {{- include "model-server.containerSecurity" $root | nindent 4 }}
  volumeMounts:
    {{- include "model-server.mounts" $root | nindent 4 }}
{{- end }}
