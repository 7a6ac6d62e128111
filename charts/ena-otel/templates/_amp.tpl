{{/* Where the workspace is, by whichever of the values says it. */}}

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

{{/* How an ACK object names the workspace. */}}
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

{{/* In which region ACK looks, where that is known; its controller's own otherwise. */}}
{{- define "ena-otel.ack.annotations" -}}
{{- with include "ena-otel.amp.region" . }}
services.k8s.aws/region: {{ . }}
{{- end }}
{{- end }}
