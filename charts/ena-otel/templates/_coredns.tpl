{{/*
The scraper of CoreDNS: a collector that lists pods with a token of Kubernetes. It sends to the chart's own collector, which writes for it,
so that no pod has both that token and a role of AWS. A sidecar listens only on its node's loopback: there, the scraper writes itself.
*/}}

{{/* Whether this collector writes to the workspace, "true" or "false": (dict "root" . "receiver" …). */}}
{{- define "ena-otel.collector.isWriter" -}}
{{- or (eq .receiver "otlp") (eq .root.Values.collector.mode "sidecar") -}}
{{- end }}

{{- define "ena-otel.coredns.serviceAccount" -}}
{{- if eq .Values.collector.mode "sidecar" -}}
{{ include "ena-otel.collector.serviceAccount" . }}
{{- else -}}
{{ include "ena-otel.coredns.name" . }}
{{- end -}}
{{- end }}

{{/* The pods of one kind of CoreDNS: (dict "root" . "name" … "targets" …), the latter with selector, port and perhaps interface. */}}
{{- define "ena-otel.coredns.job" -}}
{{- $values := .root.Values -}}
{{- $scrape := $values.coredns.scrape -}}
- job_name: {{ .name }}
  scrape_interval: {{ $scrape.interval }}
  kubernetes_sd_configs:
    - role: pod
      namespaces:
        names: [{{ $scrape.namespace | quote }}]
      selectors:
        - role: pod
          label: {{ .targets.selector | quote }}
  relabel_configs:
    - source_labels: [__meta_kubernetes_pod_phase]
      regex: Running
      action: keep
    # Without ports in the pod's specification, there is one target for each container, otherwise one for each port.
    - source_labels: [__meta_kubernetes_pod_container_port_number]
      regex: '{{ int .targets.port }}|'
      action: keep
    - source_labels: [__meta_kubernetes_pod_ip]
      regex: (.*:.*)
      target_label: __address__
      replacement: '[$$1]:{{ int .targets.port }}'
    - source_labels: [__meta_kubernetes_pod_ip]
      regex: ([^:]*)
      target_label: __address__
      replacement: '$$1:{{ int .targets.port }}'
    - target_label: k8s_cluster_name
      replacement: {{ $values.clusterName | default "" | replace "$" "$$" | quote }}
    - source_labels: [__meta_kubernetes_pod_node_name]
      target_label: k8s_node_name
    {{- with .targets.interface }}
    - target_label: network_interface_name
      replacement: {{ . | replace "$" "$$" | quote }}
    {{- end }}
    - source_labels: [__meta_kubernetes_namespace]
      target_label: k8s_namespace_name
    - source_labels: [__meta_kubernetes_pod_name]
      target_label: k8s_pod_name
  metric_relabel_configs:
    - source_labels: [__name__]
      regex: {{ $scrape.metrics | replace "$" "$$" | quote }}
      action: keep
{{- end }}

{{/* CoreDNS offers Prometheus metrics only. Dollars are doubled, because the collector expands $ as an environment variable. */}}
{{- define "ena-otel.collector.config.coredns" -}}
{{- $values := .root.Values -}}
{{- $scrape := $values.coredns.scrape -}}
receivers:
  prometheus:
    config:
      scrape_configs:
        {{- include "ena-otel.coredns.job" (dict "root" .root "name" "coredns" "targets" $scrape) | nindent 8 }}
        {{- with $scrape.nodeLocal }}
        {{- if .enabled }}
        {{- include "ena-otel.coredns.job" (dict "root" $.root "name" "node-local-dns" "targets" .) | nindent 8 }}
        {{- end }}
        {{- end }}
        {{- if $values.collector.ownMetrics.enabled }}
        {{- include "ena-otel.collector.ownJob" (dict "root" .root "name" "ena-otel-coredns") | nindent 8 }}
        {{- end }}
{{- end }}

{{/* To the chart's collector. CoreDNS can't be scraped for past time, so this has a queue. */}}
{{- define "ena-otel.collector.config.collector" -}}
{{- $values := .root.Values -}}
exporters:
  otlp:
    # CoreDNS knows this name itself, and does not forward the query to the resolver of the VPC, which may throttle it.
    endpoint: {{ printf "%s.%s.svc:%d" (include "ena-otel.collector.service" .root) (include "ena-otel.namespace" .root) (int $values.collector.ports.grpc) | quote }}
    timeout: {{ $values.agent.timeout }} # shorter than that of the collector's exporter, as for the agents
    retry_on_failure:
      initial_interval: 500ms
      max_interval: 30s
      max_elapsed_time: {{ $values.collector.remoteWrite.timeout }}
    sending_queue:
      queue_size: {{ int $values.collector.remoteWrite.queueSize }}
      num_consumers: 1 # keeps the order: a workspace refuses samples that are too late
    tls:
      {{- if eq $values.tls.source "none" }}
      insecure: true
      {{- else }}
      ca_file: /etc/ena-otel/ca/ca.crt
      {{- if include "ena-otel.tls.isMutual" .root }}
      cert_file: /etc/ena-otel/client/tls.crt
      key_file: /etc/ena-otel/client/tls.key
      reload_interval: 10s
      {{- end }}
      {{- end }}
service:
  pipelines:
    metrics:
      processors: [memory_limiter]
      exporters: [otlp]
{{- end }}
