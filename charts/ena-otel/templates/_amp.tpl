{{/* The workspace, from whichever of the values names it. */}}

{{/* Whether there is a workspace to write to: "true" or nothing. */}}
{{- define "ena-otel.amp.isUsed" -}}
{{- if or .Values.amp.workspaceId .Values.amp.remoteWriteUrl .Values.amp.ack.createWorkspace -}}true{{- end -}}
{{- end }}

{{/* amp.region, or the one in the URL: https://aps-workspaces.REGION.amazonaws.com/…, also of a VPC endpoint or FIPS. */}}
{{- define "ena-otel.amp.region" -}}
{{- if .Values.amp.region -}}
{{ .Values.amp.region }}
{{- else -}}
{{ regexFind "aps-workspaces(-fips)?\\.[a-z0-9-]+\\." .Values.amp.remoteWriteUrl | trimSuffix "." | splitList "." | last }}
{{- end -}}
{{- end }}

{{- define "ena-otel.amp.workspaceId" -}}
{{- if .Values.amp.workspaceId -}}
{{ .Values.amp.workspaceId }}
{{- else -}}
{{ regexFind "/workspaces/ws-[0-9A-Za-z-]+" .Values.amp.remoteWriteUrl | trimPrefix "/workspaces/" }}
{{- end -}}
{{- end }}

{{- define "ena-otel.amp.remoteWriteUrl" -}}
{{- $region := include "ena-otel.amp.region" . -}}
{{- $domain := (include "ena-otel.amp.partition" . | fromYaml).domain -}}
{{- if .Values.amp.remoteWriteUrl -}}
{{ .Values.amp.remoteWriteUrl }}
{{- else -}}
https://aps-workspaces.{{ $region }}.{{ $domain }}/workspaces/{{ ternary "${env:AMP_WORKSPACE_ID}" .Values.amp.workspaceId .Values.amp.ack.createWorkspace }}/api/v1/remote_write
{{- end -}}
{{- end }}

{{/* The reference of an ACK object to the workspace. */}}
{{- define "ena-otel.amp.workspaceRef" -}}
{{- if .Values.amp.ack.createWorkspace -}}
workspaceRef:
  from:
    name: {{ include "ena-otel.workspace.name" . }}
{{- else -}}
workspaceID: {{ include "ena-otel.amp.workspaceId" . }}
{{- end -}}
{{- end }}

{{- define "ena-otel.amp.partition" -}}
{{- include "ena-otel.partition" (include "ena-otel.amp.region" .) -}}
{{- end }}

{{/* The partition of a region: its name in ARNs, and the domain of its endpoints (partitions.json of the AWS SDKs). */}}
{{- define "ena-otel.partition" -}}
{{- $region := . -}}
{{- $found := dict "name" "aws" "domain" "amazonaws.com" -}}
{{- range $prefix, $partition := dict
  "cn-" (dict "name" "aws-cn" "domain" "amazonaws.com.cn")
  "us-gov-" (dict "name" "aws-us-gov" "domain" "amazonaws.com")
  "us-iso-" (dict "name" "aws-iso" "domain" "c2s.ic.gov")
  "us-isob-" (dict "name" "aws-iso-b" "domain" "sc2s.sgov.gov")
  "eu-isoe-" (dict "name" "aws-iso-e" "domain" "cloud.adc-e.uk")
  "us-isof-" (dict "name" "aws-iso-f" "domain" "csp.hci.ic.gov")
  "eusc-" (dict "name" "aws-eusc" "domain" "amazonaws.eu")
-}}
  {{- if hasPrefix $prefix $region -}}{{- $found = $partition -}}{{- end -}}
{{- end -}}
{{- toYaml $found -}}
{{- end }}

{{/* The region that ACK uses, if it is known; otherwise the controller's own. */}}
{{- define "ena-otel.ack.annotations" -}}
{{- with include "ena-otel.amp.region" . }}
services.k8s.aws/region: {{ . }}
{{- end }}
{{- end }}
