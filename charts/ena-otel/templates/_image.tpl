{{/* Images, and the Secrets for pulling them. */}}

{{/* (dict "root" . "image" .Values.agent.image "of" "agent.image" "tag" .Chart.AppVersion) */}}
{{- define "ena-otel.image" -}}
{{- $repository := include "ena-otel.image.repository" . -}}
{{- $tag := .image.tag | default .tag -}}
{{- if .image.digest -}}
{{ printf "%s@%s" $repository .image.digest | quote }}
{{- else if $tag -}}
{{ printf "%s:%s" $repository $tag | quote }}
{{- else -}}
{{- fail (printf "%s.tag and %s.digest are empty: set one of them" .of .of) -}}
{{- end -}}
{{- end }}

{{/* The repository, in the registry of all charts if there is one. A first part with a dot or a port is a registry, as for container engines. */}}
{{- define "ena-otel.image.repository" -}}
{{- $registry := (.root.Values.global | default dict).imageRegistry -}}
{{- $parts := splitList "/" .image.repository -}}
{{- if and (gt (len $parts) 1) (regexMatch "[.:]|^localhost$" (first $parts)) $registry -}}
  {{- $parts = rest $parts -}}
{{- end -}}
{{- if $registry -}}
  {{- $parts = prepend $parts (trimSuffix "/" $registry) -}}
{{- end -}}
{{ join "/" $parts }}
{{- end }}

{{/* The field imagePullSecrets of a pod or a service account. A Secret may be given by its name alone. */}}
{{- define "ena-otel.imagePullSecrets" -}}
{{- $secrets := list -}}
{{- $global := (.Values.global | default dict).imagePullSecrets -}}
{{- range concat ($global | default list) (.Values.imagePullSecrets | default list) -}}
  {{- $secrets = append $secrets (ternary (dict "name" .) . (kindIs "string" .)) -}}
{{- end -}}
{{- with uniq $secrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end }}
