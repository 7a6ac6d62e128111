{{/* Images, and the Secrets for pulling them. */}}

{{/* (dict "image" .Values.agent.image "of" "agent.image" "tag" .Chart.AppVersion) */}}
{{- define "ena-otel.image" -}}
{{- $tag := .image.tag | default .tag -}}
{{- if .image.digest -}}
{{ printf "%s@%s" .image.repository .image.digest | quote }}
{{- else if $tag -}}
{{ printf "%s:%s" .image.repository $tag | quote }}
{{- else -}}
{{- fail (printf "%s.tag and %s.digest are empty: set one of them" .of .of) -}}
{{- end -}}
{{- end }}

{{/* The field imagePullSecrets of a pod or a service account. A Secret may be given by its name alone. */}}
{{- define "ena-otel.imagePullSecrets" -}}
{{- $secrets := list -}}
{{- range .Values.imagePullSecrets -}}
  {{- $secrets = append $secrets (ternary (dict "name" .) . (kindIs "string" .)) -}}
{{- end -}}
{{- with uniq $secrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end }}
