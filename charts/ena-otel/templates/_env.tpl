{{/*
The environment of a container: the chart's variables, without those that the values set too, then the values'. Kubernetes identifies an
entry by its name, and server-side apply refuses a list with the same name twice.

(dict "chart" (a list as YAML) "values" .Values.agent.env "of" "agent.env")
*/}}
{{- define "ena-otel.env" -}}
{{- $names := list -}}
{{- range .values -}}
  {{- if has .name $names -}}
  {{- fail (printf "%s has %s twice: remove one of them" $.of .name) -}}
  {{- end -}}
  {{- if and .value .valueFrom -}}
  {{- fail (printf "%s has both value and valueFrom for %s: remove one of them" $.of .name) -}}
  {{- end -}}
  {{- $names = append $names .name -}}
{{- end -}}
{{- $env := list -}}
{{- range fromYamlArray .chart -}}
  {{- if not (has .name $names) -}}
  {{- $env = append $env . -}}
  {{- end -}}
{{- end -}}
{{- with concat $env (.values | default list) -}}
{{- toYaml . -}}
{{- end -}}
{{- end }}
