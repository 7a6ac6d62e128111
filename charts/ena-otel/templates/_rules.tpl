{{/*
The rule file of packages/rules, with the values instead of its tokens, %{name}; without the alerts that rules.disabled has, and with the labels
of rules.labels.
*/}}
{{- define "ena-otel.rules" -}}
{{- $text := .Files.Get "files/rules/ena-otel.rules.yaml" | required "files/rules/ena-otel.rules.yaml is not in the chart: node packages/rules/src/render.ts" -}}
{{- $text = regexReplaceAll "(?m)^#.*\n" $text "" -}}
{{- $text = replace "%{runbookBaseUrl}" (trimSuffix "/" .Values.rules.runbookBaseUrl) $text -}}
{{- with .Values.rules.dashboardBaseUrl -}}
{{- $text = replace "%{dashboardBaseUrl}" (trimSuffix "/" .) $text -}}
{{- else -}}
{{- $text = regexReplaceAll "(?m)^ *dashboard_url: .*\n?" $text "" -}}
{{- end -}}
{{- $text = replace "%{vpcResolvers}" .Values.rules.vpcResolvers $text -}}
{{- range $name, $value := .Values.rules.thresholds -}}
{{- $text = replace (printf "%%{%s}" $name) (include "ena-otel.digits" $value) $text -}}
{{- end -}}
{{- with regexFind "%\\{[A-Za-z0-9]+\\}" $text -}}
{{- fail (printf "the rules use %s, which rules.thresholds does not have: add it" .) -}}
{{- end -}}
{{- $file := fromYaml $text -}}
{{- $alerts := list -}}
{{- range $group := $file.groups -}}
  {{- $rules := list -}}
  {{- range $rule := $group.rules -}}
    {{- $alerts = append $alerts $rule.alert -}}
    {{- if not (and $rule.alert (get ($.Values.rules.disabled | default dict) $rule.alert)) -}}
    {{- with $.Values.rules.labels -}}
    {{- $_ := set $rule "labels" (merge (dict) ($rule.labels | default dict) .) -}}
    {{- end -}}
    {{- $rules = append $rules $rule -}}
    {{- end -}}
  {{- end -}}
  {{- $_ := set $group "rules" $rules -}}
{{- end -}}
{{- range $name, $_ := .Values.rules.disabled -}}
{{- if not (has $name $alerts) -}}
{{- fail (printf "rules.disabled has %s, which is not the name of an alert" $name) -}}
{{- end -}}
{{- end -}}
{{- toYaml $file -}}
{{- end }}

{{/* A whole number without an exponent, which Go would use for a million. */}}
{{- define "ena-otel.digits" -}}
{{- if eq (float64 .) (floor .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end }}
