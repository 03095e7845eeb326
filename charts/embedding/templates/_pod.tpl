{{/* What pods of all kinds share (dict: root, component, account, secrets, args, pool, gpus, priority, cpu, memory, scratchGib,
     grace, ports, probes, spread, restartPolicy, model, read: settings that are not the job's): a pod template. */}}
{{- define "embedding.pod" -}}
{{- $root := .root -}}
{{- $gpus := int (.gpus | default 0) -}}
metadata:
  labels:
    {{- include "embedding.ownLabels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    llm-platform/pool: {{ ternary .pool "system" (gt $gpus 0) }}
  annotations:
    # Changed settings start the service anew.
    llm-platform/config: {{ .read | default (include "embedding.settings" $root) | sha256sum }}
    {{- if and (gt $gpus 0) (ne .pool "inference") }}
    llm-platform/also-on: {{ .pool }}
    {{- end }}
spec:
  serviceAccountName: {{ .account }}
  # Nothing here speaks to the Kubernetes API; credentials for AWS come from Pod Identity.
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - {name: {{ . }}}
    {{- end }}
  {{- end }}
  {{- with .priority }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ .grace }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile: {type: RuntimeDefault}
  nodeSelector:
    llm-platform/pool: {{ ternary .pool "system" (gt $gpus 0) }}
  {{- if gt $gpus 0 }}
  tolerations:
    - {key: nvidia.com/gpu, operator: Equal, value: {{ .pool }}, effect: NoSchedule}
    {{- if eq .pool "spot" }}
    - {key: llm-platform/interruptible, operator: Equal, value: "true", effect: NoSchedule}
    {{- end }}
  {{- end }}
  {{- if .spread }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "embedding.selector" $root | nindent 10 }}
          app.kubernetes.io/component: {{ $.component }}
    {{- end }}
  {{- end }}
  {{- if and .model $root.Values.model.s3 }}
  initContainers:
    - name: fetch-model
      image: {{ include "embedding.image" $root }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: [fetch-model, {{ $root.Values.model.s3 | quote }}, /model]
      env:
        {{- include "embedding.environment" (dict "root" $root "secrets" list) | nindent 8 }}
      resources:
        requests: {cpu: 500m, memory: 512Mi}
        limits: {memory: 512Mi}
      securityContext:
        {{- include "embedding.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - {name: model, mountPath: /model}
        - {name: scratch, mountPath: /scratch}
        - {name: scratch, mountPath: /tmp, subPath: tmp}
  {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ include "embedding.image" $root }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      {{- with .args }}
      args:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      env:
        {{- include "embedding.environment" . | nindent 8 }}
      {{- with .ports }}
      ports:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      resources:
        requests:
          cpu: {{ .resources.cpu | quote }}
          memory: {{ .resources.memory }}
          {{- if gt $gpus 0 }}
          nvidia.com/gpu: {{ $gpus }}
          {{- end }}
        limits:
          memory: {{ .resources.memory }}
          {{- if gt $gpus 0 }}
          nvidia.com/gpu: {{ $gpus }}
          {{- end }}
      {{- with .probes }}
      {{- . | nindent 6 }}
      {{- end }}
      securityContext:
        {{- include "embedding.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - {name: settings, mountPath: /etc/embedding, readOnly: true}
        - {name: scratch, mountPath: /scratch}
        - {name: scratch, mountPath: /tmp, subPath: tmp}
        {{- if and .model $root.Values.model.s3 }}
        - {name: model, mountPath: /model, readOnly: true}
        {{- end }}
  volumes:
    - name: settings
      configMap: {name: {{ $root.Release.Name }}}
    - name: scratch
      emptyDir: {sizeLimit: {{ .scratchGib | default 5 | int }}Gi}
    {{- if and .model $root.Values.model.s3 }}
    - name: model
      emptyDir: {sizeLimit: {{ $root.Values.model.cacheGib | int }}Gi}
    {{- end }}
{{- end }}

{{- define "embedding.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Folders that libraries write into, and secrets (dict: root, secrets). */}}
{{- define "embedding.environment" -}}
- {name: HOME, value: /scratch/home}
- {name: HF_HOME, value: /scratch/hf}
- {name: XDG_CACHE_HOME, value: /scratch/cache}
- {name: TORCHINDUCTOR_CACHE_DIR, value: /scratch/inductor}
- {name: DO_NOT_TRACK, value: "1"}
- {name: RAY_USAGE_STATS_ENABLED, value: "0"}
- {name: TOKENIZERS_PARALLELISM, value: "false"}
{{- if .root.Values.model.s3 }}
- {name: HF_HUB_OFFLINE, value: "1"}
{{- end }}
{{- range .secrets }}
- name: {{ .env }}
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
{{- end }}
{{- end }}
