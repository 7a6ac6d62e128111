{{/* The collector's container, of the Deployment, the sidecar and the CoreDNS scraper: (dict "root" . "receiver" "otlp" "resources" …). */}}

{{- define "ena-otel.collector.container" -}}
{{- $collector := .root.Values.collector -}}
{{- $isSidecar := and (eq $collector.mode "sidecar") (eq .receiver "otlp") -}}
{{- $isWriter := include "ena-otel.collector.isWriter" . | eq "true" -}}
name: collector
image: {{ include "ena-otel.image" (dict "root" .root "image" $collector.image "of" "collector.image") }}
imagePullPolicy: {{ $collector.image.pullPolicy }}
args:
  - --config=/etc/ena-otel/collector/collector.yaml
  - --feature-gates={{ include "ena-otel.collector.featureGates" .root }}
{{- with include (ternary "ena-otel.collector.env" "ena-otel.collector.goMemLimitEnv" $isWriter) . | trim }}
env:
  {{- . | nindent 2 }}
{{- end }}
{{- if $isWriter }}
{{- with $collector.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
ports:
  {{- if eq .receiver "otlp" }}
  - name: otlp-grpc
    containerPort: {{ int $collector.ports.grpc }}
  - name: otlp-http
    containerPort: {{ int $collector.ports.http }}
  {{- end }}
  - name: health
    containerPort: {{ int $collector.ports.health }}
  - name: metrics
    containerPort: {{ int $collector.ports.metrics }}
{{- include "ena-otel.collector.probes" (dict "values" $collector "host" (include "ena-otel.collector.host" .)) }}
{{- if and $isSidecar (semverCompare ">=1.30.0-0" .root.Capabilities.KubeVersion.Version) }}
# All containers of a pod receive SIGTERM at once. The agent has 5 s to send pending points, so this container must still accept them.
lifecycle:
  preStop:
    sleep:
      seconds: 6
{{- end }}
{{- with .resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $user := dict "runAsUser" (int $collector.runAsUser) "runAsGroup" (int $collector.runAsUser) }}
{{- with merge (dict) ($collector.securityContext | default dict) (ternary $user dict $isSidecar) }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - name: collector-config
    mountPath: /etc/ena-otel/collector
    readOnly: true
  {{- if eq .receiver "otlp" }}
  {{- include "ena-otel.collector.volumeMounts" .root | nindent 2 }}
  {{- else if not $isWriter }}
  {{- with include "ena-otel.agent.connectionVolumeMounts" .root | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- end }}
{{- end }}

{{- define "ena-otel.collector.probes" -}}
{{- include "ena-otel.probes" (merge (dict "port" .values.ports.health "live" "/" "ready" "/") .) -}}
{{- end }}

{{/* Of a collector that writes to the workspace: its credentials may be in collector.env. */}}
{{- define "ena-otel.collector.env" -}}
{{- include "ena-otel.env" (dict "chart" (include "ena-otel.collector.variables" .) "values" .root.Values.collector.env "of" "collector.env") -}}
{{- end }}

{{- define "ena-otel.collector.goMemLimitEnv" -}}
{{- with include "ena-otel.collector.goMemLimit" (dict "memory" (dig "limits" "memory" "" (.resources | default dict))) }}
- name: GOMEMLIMIT
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "ena-otel.collector.variables" -}}
{{- include "ena-otel.collector.goMemLimitEnv" . }}
{{- if .root.Values.amp.ack.createWorkspace }}
- name: AMP_WORKSPACE_ID
  valueFrom:
    configMapKeyRef:
      name: {{ include "ena-otel.workspace.name" .root }}
      key: workspaceID
{{- end }}
{{- end }}

{{/* Volumes in addition to the configuration's, and their mounts. */}}
{{- define "ena-otel.collector.volumes" -}}
{{- if ne .Values.tls.source "none" }}
- name: tls
  secret:
    secretName: {{ include "ena-otel.tls.secret" . | quote }}
{{- end }}
{{- if .Values.collector.wal.enabled }}
- name: wal
  {{- include "ena-otel.collector.wal.volume" . | nindent 2 }}
{{- end }}
{{- with .Values.collector.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ena-otel.collector.volumeMounts" -}}
{{- if ne .Values.tls.source "none" }}
- name: tls
  mountPath: /etc/ena-otel/tls
  readOnly: true
{{- end }}
{{- if .Values.collector.wal.enabled }}
- name: wal
  mountPath: /var/lib/otelcol
{{- end }}
{{- with .Values.collector.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The default is not in values.yaml, because another kind of volume would be merged with it. */}}
{{- define "ena-otel.collector.wal.volume" -}}
{{- toYaml (.Values.collector.wal.volume | default (dict "emptyDir" (dict "sizeLimit" "1Gi"))) -}}
{{- end }}

{{/* Name of the claim with the write-ahead log, if there is one: all pods of the collector share it. */}}
{{- define "ena-otel.collector.wal.claim" -}}
{{- if .Values.collector.wal.enabled -}}
{{- $volume := .Values.collector.wal.volume | default dict -}}
{{- ($volume.persistentVolumeClaim | default dict).claimName | default "" -}}
{{- end -}}
{{- end }}

{{/* How the Deployment replaces its pods. */}}
{{- define "ena-otel.collector.strategy" -}}
{{- if include "ena-otel.collector.wal.claim" . -}}
type: Recreate
{{- else -}}
type: RollingUpdate
rollingUpdate:
  maxSurge: 1
  maxUnavailable: 0
{{- end -}}
{{- end }}

{{/* Two replicas on one node, or in one zone, would fail together. */}}
{{- define "ena-otel.collector.spread" -}}
{{- if .Values.collector.topologySpreadConstraints -}}
{{ toYaml .Values.collector.topologySpreadConstraints }}
{{- else -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "ena-otel.collector.selectorLabels" $ | nindent 6 }}
{{- end }}
{{- end -}}
{{- end }}

{{- define "ena-otel.collector.podAnnotations" -}}
{{- $annotations := dict "checksum/collector" (include "ena-otel.collector.config" . | sha256sum) -}}
{{- /* The exporter of the CoreDNS scraper reads the authority only when it starts. */ -}}
{{- if and (eq .receiver "coredns") (eq .root.Values.tls.source "generated") -}}
{{- $annotations = merge $annotations (dict "ena-otel/certificates-end" (include "ena-otel.tls.end" .root)) -}}
{{- end -}}
{{- toYaml (merge (dict) (.root.Values.collector.podAnnotations | default dict) $annotations) -}}
{{- end }}

{{- define "ena-otel.collector.podSecurityContext" -}}
{{- $collector := .Values.collector -}}
{{- include "ena-otel.podSecurityContext" (dict "context" $collector.podSecurityContext "user" $collector.runAsUser "fsGroup" $collector.runAsUser) -}}
{{- end }}

{{/* The common part of the pods of the Deployment and of the CoreDNS scraper. */}}
{{- define "ena-otel.collector.podSpec" -}}
{{- $root := .root -}}
{{- $collector := .root.Values.collector -}}
serviceAccountName: {{ include (ternary "ena-otel.collector.serviceAccount" "ena-otel.coredns.serviceAccount" (eq .receiver "otlp")) .root | quote }}
# Credentials for AWS use a separate token; Kubernetes is only asked for the pods of CoreDNS.
automountServiceAccountToken: {{ eq .receiver "coredns" }}
enableServiceLinks: false
{{- with include "ena-otel.imagePullSecrets" .root }}
{{ . }}
{{- end }}
{{- with $collector.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
terminationGracePeriodSeconds: {{ int $collector.terminationGracePeriodSeconds }}
securityContext:
  {{- include "ena-otel.collector.podSecurityContext" .root | nindent 2 }}
{{- with $collector.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $collector.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $collector.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $collector.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if eq .receiver "otlp" }}
{{- with $collector.initContainers }}
initContainers:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
containers:
  - {{ include "ena-otel.collector.container" . | indent 4 | trim }}
  {{- if eq .receiver "otlp" }}
  {{- with $collector.extraContainers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- end }}
volumes:
  - name: collector-config
    configMap:
      name: {{ .config | quote }}
  {{- if eq .receiver "otlp" }}
  {{- include "ena-otel.collector.volumes" .root | nindent 2 }}
  {{- else if include "ena-otel.collector.isWriter" . | eq "false" }}
  {{- with include "ena-otel.agent.connectionVolumes" .root | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- end }}
{{- end }}
