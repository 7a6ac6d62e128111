{{/*
A VerticalPodAutoscaler of the container that has the component's name: (dict "root" . "component" "agent" "kind" "DaemonSet" "name" …
"values" .Values.agent.verticalPodAutoscaler "minAllowed" (dict …)).
*/}}
{{- define "ena-otel.verticalPodAutoscaler" }}
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata:
  {{- include "ena-otel.metadata" . | nindent 2 }}
spec:
  targetRef:
    apiVersion: apps/v1
    kind: {{ .kind }}
    name: {{ .name | quote }}
  updatePolicy:
    updateMode: {{ .values.updateMode | quote }} # "Off" is a boolean without quotes
  resourcePolicy:
    containerPolicies:
      - containerName: {{ .component }}
        controlledResources:
          {{- toYaml .values.controlledResources | nindent 10 }}
        # Not the limits: the agent's allows for its queue, and GOMEMLIMIT is computed from the collector's.
        controlledValues: RequestsOnly
        {{- range $bound := list "minAllowed" "maxAllowed" }}
        {{- with include "ena-otel.quantities" (get (ternary $ $.values (eq $bound "minAllowed")) $bound) | trim }}
        {{ $bound }}:
          {{- . | nindent 10 }}
        {{- end }}
        {{- end }}
      - containerName: '*'
        mode: 'Off'
{{- end }}

{{/* A map of quantities, all as texts: the definition of the object allows no fractions. */}}
{{- define "ena-otel.quantities" -}}
{{- range $resource, $quantity := . }}
{{- if not (kindIs "invalid" $quantity) }}
{{ $resource }}: {{ ternary $quantity (int64 $quantity) (kindIs "string" $quantity) | quote }}
{{- end }}
{{- end }}
{{- end }}
