{{/* TLS between agents and collector: its Secrets, and the certificates that the chart makes itself (tls.source: generated). */}}

{{/* Which Secret holds the collector's certificate, and which the agents'. */}}
{{- define "ena-otel.tls.secret" -}}
{{- if eq .Values.tls.source "certManager" -}}
{{ include "ena-otel.collector.name" . }}-tls
{{- else if eq .Values.tls.source "generated" -}}
{{ include "ena-otel.collector.name" . }}-generated-tls
{{- else -}}
{{ .Values.tls.secretName }}
{{- end -}}
{{- end }}

{{- define "ena-otel.tls.clientSecret" -}}
{{- if eq .Values.tls.source "certManager" -}}
{{ include "ena-otel.agent.name" . }}-tls
{{- else if eq .Values.tls.source "generated" -}}
{{ include "ena-otel.agent.name" . }}-generated-tls
{{- else -}}
{{ .Values.tls.clientSecretName }}
{{- end -}}
{{- end }}

{{/* Whether the collector requires certificates of the agents: "true" or nothing. */}}
{{- define "ena-otel.tls.isMutual" -}}
{{- if or .Values.tls.mutual (eq .Values.tls.source "generated") -}}true{{- end -}}
{{- end }}

{{/*
Whether Helm can read objects of the cluster: "true" or nothing. `lookup` finds nothing in `helm template`, in a dry run of the client and in
Argo CD, which renders with `helm template`.
*/}}
{{- define "ena-otel.tls.canLookUp" -}}
{{- if lookup "v1" "Namespace" "" "kube-system" -}}true{{- end -}}
{{- end }}

{{/*
The certificates that the cluster has, or nothing: when one is missing, or in the last year before they end. As a map in YAML: `end` (a day),
and the `data` of the Secrets of the `collector` and of the `agent`.
*/}}
{{- define "ena-otel.tls.kept" -}}
{{- $namespace := include "ena-otel.namespace" . -}}
{{- $collector := lookup "v1" "Secret" $namespace (include "ena-otel.tls.secret" .) | default dict -}}
{{- $agent := lookup "v1" "Secret" $namespace (include "ena-otel.tls.clientSecret" .) | default dict -}}
{{- $end := dig "metadata" "annotations" "ena-otel/certificates-end" "" $collector -}}
{{- $isWhole := and (hasKey ($collector.data | default dict) "ca.crt") (hasKey ($agent.data | default dict) "tls.key") -}}
{{- if and $isWhole (gt (toDate "2006-01-02" $end).Unix (now | dateModify "8760h").Unix) -}}
{{- toYaml (dict "end" $end "collector" $collector.data "agent" $agent.data) -}}
{{- end -}}
{{- end }}

{{- define "ena-otel.tls.days" -}}1095{{- end }}

{{/* The day on which the certificates of this release end: those that are kept, or else new ones. */}}
{{- define "ena-otel.tls.end" -}}
{{- with include "ena-otel.tls.kept" . -}}
{{ (fromYaml .).end }}
{{- else -}}
{{ now | dateModify (printf "%dh" (mul 24 (include "ena-otel.tls.days" . | int))) | date "2006-01-02" }}
{{- end -}}
{{- end }}

{{/*
New certificates, as those that are kept. The key of their authority is not stored, so nobody can sign another certificate, and the authority is
new each time.
*/}}
{{- define "ena-otel.tls.new" -}}
{{- $days := include "ena-otel.tls.days" . | int -}}
{{- $namespace := include "ena-otel.namespace" . -}}
{{- $names := list -}}
{{- /* Both modes' names, so that the certificate fits after a change of collector.mode. */ -}}
{{- range $service := list (include "ena-otel.collector.name" .) (printf "%s-collector" (include "ena-otel.operator.name" .)) -}}
{{- $names = concat $names (list $service (printf "%s.%s" $service $namespace) (printf "%s.%s.svc" $service $namespace)) -}}
{{- end -}}
{{- $ca := genCA (printf "%s-ca" (include "ena-otel.fullname" .)) $days -}}
{{- $server := genSignedCert (include "ena-otel.collector.service" .) nil $names $days $ca -}}
{{- $client := genSignedCert (include "ena-otel.agent.name" .) nil nil $days $ca -}}
{{- toYaml (dict
  "end" (include "ena-otel.tls.end" .)
  "collector" (dict "ca.crt" ($ca.Cert | b64enc) "tls.crt" ($server.Cert | b64enc) "tls.key" ($server.Key | b64enc))
  "agent" (dict "tls.crt" ($client.Cert | b64enc) "tls.key" ($client.Key | b64enc))
) -}}
{{- end }}
