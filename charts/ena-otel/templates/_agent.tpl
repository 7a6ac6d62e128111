{{/* The agent's settings, as environment variables: packages/agent/src/config/options.ts has them all. */}}

{{- define "ena-otel.agent.env" -}}
{{- include "ena-otel.env" (dict "chart" (include "ena-otel.agent.options" .) "values" .Values.agent.env "of" "agent.env") -}}
{{- end }}

{{- define "ena-otel.agent.options" -}}
{{- $agent := .Values.agent -}}
- name: K8S_NODE_NAME
  valueFrom:
    fieldRef:
      fieldPath: spec.nodeName
- name: ENA_OTEL_CLUSTER_NAME
  value: {{ .Values.clusterName | quote }}
- name: ENA_OTEL_HEALTH_PORT
  value: {{ int $agent.healthPort | quote }}
{{- range $option := list "sampleInterval" "exportInterval" "heartbeatInterval" "detail" "ownMetrics" "protocol" "temporality" "compression" "timeout" "queueSize" "queueAge" "statistics" "logLevel" }}
{{- with get $agent $option }}
- name: ENA_OTEL_{{ snakecase $option | upper }}
  value: {{ . | quote }}
{{- end }}
{{- end }}
- name: ENA_OTEL_MAX_SERIES
  value: {{ int $agent.maxSeries | quote }}
- name: ENA_OTEL_LOG_FORMAT
  value: json
{{- range $option := list "compat" "include" "exclude" "driver" }}
{{- with get $agent $option }}
- name: ENA_OTEL_{{ upper $option }}
  value: {{ join "," . | quote }}
{{- end }}
{{- end }}
{{ include "ena-otel.agent.connection" . }}
{{- end }}

{{/* The collector's endpoint and address. The helm test for an external collector uses the same. */}}
{{- define "ena-otel.agent.connection" -}}
- name: ENA_OTEL_ENDPOINT
  value: {{ include "ena-otel.agent.endpoint" . | quote }}
{{- if eq .Values.collector.mode "deployment" }}
# The Service's ClusterIP, from the variable that the kubelet sets, so that no name has to be resolved.
- name: ENA_OTEL_COLLECTOR_ADDRESS
  value: $({{ include "ena-otel.collector.name" . | replace "-" "_" | upper }}_SERVICE_HOST)
{{- else if .Values.collector.external.address }}
- name: ENA_OTEL_COLLECTOR_ADDRESS
  value: {{ .Values.collector.external.address | quote }}
{{- end }}
{{- with .Values.collector.external.headersSecret }}
- name: ENA_OTEL_HEADER
  valueFrom:
    secretKeyRef:
      name: {{ . | quote }}
      key: headers
{{- end }}
{{- if include "ena-otel.agent.caSecret" . }}
- name: ENA_OTEL_CERTIFICATE
  value: /etc/ena-otel/ca/ca.crt
{{- end }}
{{- if include "ena-otel.agent.clientSecret" . }}
- name: ENA_OTEL_CLIENT_CERTIFICATE
  value: /etc/ena-otel/client/tls.crt
- name: ENA_OTEL_CLIENT_KEY
  value: /etc/ena-otel/client/tls.key
{{- end }}
{{- end }}

{{- define "ena-otel.agent.endpoint" -}}
{{- $port := ternary .Values.collector.ports.http .Values.collector.ports.grpc (eq .Values.agent.protocol "http/protobuf") | int -}}
{{- $scheme := ternary "http" "https" (eq .Values.tls.source "none") -}}
{{- if eq .Values.collector.mode "external" -}}
{{ .Values.collector.external.endpoint }}
{{- else if eq .Values.collector.mode "sidecar" -}}
http://127.0.0.1:{{ $port }}
{{- else -}}
{{ $scheme }}://{{ include "ena-otel.collector.service" . }}.{{ include "ena-otel.namespace" . }}.svc:{{ $port }}
{{- end -}}
{{- end }}

