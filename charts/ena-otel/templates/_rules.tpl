{{/* The rule file of packages/rules, with the thresholds of the values instead of its tokens: %{name}. */}}
{{- define "ena-otel.rules" -}}
{{- $text := .Files.Get "files/rules/ena-otel.rules.yaml" | required "files/rules/ena-otel.rules.yaml is not in the chart: node packages/rules/src/render.ts" -}}
{{- $text = regexReplaceAll "(?m)^#.*\n" $text "" -}}
{{- $text = replace "%{runbookBaseUrl}" (trimSuffix "/" .Values.rules.runbookBaseUrl) $text -}}
{{- range $name, $value := .Values.rules.thresholds -}}
{{- $text = replace (printf "%%{%s}" $name) (include "ena-otel.digits" $value) $text -}}
{{- end -}}
{{- with regexFind "%\\{[A-Za-z0-9]+\\}" $text -}}
{{- fail (printf "the rules use %s, which rules.thresholds does not have: add it" .) -}}
{{- end -}}
{{- $text | trim -}}
{{- end }}

{{/* A whole number without an exponent, which Go would use for a million. */}}
{{- define "ena-otel.digits" -}}
{{- if eq (float64 .) (floor .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end }}
