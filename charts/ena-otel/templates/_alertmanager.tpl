{{/*
Alertmanager's configuration, in the form that AMP accepts. SNS accepts subjects of at most 100 characters, and Alertmanager's default contains
every label. AMP would truncate it, and SNS refuses it from other senders. The subject here is therefore short.
*/}}
{{- define "ena-otel.alertmanager" -}}
{{- $sns := .Values.alertmanager.sns.topicArn -}}
{{- $pagerduty := .Values.alertmanager.pagerduty -}}
route:
  receiver: {{ ternary "sns" "pagerduty" (ne $sns "") }}
  group_by: [alertname, severity, k8s_cluster_name]
  group_wait: {{ .Values.alertmanager.groupWait }}
  group_interval: {{ .Values.alertmanager.groupInterval }}
  repeat_interval: {{ .Values.alertmanager.repeatInterval }}
  {{- if and $sns $pagerduty.secretArn }}
  routes:
    - receiver: pagerduty
      matchers: ['severity="critical"']
      continue: true
    - receiver: sns
  {{- end }}
# A critical alert inhibits the warning of the same name on the same node.
inhibit_rules:
  - source_matchers: ['severity="critical"']
    target_matchers: ['severity="warning"']
    equal: [alertname, k8s_cluster_name, k8s_node_name, network_interface_name]
receivers:
  {{- with $sns }}
  - name: sns
    sns_configs:
      - topic_arn: {{ . }}
        sigv4:
          region: {{ index (splitList ":" .) 3 }}
        send_resolved: true
        subject: {{ `'{{ printf "%.100s" (printf "%s %s %s" .Status .CommonLabels.alertname .CommonLabels.k8s_cluster_name) }}'` }}
        message: |
          {{- `
          {{ .Status }}: {{ .CommonLabels.alertname }} ({{ .CommonLabels.severity }}) in {{ .CommonLabels.k8s_cluster_name }}
          {{ range .Alerts }}
          {{ .Status }} since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05 UTC" }}: {{ .Annotations.summary }}
          {{ .Annotations.description }}
          {{ .Annotations.runbook_url }}
          {{ end }}` }}
        attributes:
          severity: {{ `'{{ or .CommonLabels.severity "none" }}'` }}
  {{- end }}
  {{- if $pagerduty.secretArn }}
  - name: pagerduty
    pagerduty_configs:
      - routing_key:
          aws_secrets_manager:
            secret_arn: {{ $pagerduty.secretArn }}
            secret_key: {{ $pagerduty.secretKey | quote }}
        severity: {{ `'{{ or .CommonLabels.severity "error" }}'` }}
        description: {{ `'{{ .CommonLabels.alertname }} in {{ .CommonLabels.k8s_cluster_name }}: {{ .CommonAnnotations.summary }}'` }}
  {{- end }}
{{- end }}
