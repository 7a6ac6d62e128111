{{/*
The second destination, CloudWatch's OTLP endpoint: at most 1,000 points and 1 MB a request, gzip, HTTP.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html

It has a pipeline of its own with a queue, and answers agents at once: with and without a workspace. Without a queue, CloudWatch would delay what goes to
the workspace, because a fan-out returns the errors of both exporters. Its 429 would reach agents as RESOURCE_EXHAUSTED, which OTLP does not retry.
*/}}

{{- define "ena-otel.cloudwatch.region" -}}
{{ .Values.cloudwatch.region | default (include "ena-otel.amp.region" .) }}
{{- end }}

{{- define "ena-otel.cloudwatch.endpoint" -}}
{{- if .Values.cloudwatch.endpoint -}}
{{ .Values.cloudwatch.endpoint }}
{{- else -}}
{{- $region := include "ena-otel.cloudwatch.region" . -}}
https://monitoring.{{ $region }}.{{ (include "ena-otel.partition" $region | fromYaml).domain }}/v1/metrics
{{- end -}}
{{- end }}

{{/* (dict "root" . "receiver" …) */}}
{{- define "ena-otel.collector.config.cloudwatch" -}}
{{- $values := .root.Values -}}
{{- $labels := $values.collector.externalLabels -}}
extensions:
  sigv4auth/cloudwatch:
    region: {{ include "ena-otel.cloudwatch.region" .root }}
    service: monitoring
    {{- with $values.amp.stsRegion }}
    assume_role:
      sts_region: {{ . }}
    {{- end }}
processors:
  {{- if $labels }}
  resource/cloudwatch:
    attributes:
      {{- range $name, $value := $labels }}
      - key: {{ $name }}
        value: {{ $value | replace "$" "$$" | quote }}
        action: upsert
      {{- end }}
  {{- end }}
  batch/cloudwatch:
    timeout: 10s
    send_batch_size: 1000
    send_batch_max_size: 1000
exporters:
  otlphttp/cloudwatch:
    metrics_endpoint: {{ include "ena-otel.cloudwatch.endpoint" .root | quote }}
    compression: gzip
    auth:
      authenticator: sigv4auth/cloudwatch
    retry_on_failure:
      initial_interval: 500ms
      max_interval: 30s
      max_elapsed_time: 1h
    sending_queue:
      queue_size: {{ int $values.cloudwatch.queueSize }}
      num_consumers: 5
service:
  pipelines:
    {{ ternary "metrics/cloudwatch" "metrics" (include "ena-otel.amp.isUsed" .root | eq "true") }}:
      receivers: [{{ ternary "otlp" "prometheus" (eq .receiver "otlp") }}]
      processors: [memory_limiter, resource/version{{ if $labels }}, resource/cloudwatch{{ end }}, batch/cloudwatch]
      exporters: [otlphttp/cloudwatch]
{{- end }}
