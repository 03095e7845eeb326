{{/* Job spec (dict of embedding.pod, with deadlineSeconds and retries): what a spot machine's end interrupts is not counted,
     what can't be mended by another try is not tried again. */}}
{{- define "embedding.job" -}}
backoffLimit: {{ .retries }}
activeDeadlineSeconds: {{ .deadlineSeconds }}
podFailurePolicy:
  rules:
    - action: Ignore
      onPodConditions:
        - {type: DisruptionTarget, status: "True"}
    # Bad settings, documents that can not be read, drift that persists: the same again would end the same way.
    - action: FailJob
      onExitCodes: {containerName: {{ .component }}, operator: In, values: [2, 5, 6]}
template:
  {{- include "embedding.pod" (merge (dict "restartPolicy" "Never") .) | nindent 2 }}
{{- end }}
