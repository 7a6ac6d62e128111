{{/*
The pipeline: otlp → memory_limiter → remote write, signed. With collector.mode deployment and sidecar, a ConfigMap contains it; with
operator, the OpenTelemetryCollector does. The CoreDNS scraper uses the same pipeline with another receiver.

By default, it queues nothing: the agents have their own queues, which outlive this pod. It therefore has no batch processor, which would
answer before the data is sent, and the exporter has no queue and no retries. Failures of the workspace (429, 5xx, no connection) reach the
agent as UNAVAILABLE, and the agent retries. CoreDNS can't be scraped for past time, so its scraper has a queue.

The ids are the old ones (prometheusremotewrite, not prometheus_remote_write): every ADOT accepts them, and those up to v0.48 accept no others.
*/}}

{{/* (dict "root" . "receiver" "otlp" or "coredns") */}}
{{- define "ena-otel.collector.config" -}}
{{- $root := .root -}}
{{- $config := include (printf "ena-otel.collector.config.%s" .receiver) .root | fromYaml -}}
{{- $config = mustMergeOverwrite (include "ena-otel.collector.config.common" . | fromYaml) $config -}}
{{- /* Each has its own changes: a pipeline that names the receiver of one breaks the other. */ -}}
{{- $changes := ternary $root.Values.collector.config $root.Values.coredns.scrape.config (eq .receiver "otlp") -}}
{{- toYaml (mustMergeOverwrite $config (deepCopy ($changes | default dict))) -}}
{{- end }}

{{/*
The address on which its servers listen, to be followed by the port. A sidecar uses the node's network: only its loopback. Otherwise all
addresses of the pod, IPv4 and IPv6. The OpenTelemetry operator makes 0.0.0.0 of that, on which Go's servers also accept IPv6.
*/}}
{{- define "ena-otel.collector.host" -}}
{{- if and (eq .root.Values.collector.mode "sidecar") (eq .receiver "otlp") -}}127.0.0.1{{- end -}}
{{- end }}

{{- define "ena-otel.collector.config.common" -}}
{{- $values := .root.Values -}}
{{- $isAgents := eq .receiver "otlp" -}}
{{- $isBuffered := or (not $isAgents) $values.collector.buffer -}}
{{- $isLogged := and $isAgents $values.collector.wal.enabled -}}
{{- $host := include "ena-otel.collector.host" . -}}
extensions:
  health_check:
    endpoint: {{ printf "%s:%d" $host (int $values.collector.ports.health) | quote }}
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
processors:
  memory_limiter:
    check_interval: 1s
    limit_percentage: 80
    spike_limit_percentage: 25
  {{- if $isBuffered }}
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
    {{- if $isLogged }}
    wal:
      directory: /var/lib/otelcol
      buffer_size: 1 # by default, it waits for 300 requests or a minute before it sends any
    {{- end }}
service:
  extensions: [health_check, sigv4auth]
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
      receivers: [{{ ternary "otlp" "prometheus" $isAgents }}]
      processors: [memory_limiter{{ if $isBuffered }}, batch{{ end }}]
      exporters: [prometheusremotewrite]
{{- end }}

{{- define "ena-otel.collector.config.otlp" -}}
{{- $host := include "ena-otel.collector.host" (dict "root" . "receiver" "otlp") -}}
{{- $isTls := ne .Values.tls.source "none" -}}
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: {{ printf "%s:%d" $host (int .Values.collector.ports.grpc) | quote }}
        {{- if ne .Values.collector.mode "sidecar" }}
        keepalive:
          server_parameters:
            max_connection_age: {{ .Values.collector.maxConnectionAge }}
            max_connection_age_grace: 10s
        {{- end }}
        {{- if $isTls }}
        {{- include "ena-otel.collector.config.tls" . | nindent 8 }}
        {{- end }}
      http:
        endpoint: {{ printf "%s:%d" $host (int .Values.collector.ports.http) | quote }}
        {{- if $isTls }}
        {{- include "ena-otel.collector.config.tls" . | nindent 8 }}
        {{- end }}
{{- end }}

{{- define "ena-otel.collector.config.tls" -}}
tls:
  cert_file: /etc/ena-otel/tls/tls.crt
  key_file: /etc/ena-otel/tls/tls.key
  {{- if .Values.tls.mutual }}
  client_ca_file: /etc/ena-otel/tls/ca.crt
  {{- end }}
  reload_interval: 1m
{{- end }}

{{/* CoreDNS offers Prometheus metrics only. Dollars are doubled, because the collector expands $ as an environment variable. */}}
{{- define "ena-otel.collector.config.coredns" -}}
{{- $scrape := .Values.coredns.scrape -}}
receivers:
  prometheus:
    config:
      scrape_configs:
        - job_name: coredns
          scrape_interval: {{ $scrape.interval }}
          kubernetes_sd_configs:
            - role: pod
              namespaces:
                names: [{{ $scrape.namespace | quote }}]
              selectors:
                - role: pod
                  label: {{ $scrape.selector | quote }}
          relabel_configs:
            - source_labels: [__meta_kubernetes_pod_phase]
              regex: Running
              action: keep
            # Without ports in the pod's specification, there is one target for each container, otherwise one for each port.
            - source_labels: [__meta_kubernetes_pod_container_port_number]
              regex: '{{ int $scrape.port }}|'
              action: keep
            - source_labels: [__meta_kubernetes_pod_ip]
              regex: (.*:.*)
              target_label: __address__
              replacement: '[$$1]:{{ int $scrape.port }}'
            - source_labels: [__meta_kubernetes_pod_ip]
              regex: ([^:]*)
              target_label: __address__
              replacement: '$$1:{{ int $scrape.port }}'
            - target_label: k8s_cluster_name
              replacement: {{ .Values.clusterName | default "" | replace "$" "$$" | quote }}
            - source_labels: [__meta_kubernetes_pod_node_name]
              target_label: k8s_node_name
            - source_labels: [__meta_kubernetes_namespace]
              target_label: k8s_namespace_name
            - source_labels: [__meta_kubernetes_pod_name]
              target_label: k8s_pod_name
          metric_relabel_configs:
            - source_labels: [__name__]
              regex: {{ $scrape.metrics | replace "$" "$$" | quote }}
              action: keep
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
