{{/* The head of a Ray cluster: keeps the cluster's state, serves nothing, needs no GPU and so runs on the system pool. */}}
{{- define "model-server.rayHead" -}}
{{- $engine := include "model-server.engine" . | fromYaml -}}
metadata:
  labels:
    {{- include "model-server.ownLabels" . | nindent 4 }}
    app.kubernetes.io/component: head
spec:
  serviceAccountName: {{ include "model-server.serviceAccount" . }}
  # Ray's autoscaler runs beside the head and asks the Kubernetes API for worker pods.
  automountServiceAccountToken: {{ .Values.autoscaling.enabled }}
  enableServiceLinks: false
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ $engine.user }}
    runAsGroup: {{ $engine.user }}
    fsGroup: {{ $engine.user }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  nodeSelector: {llm-platform/pool: system}
  {{- if include "model-server.fetches" . }}
  # Ray may build the application here, which reads the model's configuration.
  initContainers:
    {{- include "model-server.fetchContainer" . | nindent 4 }}
  {{- end }}
  containers:
    - name: ray-head
      image: {{ include "model-server.image" (dict "registry" .Values.image.registry "facts" $engine.image "over" .Values.image) }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      env:
        {{- include "model-server.environment" . | nindent 8 }}
      ports:
        - {name: gcs, containerPort: 6379}
        - {name: dashboard, containerPort: 8265}
        - {name: client, containerPort: 10001}
        - {name: metrics, containerPort: 8080}
        - {name: serve, containerPort: 8000}
      resources:
        requests: {cpu: "1", memory: 4Gi}
        limits: {memory: 4Gi}
      securityContext:
        {{- include "model-server.containerSecurity" . | nindent 8 }}
      volumeMounts:
        {{- include "model-server.mounts" . | nindent 8 }}
  volumes:
    {{- include "model-server.volumes" . | nindent 4 }}
{{- end }}
