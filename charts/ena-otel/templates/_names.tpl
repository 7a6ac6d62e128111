{{/* Names and labels. */}}

{{- define "ena-otel.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 40 | trimAll "-." }}
{{- end }}

{{/* At most 40 characters, so that it is still a valid name (63) with a suffix. */}}
{{- define "ena-otel.fullname" -}}
{{- $name := include "ena-otel.name" . -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 40 | trimAll "-." }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 40 | trimAll "-." }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 40 | trimAll "-." }}
{{- end -}}
{{- end }}

{{- define "ena-otel.namespace" -}}{{ .Values.namespaceOverride | default .Release.Namespace }}{{- end }}

{{- define "ena-otel.agent.name" -}}{{ include "ena-otel.fullname" . }}-agent{{- end }}

{{- define "ena-otel.collector.name" -}}{{ include "ena-otel.fullname" . }}-collector{{- end }}

{{/*
The OpenTelemetryCollector. The operator adds "-collector" to the names of the objects that it makes, and "-monitoring" to that of a Service.
None may have the name of an object of this chart: in an upgrade from one collector.mode to another, both exist for a moment.
*/}}
{{- define "ena-otel.operator.name" -}}{{ include "ena-otel.fullname" . | trunc 34 | trimSuffix "-" }}-otelcol{{- end }}

{{/* The Service that the agents push to. */}}
{{- define "ena-otel.collector.service" -}}
{{- if eq .Values.collector.mode "operator" -}}
{{ include "ena-otel.operator.name" . }}-collector
{{- else -}}
{{ include "ena-otel.collector.name" . }}
{{- end -}}
{{- end }}

{{- define "ena-otel.coredns.name" -}}{{ include "ena-otel.fullname" . }}-coredns{{- end }}

{{/* The ACK Workspace, and the ConfigMap for its id. */}}
{{- define "ena-otel.workspace.name" -}}{{ include "ena-otel.fullname" . }}-workspace{{- end }}

{{- define "ena-otel.agent.serviceAccount" -}}
{{- if eq .Values.collector.mode "sidecar" -}}
{{ include "ena-otel.collector.serviceAccount" . }}
{{- else if .Values.agent.serviceAccount.create -}}
{{ .Values.agent.serviceAccount.name | default (include "ena-otel.agent.name" .) }}
{{- else -}}
{{ .Values.agent.serviceAccount.name | default "default" }}
{{- end -}}
{{- end }}

{{- define "ena-otel.collector.serviceAccount" -}}
{{ .Values.collector.serviceAccount.name | default (include "ena-otel.collector.name" .) }}
{{- end }}

{{/* Of one component: (dict "root" . "component" "agent"). */}}
{{- define "ena-otel.selectorLabels" -}}
app.kubernetes.io/name: {{ include "ena-otel.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* The label that the operator gives its pods, at most 63 characters: it shortens the namespace (its internal/naming/triming.go, v0.158.0). */}}
{{- define "ena-otel.operator.instance" -}}
{{- $name := include "ena-otel.operator.name" . -}}
{{ printf "%s.%s" (trunc (sub 62 (len $name) | int) (include "ena-otel.namespace" .)) $name }}
{{- end }}

{{/* Of the collector's pods, which the operator labels if it makes them. */}}
{{- define "ena-otel.collector.selectorLabels" -}}
{{- if eq .Values.collector.mode "operator" -}}
app.kubernetes.io/instance: {{ include "ena-otel.operator.instance" . }}
app.kubernetes.io/component: opentelemetry-collector
{{- else -}}
{{ include "ena-otel.selectorLabels" (dict "root" . "component" "collector") }}
{{- end -}}
{{- end }}

{{/* Of an object of a component, with those of the values: (dict "root" . "component" "agent" "labels" (dict …)). */}}
{{- define "ena-otel.labels" -}}
{{ include "ena-otel.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with merge (dict) (.labels | default dict) (.root.Values.labels | default dict) }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* metadata of an object: (dict "root" . "component" "agent" "name" … "annotations" (dict …) "labels" (dict …)). */}}
{{- define "ena-otel.metadata" -}}
name: {{ .name | quote }}
namespace: {{ .namespace | default (include "ena-otel.namespace" .root) | quote }}
labels:
  {{- include "ena-otel.labels" . | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) (.root.Values.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Labels of a component's pods: (dict "root" . "component" "agent" "more" .Values.agent.podLabels). */}}
{{- define "ena-otel.podLabels" -}}
{{- include "ena-otel.selectorLabels" . }}
{{- with merge (dict) (.more | default dict) (.root.Values.labels | default dict) }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* A quantity of memory in bytes: (dict "quantity" "512Mi" "of" "the value that has it"). */}}
{{- define "ena-otel.bytes" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- $quantity := toString .quantity -}}
{{- $unit := regexFind "[A-Za-z]*$" $quantity -}}
{{- $number := trimSuffix $unit $quantity -}}
{{- if not (and (hasKey $units $unit) (regexMatch "^[0-9]+([.][0-9]+)?(e[+][0-9]+)?$" $number)) -}}
{{- fail (printf "%s is %s: write it in Mi or Gi" .of $quantity) -}}
{{- end -}}
{{- mulf (float64 $number) (get $units $unit) | floor | int64 -}}
{{- end }}

{{/* A duration in milliseconds, in the form that the schema requires: (include "ena-otel.milliseconds" "15s"). */}}
{{- define "ena-otel.milliseconds" -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- mul (trimSuffix $unit . | int64) (get (dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000) $unit) -}}
{{- end }}