{{/* The Secrets with the authority that signed the collector's certificate, and with the agent's own certificate. */}}
{{- define "ena-otel.agent.caSecret" -}}
{{- if ne .Values.tls.source "none" -}}{{ include "ena-otel.tls.secret" . }}{{- else -}}{{ .Values.collector.external.caSecret }}{{- end -}}
{{- end }}

{{- define "ena-otel.agent.clientSecret" -}}
{{- if include "ena-otel.tls.isMutual" . -}}{{ include "ena-otel.tls.clientSecret" . }}{{- else -}}{{ .Values.collector.external.clientCertificateSecret }}{{- end -}}
{{- end }}

{{- define "ena-otel.agent.connectionVolumes" -}}
{{- with include "ena-otel.agent.caSecret" . }}
- name: ca
  secret:
    secretName: {{ . | quote }}
    items: # without the collector's key, which is in the same Secret
      - key: ca.crt
        path: ca.crt
{{- end }}
{{- with include "ena-otel.agent.clientSecret" . }}
- name: client
  secret:
    secretName: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "ena-otel.agent.connectionVolumeMounts" -}}
{{- if include "ena-otel.agent.caSecret" . }}
- name: ca
  mountPath: /etc/ena-otel/ca
  readOnly: true
{{- end }}
{{- if include "ena-otel.agent.clientSecret" . }}
- name: client
  mountPath: /etc/ena-otel/client
  readOnly: true
{{- end }}
{{- end }}

{{- define "ena-otel.agent.volumes" -}}
{{- include "ena-otel.agent.connectionVolumes" . }}
{{- if eq .Values.collector.mode "sidecar" }}
- name: collector-config
  configMap:
    name: {{ include "ena-otel.collector.name" . }}
{{- include "ena-otel.collector.volumes" . }}
{{- end }}
{{- with .Values.agent.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ena-otel.agent.volumeMounts" -}}
{{- include "ena-otel.agent.connectionVolumeMounts" . }}
{{- with .Values.agent.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Not on nodes without a network of their own (Fargate) or outside AWS (hybrid). */}}
{{- define "ena-otel.agent.affinity" -}}
{{- $default := dict "nodeAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (dict "nodeSelectorTerms" (list (dict "matchExpressions" (list
  (dict "key" "kubernetes.io/os" "operator" "In" "values" (list "linux"))
  (dict "key" "eks.amazonaws.com/compute-type" "operator" "NotIn" "values" (list "fargate" "hybrid"))
))))) -}}
{{- $affinity := deepCopy (.Values.agent.affinity | default dict) -}}
{{- if not $affinity.nodeAffinity -}}{{- $affinity = merge $affinity $default -}}{{- end -}}
{{- toYaml $affinity -}}
{{- end }}

{{- define "ena-otel.agent.podAnnotations" -}}
{{- $annotations := dict "kubectl.kubernetes.io/default-container" "agent" -}}
{{- if eq .Values.collector.mode "sidecar" -}}
{{- $config := include "ena-otel.collector.config" (dict "root" . "receiver" "otlp") -}}
{{- /* The role is the collector's. */ -}}
{{- $annotations = merge $annotations (dict "eks.amazonaws.com/skip-containers" "agent" "checksum/collector" (sha256sum $config)) -}}
{{- end -}}
{{- toYaml (merge (dict) (.Values.agent.podAnnotations | default dict) $annotations) -}}
{{- end }}

{{/* The kubelet probes the node's loopback, the only address on which the agent listens. */}}
{{- define "ena-otel.agent.probes" -}}
{{- $agent := .Values.agent -}}
{{- include "ena-otel.probes" (dict "values" $agent "host" "127.0.0.1" "port" $agent.healthPort "live" "/livez" "ready" "/readyz") -}}
{{- end }}

{{/* Memory that an agent with a full queue needs (measured: test/bench/README.md, "Memory of a full queue"). */}}
{{- define "ena-otel.agent.neededMemory" -}}
{{- $queue := include "ena-otel.bytes" (dict "quantity" (trimSuffix "B" .Values.agent.queueSize) "of" "agent.queueSize") | int64 -}}
{{ add 64 (div (add (mul 4 $queue) 1048575) 1048576) }}Mi
{{- end }}
