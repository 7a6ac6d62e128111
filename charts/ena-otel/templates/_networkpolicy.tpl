{{/* Ports and addresses of the network policies. */}}

{{/* The port of a URL or of a proxy, which may lack the scheme: 8443 of https://host:8443/path, otherwise that of the scheme. */}}
{{- define "ena-otel.url.port" -}}
{{- $host := regexReplaceAll "^[a-z0-9]+://" . "" | regexFind "^[^/?#]*" -}}
{{- $port := regexFind ":[0-9]+$" $host | trimPrefix ":" -}}
{{- $port | default (ternary "443" "80" (hasPrefix "https://" .)) -}}
{{- end }}

{{/* Ports that lead to AWS: 443, those of amp.remoteWriteUrl and cloudwatch.endpoint, and those of proxies in collector.env. As a list in YAML. */}}
{{- define "ena-otel.networkPolicy.workspacePorts" -}}
{{- $ports := list "443" -}}
{{- with .Values.amp.remoteWriteUrl -}}
  {{- $ports = append $ports (include "ena-otel.url.port" .) -}}
{{- end -}}
{{- if .Values.cloudwatch.enabled -}}
  {{- $ports = append $ports (include "ena-otel.cloudwatch.endpoint" . | include "ena-otel.url.port") -}}
{{- end -}}
{{- range .Values.collector.env -}}
  {{- if and (has (.name | toString | upper) (list "HTTP_PROXY" "HTTPS_PROXY")) .value -}}
    {{- $ports = append $ports (include "ena-otel.url.port" (toString .value)) -}}
  {{- end -}}
{{- end -}}
{{- range uniq $ports }}
- port: {{ . }}
  protocol: TCP
{{- end -}}
{{- end }}

{{- define "ena-otel.networkPolicy.dns" -}}
- port: 53
  protocol: UDP
- port: 53
  protocol: TCP
{{- end }}

{{/* What a kubelet and a scraper of metrics ask the collector. */}}
{{- define "ena-otel.networkPolicy.observers" -}}
{{- range list .Values.collector.ports.health .Values.collector.ports.metrics }}
- port: {{ int . }}
  protocol: TCP
{{- end -}}
{{- end }}
