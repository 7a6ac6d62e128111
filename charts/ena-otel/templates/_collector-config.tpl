{{/*
The pipeline: otlp → memory_limiter → remote write, signed (and _cloudwatch.tpl). With collector.mode deployment and sidecar, a ConfigMap contains it; with
operator, the OpenTelemetryCollector does. The CoreDNS scraper (_coredns.tpl) has another receiver, and sends to this collector.

By default, it queues nothing: the agents have their own queues, which outlive this pod. It therefore has no batch processor, which would
answer before the data is sent, and the exporter has no queue and no retries. Failures of the workspace (429, 5xx, no connection) reach the
agent as UNAVAILABLE, and the agent retries.

The ids are the old ones (prometheusremotewrite, not prometheus_remote_write): every ADOT accepts them, and those up to v0.48 accept no others.
*/}}

{{/* (dict "root" . "receiver" "otlp" or "coredns") */}}
{{- define "ena-otel.collector.config" -}}
{{- $root := .root -}}
{{- $destinations := list "collector" -}}
{{- if include "ena-otel.collector.isWriter" . | eq "true" -}}
{{- $destinations = include "ena-otel.collector.destinations" $root | fromYamlArray -}}
{{- end -}}
{{- $config := include "ena-otel.collector.config.common" (merge (dict "destinations" $destinations) .) | fromYaml -}}
{{- $parts := prepend $destinations .receiver -}}
{{- if and (eq .receiver "otlp") $root.Values.collector.ownMetrics.enabled -}}
{{- $parts = append $parts "ownMetrics" -}}
{{- end -}}
{{- range $part := $parts -}}
{{- $config = mustMergeOverwrite $config (include (printf "ena-otel.collector.config.%s" $part) $ | fromYaml) -}}
{{- end -}}
{{- /* Each has its own changes: a pipeline that names the receiver of one breaks the other. */ -}}
{{- $changes := ternary $root.Values.collector.config $root.Values.coredns.scrape.config (eq .receiver "otlp") -}}
{{- toYaml (mustMergeOverwrite $config (deepCopy ($changes | default dict))) -}}
{{- end }}

{{/* Where a collector writes to, as a list in YAML. */}}
{{- define "ena-otel.collector.destinations" -}}
{{- $destinations := list -}}
{{- if include "ena-otel.amp.isUsed" . -}}{{- $destinations = append $destinations "workspace" -}}{{- end -}}
{{- if .Values.cloudwatch.enabled -}}{{- $destinations = append $destinations "cloudwatch" -}}{{- end -}}
{{- toYaml $destinations -}}
{{- end }}

{{/* The exporters of the collector, as a list in YAML. */}}
{{- define "ena-otel.collector.exporters" -}}
{{- range include "ena-otel.collector.destinations" . | fromYamlArray }}
- {{ get (dict "workspace" "prometheusremotewrite" "cloudwatch" "otlphttp/cloudwatch") . }}
{{- end -}}
{{- end }}

{{/*
The address on which its servers listen, to be followed by the port. A sidecar uses the node's network: only its loopback. Otherwise all
addresses of the pod, IPv4 and IPv6. The OpenTelemetry operator makes 0.0.0.0 of that, on which Go's servers also accept IPv6.
*/}}
{{- define "ena-otel.collector.host" -}}
{{- if and (eq .root.Values.collector.mode "sidecar") (eq .receiver "otlp") -}}127.0.0.1{{- end -}}
{{- end }}

{{/* (dict "root" . "receiver" … "destinations" (list "workspace")) */}}
{{- define "ena-otel.collector.config.common" -}}
{{- $values := .root.Values -}}
{{- $authenticators := dict "workspace" "sigv4auth" "cloudwatch" "sigv4auth/cloudwatch" -}}
{{- $host := include "ena-otel.collector.host" . -}}
extensions:
  health_check:
    endpoint: {{ printf "%s:%d" $host (int $values.collector.ports.health) | quote }}
processors:
  memory_limiter:
    check_interval: 1s
    limit_percentage: 80
    spike_limit_percentage: 25
  # An upgrade of the agent must not begin new series, which would lose what is counted between the two.
  resource/version:
    attributes:
      - key: service.version
        action: delete
service:
  extensions:
    - health_check
    {{- range .destinations }}
    {{- with get $authenticators . }}
    - {{ . }}
    {{- end }}
    {{- end }}
  telemetry:
    logs:
      encoding: json
    metrics:
      level: normal
      readers:
        - pull:
            exporter:
              prometheus:
                host: {{ $host | quote }}
                port: {{ int $values.collector.ports.metrics }}
  pipelines:
    metrics:
      receivers: [{{ ternary "otlp" "prometheus" (eq .receiver "otlp") }}]
{{- end }}

{{/* Its own metrics, through the same pipeline as those of the agents. */}}
{{- define "ena-otel.collector.config.ownMetrics" -}}
receivers:
  prometheus:
    config:
      scrape_configs:
        {{- include "ena-otel.collector.ownJob" (dict "root" .root "name" "ena-otel-collector") | nindent 8 }}
service:
  pipelines:
    metrics:
      receivers: [otlp, prometheus]
{{- end }}

{{/* A scrape of itself. Each pod has the name that the container runtime gives it. */}}
{{- define "ena-otel.collector.ownJob" -}}
{{- $values := .root.Values }}
- job_name: {{ .name }}
  scrape_interval: {{ $values.collector.ownMetrics.interval }}
  static_configs:
    - targets: ['127.0.0.1:{{ int $values.collector.ports.metrics }}']
      labels:
        instance: ${env:HOSTNAME:-collector}
        k8s_cluster_name: {{ $values.clusterName | default "" | replace "$" "$$" | quote }}
  metric_relabel_configs:
    - source_labels: [__name__]
      regex: otelcol_(receiver_(accepted|refused)|exporter_(sent|send_failed|enqueue_failed))_metric_points(_total)?
      action: keep
{{- end }}

