{{/* What the agent's and the collector's pods have in common: security contexts and probes. */}}

{{/* (dict "context" .Values.agent.podSecurityContext "user" .Values.agent.runAsUser), with "fsGroup" for volumes that are written to. */}}
{{- define "ena-otel.podSecurityContext" -}}
{{- $user := dict "runAsUser" (int .user) "runAsGroup" (int .user) -}}
{{- with .fsGroup -}}
  {{- $user = merge $user (dict "fsGroup" (int .)) -}}
{{- end -}}
{{- toYaml (merge (dict) (.context | default dict) $user) -}}
{{- end }}

{{/*
The probes of a container; a value of null removes one. (dict "values" .Values.agent "port" 8413 "live" "/livez" "ready" "/readyz"), with "host"
for one that does not listen on the pod's address.
*/}}
{{- define "ena-otel.probes" -}}
{{- range $name := list "startupProbe" "livenessProbe" "readinessProbe" }}
{{- with get $.values $name }}
{{ $name }}:
  httpGet:
    {{- with $.host }}
    host: {{ . }}
    {{- end }}
    path: {{ ternary $.ready $.live (eq $name "readinessProbe") }}
    port: {{ int $.port }}
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
