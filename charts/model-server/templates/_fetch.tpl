{{/* The init container that fills the cache: files/fetch_weights.py, the only one that has the token. */}}
{{- define "model-server.fetchContainer" -}}
{{- $fetch := (.Files.Get "files/engines.yaml" | fromYaml).fetch -}}
- name: fetch-weights
  image: {{ include "model-server.image" (dict "registry" .Values.fetchImage.registry "facts" $fetch.image "over" .Values.fetchImage) }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command: [python, /etc/fetch/fetch_weights.py, /etc/fetch/sources.json, /cache]
  env:
    - {name: HOME, value: /scratch/home}
    - {name: HF_HOME, value: /scratch/hf}
    - {name: LOCK_SECONDS, value: {{ .Values.cache.lockSeconds | int | quote }}}
    - {name: IGNORE_PATTERNS, value: {{ join "," $fetch.ignore | quote }}}
    {{- with .Values.model.tokenSecret }}
    - name: HF_TOKEN
      valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .key }}}}
    {{- end }}
  resources:
    requests: {cpu: "1", memory: 2Gi}
    limits: {memory: 2Gi}
  securityContext:
    {{- include "model-server.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - {name: cache, mountPath: /cache}
    - {name: scratch, mountPath: /scratch}
    - {name: scratch, mountPath: /tmp, subPath: tmp}
    - {name: config, mountPath: /etc/fetch/fetch_weights.py, subPath: fetch_weights.py, readOnly: true}
    - {name: config, mountPath: /etc/fetch/sources.json, subPath: sources.json, readOnly: true}
{{- end }}

{{- define "model-server.volumes" -}}
- name: scratch
  emptyDir: {sizeLimit: 20Gi}
- name: shared-memory
  emptyDir: {medium: Memory, sizeLimit: {{ .Values.resources.sharedMemoryGib | int }}Gi}
- name: config
  configMap: {name: {{ .Release.Name }}}
{{- if include "model-server.fetches" . }}
- name: cache
  {{- if and (eq .Values.cache.kind "pvc") (not (eq (include "model-server.sourceKind" .) "oci")) }}
  persistentVolumeClaim: {claimName: {{ .Values.cache.pvc.existingClaim | default (printf "%s-cache" .Release.Name) }}}
  {{- else if and (eq .Values.cache.kind "node") .Values.cache.node.hostPath }}
  hostPath: {path: {{ .Values.cache.node.hostPath }}, type: Directory}
  {{- else }}
  emptyDir: {sizeLimit: {{ include "model-server.cacheGib" . }}Gi}
  {{- end }}
{{- end }}
{{- with .Values.model.source.oci }}
- name: model
  image: {reference: {{ .image | quote }}, pullPolicy: IfNotPresent}
{{- end }}
{{- if eq .Values.cache.kind "mountpoint" }}
- name: model
  persistentVolumeClaim: {claimName: {{ .Release.Name }}-model, readOnly: true}
{{- end }}
{{- end }}