{{/* To the workspace: (dict "root" . "receiver" …). */}}
{{- define "ena-otel.collector.config.workspace" -}}
{{- $values := .root.Values -}}
{{- $isAgents := eq .receiver "otlp" -}}
{{- $isBuffered := or (not $isAgents) $values.collector.buffer -}}
{{- $isLogged := and $isAgents $values.collector.wal.enabled -}}
extensions:
  sigv4auth:
    region: {{ include "ena-otel.amp.region" .root }}
    service: aps
    {{- if or $values.amp.assumeRoleArn $values.amp.stsRegion }}
    assume_role:
      # Also for IRSA: without it, the extension asks the STS of the workspace's region, whatever AWS_REGION is.
      sts_region: {{ $values.amp.stsRegion | default (include "ena-otel.amp.region" .root) }}
      {{- with $values.amp.assumeRoleArn }}
      arn: {{ . }}
      {{- end }}
      {{- with $values.amp.externalId }}
      external_id: {{ . | quote }}
      {{- end }}
    {{- end }}
{{- if $isBuffered }}
processors:
  batch:
    timeout: {{ $values.collector.batch.timeout }}
    send_batch_size: {{ int $values.collector.batch.size }}
{{- end }}
exporters:
  prometheusremotewrite:
    endpoint: {{ include "ena-otel.amp.remoteWriteUrl" .root | quote }}
    auth:
      authenticator: sigv4auth
    {{- if or $isBuffered $isLogged }}
    # Limits all retries of a batch together: it ends them before max_elapsed_time does. The default is 5 s.
    timeout: {{ $values.collector.remoteWrite.timeout }}
    retry_on_failure:
      enabled: true
      initial_interval: 500ms
      max_interval: 30s
      max_elapsed_time: {{ $values.collector.remoteWrite.timeout }}
    {{- else }}
    # Longer than the agent's timeout: the exporter reports its own timeout as permanent, and the agent would not retry.
    timeout: {{ $values.collector.remoteWrite.timeout }}
    retry_on_failure:
      enabled: false
    {{- end }}
    max_batch_size_bytes: {{ int $values.collector.remoteWrite.maxBatchBytes }}
    remote_write_queue:
      {{- if $isBuffered }}
      enabled: true
      queue_size: {{ int $values.collector.remoteWrite.queueSize }}
      num_consumers: 5
      {{- else }}
      enabled: false
      {{- end }}
    resource_to_telemetry_conversion:
      enabled: true
    {{- with $values.collector.externalLabels }}
    external_labels:
      {{- range $name, $value := . }}
      {{ $name }}: {{ $value | replace "$" "$$" | quote }}
      {{- end }}
    {{- end }}
    target_info:
      enabled: false
    disable_scope_info: true # otel_scope_version too would begin new series
    {{- if $isLogged }}
    wal:
      directory: /var/lib/otelcol
      buffer_size: 1 # by default, it waits for 300 requests or a minute before it sends any
    {{- end }}
service:
  pipelines:
    metrics:
      processors: [memory_limiter, resource/version{{ if $isBuffered }}, batch{{ end }}]
      exporters: [prometheusremotewrite]
{{- end }}

{{- define "ena-otel.collector.config.otlp" -}}
{{- $values := .root.Values -}}
{{- $host := include "ena-otel.collector.host" . -}}
{{- $isTls := ne $values.tls.source "none" -}}
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: {{ printf "%s:%d" $host (int $values.collector.ports.grpc) | quote }}
        {{- if ne $values.collector.mode "sidecar" }}
        keepalive:
          server_parameters:
            max_connection_age: {{ $values.collector.maxConnectionAge }}
            max_connection_age_grace: 10s
        {{- end }}
        {{- if $isTls }}
        {{- include "ena-otel.collector.config.tls" .root | nindent 8 }}
        {{- end }}
      http:
        endpoint: {{ printf "%s:%d" $host (int $values.collector.ports.http) | quote }}
        {{- if $isTls }}
        {{- include "ena-otel.collector.config.tls" .root | nindent 8 }}
        {{- end }}
{{- end }}

{{- define "ena-otel.collector.config.tls" -}}
tls:
  cert_file: /etc/ena-otel/tls/tls.crt
  key_file: /etc/ena-otel/tls/tls.key
  {{- if include "ena-otel.tls.isMutual" . }}
  client_ca_file: /etc/ena-otel/tls/ca.crt
  client_ca_file_reload: true # by default, it is read only at the start, and agents with certificates of a new authority are refused
  {{- end }}
  reload_interval: 10s # the certificate is read again at a connection, at most this often
{{- end }}

{{/* Arguments of the collector, in addition to its configuration. */}}
{{- define "ena-otel.collector.featureGates" -}}
{{ concat (list "exporter.prometheusremotewritexporter.RetryOn429") (.Values.collector.featureGates | default list) | uniq | join "," }}
{{- end }}

{{/* 80 % of a quantity of memory in bytes, for the garbage collector: (dict "memory" "512Mi"). Nothing where there is no limit. */}}
{{- define "ena-otel.collector.goMemLimit" -}}
{{- with .memory -}}
{{- mulf (include "ena-otel.bytes" (dict "quantity" . "of" "collector.resources.limits.memory") | float64) 0.8 | floor | int64 -}}
{{- end -}}
{{- end }}
