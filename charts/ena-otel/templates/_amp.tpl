{{/* The workspace, from whichever of the values names it. */}}

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
{{- $domain := ternary "amazonaws.com.cn" "amazonaws.com" (hasPrefix "cn-" $region) -}}
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

{{/* aws, aws-cn or aws-us-gov. */}}
{{- define "ena-otel.amp.partition" -}}
{{- $region := include "ena-otel.amp.region" . -}}
{{- if hasPrefix "cn-" $region -}}aws-cn{{- else if hasPrefix "us-gov-" $region -}}aws-us-gov{{- else -}}aws{{- end -}}
{{- end }}

{{/* The region that ACK uses, if it is known; otherwise the controller's own. */}}
{{- define "ena-otel.ack.annotations" -}}
{{- with include "ena-otel.amp.region" . }}
services.k8s.aws/region: {{ . }}
{{- end }}
{{- end }}
